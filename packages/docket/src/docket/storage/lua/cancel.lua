-- Cancels the executions of keys. Arguments come in pairs: key, request. Pending work ends at once; a running one is
-- marked, whoever runs it is signalled, and neither a retry nor a successor follows it. A call that comes twice (its last
-- argument says so, for its first answer was lost) is known by its requests and happens once: it leaves alone what was
-- scheduled in the meantime.
-- Returns for each what happened: 'cancelled', 'cancelling', 'finished' or 'unknown'.
-- uses: clock, announce, conclude, remember, displace
local later = KEYS[1]
local runs, events, signals, requests, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local again = ARGV[#ARGV] == '1'

local now = clock()

local function carry_out(key)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'state', 'generation', 'claim', 'cancelled', 'next_function')
  local state, generation = held[1], tonumber(held[2] or 0)

  if not state then
    return 'unknown', 0, false
  elseif state == 'running' then
    displace(requests, record, now)
    redis.call('HDEL', record, 'next_function', 'next_payload', 'next_when', 'next_request')
    redis.call('HSET', record, 'cancelled', 1)
    redis.call('PUBLISH', signals, held[3] .. ' ' .. key)
    return 'cancelling', generation, not held[4] or held[5]
  elseif state == 'scheduled' or state == 'queued' then
    redis.call('ZREM', later, key)
    conclude(record, events, key, generation, 'cancelled', '', '', ttl, now)
    return 'cancelled', generation, true
  end
  return 'finished', generation, false
end

local answers = {}
for index = 6, #ARGV - 1, 2 do
  local key, request = ARGV[index], ARGV[index + 1]
  local known = recall(requests, request)
  if known then
    answers[#answers + 1] = known[1]
  else
    local what, generation, has_changed = carry_out(key)
    if again or has_changed then
      remember(requests, request, what, generation, what, 0)
    end
    answers[#answers + 1] = what
  end
end
return answers
