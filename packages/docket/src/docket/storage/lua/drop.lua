-- Removes an execution that has died, with its record. A call that comes twice (`again`), for its first answer was lost,
-- is known by its request and happens once.
-- Returns what happened: 'dropped', 'not_dead' or 'unknown'.
-- uses: clock, remember, displace
local record, dead = KEYS[1], KEYS[2]
local requests, key, request, again = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'

local function carry_out()
  local state = redis.call('HGET', record, 'state')
  if not state then
    return 'unknown'
  elseif state ~= 'dead' then
    return 'not_dead'
  end
  displace(requests, record, clock())
  redis.call('DEL', record)
  redis.call('ZREM', dead, key)
  return 'dropped'
end

local known = recall(requests, request)
if known then
  return known[1]
end
local what = carry_out()
if again or what == 'dropped' then
  remember(requests, request, what, 0, what, 0)
end
return what
