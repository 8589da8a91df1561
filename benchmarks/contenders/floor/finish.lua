-- Ends a batch: those whose claim is still `claim` get their state and result, a TTL and an event. Arguments come in
-- fours: key, claim, state, result. Returns how many that were.
local leases = KEYS[1]
local runs, events, ttl = ARGV[1], ARGV[2], ARGV[3]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = {}
for index = 4, #ARGV, 4 do
  local key, claim, state, result = ARGV[index], ARGV[index + 1], ARGV[index + 2], ARGV[index + 3]
  local record = runs .. key
  local held = redis.call('HMGET', record, 'claim', 'generation')
  if held[1] == claim then
    redis.call('HSET', record, 'state', state, 'result', result, 'finished_at', now, 'claim', '')
    redis.call('PEXPIRE', record, ttl)
    redis.call('PUBLISH', events .. key, held[2] .. ' ' .. state)
    ended[#ended + 1] = key
  end
end
if #ended > 0 then
  redis.call('ZREM', leases, unpack(ended))
end
return #ended
