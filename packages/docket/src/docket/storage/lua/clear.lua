-- Cancels a batch of pending work, scheduled first and then queued; running work is left alone.
-- A call that comes twice (`again`), for its first answer was lost, is known by its request and happens once: it leaves
-- alone what was scheduled in the meantime.
-- Returns {how many were cancelled, how many entries there still are to look at}.
-- uses: clock, announce, conclude, remember
local ready, later, suspects = KEYS[1], KEYS[2], KEYS[3]
local runs, events, requests, ttl, batch = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local request, again = ARGV[6], ARGV[7] == '1'

local answer = recall(requests, request)
if answer then
  return { tonumber(answer[2]), tonumber(answer[4]) }
end

local now, cancelled = clock(), 0

local function drop(key, state, generation)
  local held = redis.call('HMGET', runs .. key, 'state', 'generation')
  if held[1] == state and (not generation or held[2] == generation) then
    conclude(runs .. key, events, key, held[2], 'cancelled', '', '', ttl, now)
    cancelled = cancelled + 1
  end
end

local scheduled = redis.call('ZRANGE', later, 0, batch - 1)
for _, key in ipairs(scheduled) do
  drop(key, 'scheduled')
  redis.call('ZREM', later, key)
end
local queued = #scheduled < batch and redis.call('XRANGE', ready, '-', '+', 'COUNT', batch - #scheduled) or {}
for _, entry in ipairs(queued) do
  drop(entry[2][2], 'queued', entry[2][4])
  redis.call('XDEL', ready, entry[1])
end
local room = batch - #scheduled - #queued
local apart = room > 0 and redis.call('LPOP', suspects, 2 * room) or {}
for index = 1, #apart, 2 do
  drop(apart[index], 'queued', apart[index + 1])
end
local left = redis.call('ZCARD', later) + redis.call('XLEN', ready) + redis.call('LLEN', suspects) / 2
if again or cancelled > 0 then
  remember(requests, request, 'cleared', cancelled, 'left', left)
end
return { cancelled, left }
