-- Ends a claimed execution: a successor that was recorded while it ran takes its place at once, else its record is
-- kept as the outcome. `held` is {generation, next_function, next_payload, next_when} of the record.
local function settle(record, ready, later, events, key, held, state, failure, result, ttl, now)
  local generation, successor, payload, due = held[1], held[2], held[3], tonumber(held[4]) or now
  if successor then
    announce(events, key, generation, state)
    announce(events, key, generation + 1,
      compose(record, ready, later, key, generation + 1, successor, payload, due, now))
    return
  end
  redis.call('HDEL', record, 'claim', 'cancelled')
  redis.call('HSET', record, 'error', failure, 'result', result)
  conclude(record, events, key, generation, state, ttl, now)
end
