-- Gives claimed executions back, unfinished and with no attempt used. Arguments come in fives: key, claim, the first
-- and the longest delay in milliseconds, and how many losses are borne: the delay doubles each time that an execution is
-- given back with one. Of a worker that leaves of its own accord the last is empty; otherwise this counts as a lost lease
-- does, and one loss too many is the execution's death.
-- A cancelled execution ends instead, and one that is given back with a delay makes way for its successor.
-- Returns for each 'released', 'finished' or 'lost'.
-- uses: clock, announce, conclude, enqueue, compose, settle, bury, line_up, reclaim, nudge
local ready, later, leases, dead, suspects = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local runs, events, ttl, dead_ttl = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local now, answers = clock(), {}
for index = 5, #ARGV, 5 do
  local key, claim, first, longest, borne = unpack(ARGV, index, index + 4)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'claim', 'generation', 'next_function', 'cancelled', 'losses')
  if held[1] ~= claim then
    answers[#answers + 1] = 'lost'
  elseif borne ~= '' then
    local most = tonumber(borne)
    local died = reclaim(record, ready, later, leases, dead, suspects, events, key, most, ttl, dead_ttl, now)
    answers[#answers + 1] = (died or held[4]) and 'finished' or 'released'
  else
    redis.call('ZREM', leases, key)
    if held[4] or (held[3] and tonumber(first) > 0) then
      settle(record, ready, later, events, key, held[2], held[3], 'cancelled', '', '', ttl, now)
      answers[#answers + 1] = 'finished'
    else
      local due, state = now, 'queued'
      if tonumber(first) > 0 then
        -- No worker has begun with it: this was no delivery.
        redis.call('HINCRBY', record, 'deliveries', -1)
        local doublings = math.min(redis.call('HINCRBY', record, 'releases', 1) - 1, 60)
        due = now + math.min(tonumber(first) * 2 ^ doublings, tonumber(longest))
        state = enqueue(ready, later, key, held[2], due, now)
      else
        line_up(ready, suspects, key, held[2], held[5])
      end
      redis.call('HDEL', record, 'claim', 'worker', 'started_at')
      redis.call('HSET', record, 'state', state, 'when', due)
      announce(events, key, held[2], state)
      answers[#answers + 1] = 'released'
    end
  end
end
nudge(ready, suspects)
return answers
