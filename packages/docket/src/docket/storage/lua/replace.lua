-- Schedules a call under a key in place of what is pending there. While the key is running, the call is recorded as
-- the successor, to be filed when the running copy has ended. A call that comes twice (`again`), for its first answer was
-- lost, is known by its request and happens once. Nothing happens if the caller does not know all strikes: the call may be
-- struck.
-- Returns {what happened: 'scheduled' or 'successor', generation, state, due}, or {'outdated', 0, 'none', 0, the version
-- and the strikes}.
-- uses: clock, announce, enqueue, compose, remember, displace, answered, outdated
local record, ready, later, dead, strikes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local events, requests, ttl, key, called, payload = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local due, request, known, again = tonumber(ARGV[7]), ARGV[8], ARGV[9], ARGV[10] == '1'

local now = clock()

local function carry_out()
  local held = redis.call('HMGET', record, 'state', 'generation', 'when', 'request', 'next_request', 'next_generation')
  local state, generation = held[1], tonumber(held[2] or 0)

  if held[4] == request then
    return { 'scheduled', generation, state, held[3] }
  elseif held[5] == request then
    return { 'successor', tonumber(held[6]), 'scheduled', due }
  end

  local newer = outdated(strikes, known)
  if newer then
    return { 'outdated', 0, 'none', 0, newer }
  end

  displace(requests, record, now)
  -- Each call has a generation of its own, so that nobody takes the one that came instead for his.
  generation = tonumber(held[6] or generation) + 1
  if state == 'running' then
    redis.call('HSET', record, 'next_function', called, 'next_payload', payload, 'next_when', due,
      'next_request', request, 'next_generation', generation)
    return { 'successor', generation, 'scheduled', due }
  end

  if state == 'dead' then
    redis.call('ZREM', dead, key)
  end
  -- What was queued leaves a pointer of an older generation behind, which is dropped when it is met.
  redis.call('ZREM', later, key)
  state = compose(record, ready, later, key, generation, called, payload, due, request, now)
  announce(events, key, generation, state)
  return { 'scheduled', generation, state, due }
end

return recall(requests, request) or answered(requests, request, carry_out(), ttl, again)
