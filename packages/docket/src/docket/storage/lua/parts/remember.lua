-- The answers to calls, by their requests. A caller sends a call again when its answer was lost, and a network may deliver
-- what it has held up after as much as two minutes; by then the record may be another call's.
local MEMORY = 120000

-- Keeps the answer to a call.
local function remember(requests, request, what, generation, state, due, memory)
  local answer = string.format('%s %.0f %s %.0f', what, generation, state, due)
  redis.call('SET', requests .. request, answer, 'PX', memory or MEMORY)
end

-- The answer to a call that was carried out before; nil if none is kept.
local function recall(requests, request)
  local kept = redis.call('GET', requests .. request)
  return kept and { kept:match('(%S+) (%S+) (%S+) (%S+)') }
end
