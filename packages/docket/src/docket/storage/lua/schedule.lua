-- Schedules a call under a key, unless the key is live: then nothing changes, except that a running execution which
-- schedules its own key (it names its own claim) records its successor, to be filed when it has ended, unless it has
-- one already. A call that comes twice (`again`), for its first answer was lost, is known by its request and happens once.
-- Nothing happens either if the caller does not know all strikes: the call may be struck.
-- Returns {what happened: 'scheduled', 'successor', 'superseded' or 'already', generation, state, due}, or {'outdated',
-- 0, 'none', 0, the version and the strikes}.
-- uses: clock, announce, enqueue, compose, remember, displace, answered, outdated
local record, ready, later, dead, strikes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local events, requests, ttl, key, called, payload = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local due, request, known, claim, again = tonumber(ARGV[7]), ARGV[8], ARGV[9], ARGV[10], ARGV[11] == '1'

local now = clock()

local function carry_out()
  local held = redis.call('HMGET', record, 'state', 'generation', 'when', 'request', 'claim', 'cancelled',
    'next_request', 'next_when', 'next_generation')
  local state, generation = held[1], tonumber(held[2] or 0)
  local successor = tonumber(held[9] or generation)

  if held[4] == request then
    return { 'scheduled', generation, state, held[3] }
  elseif held[7] == request then
    return { 'successor', successor, 'scheduled', tonumber(held[8]) or now }
  end

  local newer = outdated(strikes, known)
  if newer then
    return { 'outdated', 0, 'none', 0, newer }
  elseif state == 'running' and claim ~= '' and held[5] == claim then
    if held[6] then
      return { 'superseded', generation, state, held[3] }
    elseif held[7] then
      return { 'already', successor, 'scheduled', tonumber(held[8]) or now }
    end
    -- The record of what runs now becomes the successor's when it ends, in a script that knows nothing of requests.
    displace(requests, record, now)
    redis.call('HSET', record, 'next_function', called, 'next_payload', payload, 'next_when', due or '',
      'next_request', request, 'next_generation', successor + 1)
    return { 'successor', successor + 1, 'scheduled', due or now }
  elseif state == 'scheduled' or state == 'queued' or state == 'running' then
    return { 'already', generation, state, held[3] }
  end

  displace(requests, record, now)
  if state == 'dead' then
    redis.call('ZREM', dead, key)
  end
  generation, due = successor + 1, due or now
  state = compose(record, ready, later, key, generation, called, payload, due, request, now)
  announce(events, key, generation, state)
  return { 'scheduled', generation, state, due }
end

return recall(requests, request) or answered(requests, request, carry_out(), ttl, again)
