-- Lists keys of executions that have died, the one that died first before all others; removes those whose time is over.
-- Returns {now, how many there are, the keys of those from a place on, up to a number}.
-- uses: clock, forget
local dead = KEYS[1]
local runs, dead_ttl, latest, place, number = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]

local now = clock()
forget(dead, runs, dead_ttl, now)
local earliest = '(' .. now - dead_ttl
return {
  now,
  redis.call('ZCOUNT', dead, earliest, '+inf'),
  redis.call('ZRANGEBYSCORE', dead, earliest, latest, 'LIMIT', place, number),
}
