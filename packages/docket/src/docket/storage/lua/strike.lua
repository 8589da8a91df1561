-- Puts a strike into force, if the caller knows all that are; its identity becomes the version of the strikes. A call
-- that comes twice, for its first answer was lost, happens once.
-- Returns nil when it is in force, else the version and the strikes that the caller did not know.
-- uses: outdated
local strikes = KEYS[1]
local known, identity, strike = ARGV[1], ARGV[2], ARGV[3]

local newer = outdated(strikes, known)
if newer then
  return newer
end
redis.call('HSET', strikes, 'version', identity, identity, strike)
return nil
