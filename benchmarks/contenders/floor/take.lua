-- Claims a batch: drops stale pointers, marks the records of the others as running under `claim`, and leases them.
-- Returns the claimed as {key, deliveries, function, payload}.
local ready, leases = KEYS[1], KEYS[2]
local runs, events, consumer, claim = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local slots, lease = tonumber(ARGV[5]), tonumber(ARGV[6])

local reply = redis.call('XREADGROUP', 'GROUP', 'workers', consumer, 'COUNT', slots, 'NOACK', 'STREAMS', ready, '>')
if not reply then
  return {}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local claimed, leased, entries = {}, {}, {}
for index, entry in ipairs(reply[1][2]) do
  local key, generation = entry[2][2], entry[2][4]
  local record = runs .. key
  local held = redis.call('HMGET', record, 'state', 'generation', 'deliveries', 'function', 'payload')
  entries[index] = entry[1]
  if held[1] == 'queued' and held[2] == generation then
    local deliveries = held[3] + 1
    redis.call('HSET', record, 'state', 'running', 'claim', claim, 'started_at', now, 'deliveries', deliveries)
    redis.call('PUBLISH', events .. key, generation .. ' running')
    claimed[#claimed + 1] = { key, deliveries, held[4], held[5] }
    leased[#leased + 1] = now + lease
    leased[#leased + 1] = key
  end
end
redis.call('XDEL', ready, unpack(entries))
if #leased > 0 then
  redis.call('ZADD', leases, unpack(leased))
end
return claimed
