-- Schedules what has died once more, for now: the same call as a new generation of its key, with no attempt used.
-- A call that comes twice (`again`), for its first answer was lost, is known by its request and happens once.
-- Nothing happens if the caller does not know all strikes: the call may be struck.
-- Returns {what happened: 'requeued', 'not_dead' or 'unknown'}, or {'outdated', the version and the strikes}.
-- uses: clock, announce, enqueue, remember, displace, outdated
local record, ready, later, dead, strikes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local events, requests, key, request, known, again = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1'

local function carry_out()
  local held = redis.call('HMGET', record, 'state', 'generation', 'next_generation')
  if not held[1] then
    return 'unknown'
  elseif held[1] ~= 'dead' then
    return 'not_dead'
  end

  local now, generation = clock(), (held[3] or held[2]) + 1
  displace(requests, record, now)
  redis.call('ZREM', dead, key)
  redis.call('PERSIST', record)
  -- What came of the last generation goes, and whatever else belongs to the call stays.
  redis.call('HDEL', record, 'request', 'worker', 'started_at', 'finished_at', 'error', 'result', 'losses', 'releases',
    'next_function', 'next_payload', 'next_when', 'next_request', 'next_generation')
  local state = enqueue(ready, later, key, generation, now, now)
  redis.call('HSET', record, 'state', state, 'generation', generation, 'when', now, 'attempt', 1, 'deliveries', 0,
    'scheduled_at', now)
  announce(events, key, generation, state)
  return 'requeued'
end

local answer = recall(requests, request)
if answer then
  return { answer[1] }
end
local newer = outdated(strikes, known)
if newer then
  return { 'outdated', newer }
end
local what = carry_out()
if again or what == 'requeued' then
  remember(requests, request, what, 0, what, 0)
end
return { what }
