-- Cancels the execution of a key. Pending work ends at once; a running one is marked, whoever runs it is signalled,
-- and neither a retry nor a successor follows it.
-- Returns {what happened: 'cancelled', 'cancelling', 'finished' or 'unknown', generation}.
-- uses: clock, announce, conclude
local record, later = KEYS[1], KEYS[2]
local events, signals, key, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local held = redis.call('HMGET', record, 'state', 'generation', 'claim')
local state, generation = held[1], tonumber(held[2] or 0)

if not state then
  return { 'unknown', 0 }
elseif state == 'running' then
  redis.call('HDEL', record, 'next_function', 'next_payload', 'next_when', 'next_request')
  redis.call('HSET', record, 'cancelled', 1)
  redis.call('PUBLISH', signals, held[3] .. ' ' .. key)
  return { 'cancelling', generation }
elseif state == 'scheduled' or state == 'queued' then
  redis.call('ZREM', later, key)
  conclude(record, events, key, generation, 'cancelled', '', '', ttl, clock())
  return { 'cancelled', generation }
end
return { 'finished', generation }
