-- Writes the record of a new execution and queues a pointer to it, unless its key is live. Returns 1 if it did.
local record, ready = KEYS[1], KEYS[2]
local events, key, called, payload = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local held = redis.call('HMGET', record, 'state', 'generation')
if held[1] == 'queued' or held[1] == 'running' then
  return 0
end
local generation = (tonumber(held[2]) or 0) + 1
redis.call('DEL', record)
redis.call('HSET', record, 'state', 'queued', 'generation', generation, 'deliveries', 0, 'function', called,
  'payload', payload)
redis.call('XADD', ready, '*', 'key', key, 'generation', generation)
redis.call('PUBLISH', events .. key, generation .. ' queued')
return 1
