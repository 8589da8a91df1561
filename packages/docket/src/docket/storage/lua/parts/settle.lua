-- Ends a claimed execution. If a successor was recorded while it ran, that takes its place at once, else its record is
-- kept as the outcome.
local function settle(record, ready, later, events, key, generation, has_successor, state, failure, result, ttl, now)
  if has_successor then
    local next = redis.call('HMGET', record, 'next_function', 'next_payload', 'next_when', 'next_request')
    local due = tonumber(next[3]) or now
    announce(events, key, generation, state)
    state = compose(record, ready, later, key, generation + 1, next[1], next[2], due, next[4], now)
    announce(events, key, generation + 1, state)
    return
  end
  redis.call('HDEL', record, 'claim', 'cancelled')
  redis.call('HSET', record, 'error', failure, 'result', result)
  conclude(record, events, key, generation, state, ttl, now)
end
