-- Takes the claim off a running record and queues it again; a cancelled one ends instead. `borne` is how many workers
-- an attempt may lose, or nil if it lost none: one that lost more dies, instead of ending yet another worker.
-- Returns why it has died, if it has, and whether it is kept as dead: one with a successor makes way for that.
local function reclaim(record, ready, later, leases, dead, suspects, events, key, borne, ttl, dead_ttl, now)
  local held = redis.call('HMGET', record, 'state', 'generation', 'next_function', 'cancelled', 'attempt', 'worker',
    'losses')
  redis.call('ZREM', leases, key)
  if held[1] ~= 'running' then
    return
  end
  if held[4] then
    settle(record, ready, later, events, key, held[2], held[3], 'cancelled', '', '', ttl, now)
    return
  end
  local losses = borne and redis.call('HINCRBY', record, 'losses', 1) or held[7]
  if borne and losses > borne then
    local reason = 'its worker was lost ' .. losses .. ' time(s) in attempt ' .. held[5] .. ', the last one was ' .. held[6]
      .. ': it may end its process or event loop, or block that for longer than the lease'
    local is_kept = not held[3] and dead_ttl > 0
    if held[3] then
      settle(record, ready, later, events, key, held[2], held[3], 'dead', reason, '', ttl, now)
    else
      bury(record, dead, events, key, held[2], reason, dead_ttl, now)
    end
    return reason, is_kept
  end
  redis.call('HDEL', record, 'claim', 'worker', 'started_at')
  redis.call('HSET', record, 'state', 'queued')
  line_up(ready, suspects, key, held[2], losses)
  announce(events, key, held[2], 'queued')
end
