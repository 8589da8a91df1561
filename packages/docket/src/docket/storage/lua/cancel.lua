-- Cancels the execution of a key. Pending work ends at once; a running one is marked, whoever runs it is signalled,
-- and neither a retry nor a successor follows it. A call that comes twice (`again`), for its first answer was lost, is
-- known by its request and happens once: it leaves alone what was scheduled in the meantime.
-- Returns {what happened: 'cancelled', 'cancelling', 'finished' or 'unknown', generation}.
-- uses: clock, announce, conclude, remember, displace_successor
local record, later = KEYS[1], KEYS[2]
local events, signals, requests, key = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ttl, request, again = tonumber(ARGV[5]), ARGV[6], ARGV[7] == '1'

local now = clock()

local function carry_out()
  local held = redis.call('HMGET', record, 'state', 'generation', 'claim', 'cancelled', 'next_function')
  local state, generation = held[1], tonumber(held[2] or 0)

  if not state then
    return 'unknown', 0, false
  elseif state == 'running' then
    displace_successor(requests, record, now)
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

local known = recall(requests, request)
if known then
  return { known[1], known[2] }
end
local what, generation, has_changed = carry_out()
if again or has_changed then
  remember(requests, request, what, generation, what, 0)
end
return { what, generation }
