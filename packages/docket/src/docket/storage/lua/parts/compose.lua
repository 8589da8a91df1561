-- Writes the record of a new scheduling over whatever its key held before, and files it; returns its state.
local function compose(record, ready, later, key, generation, called, payload, due, request, now)
  -- A server without memory refuses the first write of a script if that takes some, and nothing after it. DEL takes none.
  redis.call('HSET', record, 'generation', generation)
  redis.call('DEL', record)
  local state = enqueue(ready, later, key, generation, due, now)
  redis.call('HSET', record, 'state', state, 'generation', generation, 'function', called, 'payload', payload,
    'when', due, 'request', request, 'attempt', 1, 'deliveries', 0, 'scheduled_at', now)
  return state
end
