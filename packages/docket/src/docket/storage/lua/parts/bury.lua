-- Ends a scheduling as dead. Its record has no time to live of its own: it goes together with its place in `dead`.
local function bury(record, dead, events, key, generation, reason, dead_ttl, now)
  if dead_ttl > 0 then
    redis.call('HDEL', record, 'claim')
    redis.call('HSET', record, 'state', 'dead', 'finished_at', now, 'error', reason)
    redis.call('ZADD', dead, now, key)
  else
    redis.call('DEL', record)
  end
  announce(events, key, generation, 'dead')
end
