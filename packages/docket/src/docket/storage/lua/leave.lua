-- Takes a worker off the roster; what was delivered to it, but never claimed, goes back into the queue.
-- uses: dismiss, group, nudge
local workers, profile, ready, later, suspects = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group, consumer = ARGV[1], ARGV[2]

ensure_group(ready, group)
dismiss(ready, group, consumer)
redis.call('ZREM', workers, consumer)
redis.call('DEL', profile)
nudge(ready, later)
nudge(ready, suspects)
return 1
