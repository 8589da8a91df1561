-- Gives claimed executions back, unfinished and with no attempt used. Arguments come in fours: key, claim, and the
-- first and the longest delay in milliseconds: the delay doubles each time that an execution is given back with one.
-- A cancelled execution ends instead, and one that is given back with a delay makes way for its successor.
-- Returns for each 'released', 'finished' or 'lost'.
-- uses: clock, announce, conclude, enqueue, compose, settle
local ready, later, leases = KEYS[1], KEYS[2], KEYS[3]
local runs, events, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])

local now, answers = clock(), {}
for index = 4, #ARGV, 4 do
  local key, claim, first, longest = unpack(ARGV, index, index + 3)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'claim', 'generation', 'next_function', 'cancelled')
  if held[1] ~= claim then
    answers[#answers + 1] = 'lost'
  else
    redis.call('ZREM', leases, key)
    if held[4] or (held[3] and tonumber(first) > 0) then
      settle(record, ready, later, events, key, held[2], held[3], 'cancelled', '', '', ttl, now)
      answers[#answers + 1] = 'finished'
    else
      local due = now
      if tonumber(first) > 0 then
        -- No worker has begun with it: this was no delivery.
        redis.call('HINCRBY', record, 'deliveries', -1)
        local doublings = math.min(redis.call('HINCRBY', record, 'releases', 1) - 1, 60)
        due = now + math.min(tonumber(first) * 2 ^ doublings, tonumber(longest))
      end
      local state = enqueue(ready, later, key, held[2], due, now)
      redis.call('HDEL', record, 'claim', 'worker', 'started_at')
      redis.call('HSET', record, 'state', state, 'when', due)
      announce(events, key, held[2], state)
      answers[#answers + 1] = 'released'
    end
  end
end
return answers
