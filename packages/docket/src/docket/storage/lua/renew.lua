-- Extends leases. Arguments come in pairs: key, claim.
-- Returns for each 'held', 'cancelled' (held, and somebody has cancelled it) or 'lost' (the claim is another's now).
-- uses: clock
local leases = KEYS[1]
local runs, lease = ARGV[1], tonumber(ARGV[2])

local expiry, answers = clock() + lease, {}
for index = 3, #ARGV, 2 do
  local key, claim = ARGV[index], ARGV[index + 1]
  local held = redis.call('HMGET', runs .. key, 'claim', 'cancelled')
  if held[1] ~= claim then
    answers[#answers + 1] = 'lost'
  else
    redis.call('ZADD', leases, expiry, key)
    answers[#answers + 1] = held[2] and 'cancelled' or 'held'
  end
end
return answers
