-- Ends a scheduling in a terminal state. Its record is kept for `ttl` milliseconds and its key is free at once.
local function conclude(record, events, key, generation, state, failure, result, ttl, now)
  redis.call('HSET', record, 'state', state, 'finished_at', now, 'error', failure, 'result', result)
  if ttl > 0 then
    redis.call('PEXPIRE', record, ttl)
  else
    redis.call('DEL', record)
  end
  announce(events, key, generation, state)
end
