-- Ends executions that cannot be run to an end of their own. Arguments come in fours: key, claim, the reason, and '1'
-- if no successor may follow. A successor takes the place of the dead, and a cancelled execution ends as cancelled.
-- Returns for each 'finished' or 'lost'.
-- uses: clock, announce, conclude, enqueue, compose, settle, bury
local ready, later, leases, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local runs, events, ttl, dead_ttl = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local now, answers = clock(), {}
for index = 5, #ARGV, 4 do
  local key, claim, reason, final = unpack(ARGV, index, index + 3)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'claim', 'generation', 'next_function', 'cancelled')
  if held[1] ~= claim then
    answers[#answers + 1] = 'lost'
  else
    redis.call('ZREM', leases, key)
    local has_successor = held[3] and final ~= '1'
    if has_successor or held[4] then
      local state = held[4] and 'cancelled' or 'dead'
      settle(record, ready, later, events, key, held[2], has_successor, state, reason, '', ttl, now)
    else
      bury(record, dead, events, key, held[2], reason, dead_ttl, now)
    end
    answers[#answers + 1] = 'finished'
  end
end
return answers
