-- Ends executions and files their successors. Arguments come in sixes: key, claim, state, error, result, and '1' if
-- no successor may follow. Nothing happens to an execution whose claim is another's now.
-- Returns for each 'finished' or 'lost'.
-- uses: clock, announce, conclude, enqueue, compose, settle, bulk
local ready, later, leases = KEYS[1], KEYS[2], KEYS[3]
local runs, events, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])

local now, answers, ended = clock(), {}, {}
for index = 4, #ARGV, 6 do
  local key, claim, state, failure, result, final = unpack(ARGV, index, index + 5)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'claim', 'generation', 'next_function')
  if held[1] ~= claim then
    answers[#answers + 1] = 'lost'
  else
    local has_successor = held[3] and final ~= '1'
    ended[#ended + 1] = key
    settle(record, ready, later, events, key, held[2], has_successor, state, failure, result, ttl, now)
    answers[#answers + 1] = 'finished'
  end
end
bulk('ZREM', leases, ended)
return answers
