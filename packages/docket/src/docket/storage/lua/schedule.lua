-- Schedules a call under a key, unless the key is live: then nothing changes, except that a running execution which
-- schedules its own key (it names its own claim) records its successor, to be filed when it has ended, unless it has
-- one already.
-- Returns {what happened: 'scheduled', 'successor', 'superseded' or 'already', generation, state, due}.
-- uses: clock, announce, enqueue, compose
local record, ready, later = KEYS[1], KEYS[2], KEYS[3]
local events, key, called, payload, due, claim = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]

local now = clock()
local held = redis.call('HMGET', record, 'state', 'generation', 'claim', 'cancelled', 'when',
  'next_function', 'next_when')
local state, generation = held[1], tonumber(held[2] or 0)

if state == 'running' and claim ~= '' and held[3] == claim then
  if held[4] then
    return { 'superseded', generation, state, held[5] }
  elseif held[6] then
    return { 'already', generation + 1, 'scheduled', tonumber(held[7]) or now }
  end
  redis.call('HSET', record, 'next_function', called, 'next_payload', payload, 'next_when', due or '')
  return { 'successor', generation + 1, 'scheduled', due or now }
elseif state == 'scheduled' or state == 'queued' or state == 'running' then
  return { 'already', generation, state, held[5] }
end

generation, due = generation + 1, due or now
state = compose(record, ready, later, key, generation, called, payload, due, now)
announce(events, key, generation, state)
return { 'scheduled', generation, state, due }
