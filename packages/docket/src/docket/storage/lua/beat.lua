-- A worker's heartbeat: it is alive, and here is what it is. Workers that have missed too many beats are removed. What
-- was delivered to them, or to anybody for as long, but never claimed, goes back into the queue. Executions that died
-- too long ago leave their list. It sees to no more than 20 workers a call, each with 25 deliveries at most, and to no
-- more of them once 25 were put back, so that no call is long; the next ones see to the rest. What means looking at all
-- workers is done by one of them for all the others, and by a call that had no worker to remove.
-- Returns the number of workers removed.
-- uses: clock, dismiss, group, nudge, forget
local workers, profile, ready, later, dead, swept = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local suspects = KEYS[7]
local profiles, group, consumer, patience = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local name, functions = ARGV[5], ARGV[6]

local now = clock()
redis.call('ZADD', workers, now, consumer)
redis.call('HSET', profile, 'name', name, 'functions', functions)
redis.call('PEXPIRE', profile, patience)
ensure_group(ready, group)

local removed, put = 0, 0
for _, lost in ipairs(redis.call('ZRANGEBYSCORE', workers, '-inf', now - patience, 'LIMIT', 0, 20)) do
  if put < 25 then
    -- One that does not go at once is a stranger from now on.
    put = put + dismiss(ready, group, lost)
    redis.call('ZREM', workers, lost)
    redis.call('DEL', profiles .. lost)
    removed = removed + 1
  end
end

if removed == 0 and redis.call('SET', swept, 1, 'NX', 'PX', patience) then
  local strangers = 0
  -- A frozen worker whose blocking read outlives its dismissal makes its consumer anew when something is delivered to it.
  for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', ready, group)) do
    local stranger, idle = info[2], info[6]
    if strangers < 20 and put < 25 and idle >= patience and not redis.call('ZSCORE', workers, stranger) then
      put = put + dismiss(ready, group, stranger)
      strangers = strangers + 1
    end
  end
  -- A delivery to a connection that was broken by then reaches nobody, though its worker lives and beats.
  for _, delivered in ipairs(redis.call('XPENDING', ready, group, 'IDLE', patience, '-', '+', 25)) do
    put_back(ready, group, delivered[1])
  end
end
forget(dead, now)
if removed > 0 then
  nudge(ready, later)
  nudge(ready, suspects)
end
return removed
