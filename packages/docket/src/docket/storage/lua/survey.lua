-- Lists keys of executions that have died, by when their time is over: nothing else than that ever takes one off.
-- Returns {now, how many there are, the keys of those from a place on, up to a number}.
-- uses: clock, forget
local dead = KEYS[1]
local place, number = ARGV[1], ARGV[2]

local now = clock()
forget(dead, now)
local earliest = '(' .. now
return {
  now,
  redis.call('ZCOUNT', dead, earliest, '+inf'),
  redis.call('ZRANGEBYSCORE', dead, earliest, '+inf', 'LIMIT', place, number),
}
