-- Ends a claimed execution. If a successor was recorded while it ran, that takes its place at once, else its record is
-- kept as the outcome.
local function settle(record, ready, later, events, key, generation, has_successor, state, failure, result, ttl, now)
  if has_successor then
    local next = redis.call('HMGET', record, 'next_function', 'next_payload', 'next_when', 'next_request',
      'next_generation')
    local due, successor = tonumber(next[3]) or now, tonumber(next[5])
    announce(events, key, generation, state)
    state = compose(record, ready, later, key, successor, next[1], next[2], due, next[4], now)
    announce(events, key, successor, state)
    return
  end
  redis.call('HDEL', record, 'claim', 'cancelled')
  conclude(record, events, key, generation, state, failure, result, ttl, now)
end
