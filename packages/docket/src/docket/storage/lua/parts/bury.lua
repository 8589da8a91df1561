-- Ends a scheduling as dead. Its place in `dead` has the score at which its time is over, which is when its record expires.
local function bury(record, dead, events, key, generation, reason, dead_ttl, now)
  if dead_ttl > 0 then
    local expiry = string.format('%.0f', now + dead_ttl)
    redis.call('HDEL', record, 'claim')
    redis.call('HSET', record, 'state', 'dead', 'finished_at', now, 'error', reason)
    redis.call('ZADD', dead, expiry, key)
    redis.call('PEXPIREAT', record, expiry)
  else
    redis.call('DEL', record)
  end
  announce(events, key, generation, 'dead')
end
