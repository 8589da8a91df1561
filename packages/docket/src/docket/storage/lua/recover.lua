-- Puts back what a call has claimed whose answer never arrived. It looks at a part of all leases at a time, about `batch`
-- of them, and nothing is missed: what is claimed when the first call is made is met by one of them.
-- Returns where the next call goes on; '0' when all have been looked at.
-- uses: clock, announce, conclude, enqueue, compose, settle, bury, line_up, reclaim, nudge
local ready, later, leases, dead, suspects = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local runs, events, claim, cursor, batch = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local ttl, dead_ttl = tonumber(ARGV[6]), tonumber(ARGV[7])

local now = clock()
local scanned = redis.call('ZSCAN', leases, cursor, 'COUNT', batch)
for index = 1, #scanned[2], 2 do
  local key = scanned[2][index]
  if redis.call('HGET', runs .. key, 'claim') == claim then
    reclaim(runs .. key, ready, later, leases, dead, suspects, events, key, nil, ttl, dead_ttl, now)
  end
end
nudge(ready, suspects)
return scanned[1]
