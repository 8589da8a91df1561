-- Schedules the next attempt of executions that have failed. Arguments come in fives: key, claim, delay in
-- milliseconds, and the error and the result that end it where no retry may follow: a successor takes the place of
-- the retry, and a cancelled execution ends as cancelled.
-- Returns for each 'retried', 'finished' or 'lost'.
-- uses: clock, announce, conclude, enqueue, compose, settle
local ready, later, leases = KEYS[1], KEYS[2], KEYS[3]
local runs, events, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])

local now, answers = clock(), {}
for index = 4, #ARGV, 5 do
  local key, claim, delay, failure, result = unpack(ARGV, index, index + 4)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'claim', 'generation', 'next_function', 'cancelled')
  if held[1] ~= claim then
    answers[#answers + 1] = 'lost'
  else
    redis.call('ZREM', leases, key)
    if held[3] or held[4] then
      local state = held[4] and 'cancelled' or 'failed'
      settle(record, ready, later, events, key, held[2], held[3], state, failure, result, ttl, now)
      answers[#answers + 1] = 'finished'
    else
      local due = now + tonumber(delay)
      local state = enqueue(ready, later, key, held[2], due, now)
      redis.call('HDEL', record, 'claim', 'worker', 'started_at', 'losses')
      redis.call('HINCRBY', record, 'attempt', 1)
      redis.call('HSET', record, 'state', state, 'when', due, 'deliveries', 0, 'error', failure)
      announce(events, key, held[2], state)
      answers[#answers + 1] = 'retried'
    end
  end
end
return answers
