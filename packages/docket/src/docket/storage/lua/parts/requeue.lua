-- Takes the claim off a running record whose worker is gone, and queues it again; a cancelled one ends instead.
local function requeue(record, ready, later, leases, events, key, ttl, now)
  local held = redis.call('HMGET', record, 'state', 'generation', 'next_function', 'cancelled')
  redis.call('ZREM', leases, key)
  if held[1] ~= 'running' then
    return
  end
  if held[4] then
    settle(record, ready, later, events, key, held[2], held[3], 'cancelled', '', '', ttl, now)
    return
  end
  redis.call('HDEL', record, 'claim', 'worker', 'started_at')
  redis.call('HSET', record, 'state', 'queued')
  redis.call('XADD', ready, '*', 'key', key, 'generation', held[2])
  announce(events, key, held[2], 'queued')
end
