-- Takes a worker off the roster; what was delivered to it, but never claimed, goes back into the queue. If work is
-- scheduled, one of the idle workers is woken, for the one that leaves may have been the one that watched the clock.
-- uses: dismiss, group
local workers, profile, ready, later = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer = ARGV[1], ARGV[2]

ensure_group(ready, group)
dismiss(ready, group, consumer)
redis.call('ZREM', workers, consumer)
redis.call('DEL', profile)
if redis.call('EXISTS', later) == 1 and redis.call('XLEN', ready) == 0 then
  redis.call('XADD', ready, '*', 'key', '', 'generation', 0)
end
return 1
