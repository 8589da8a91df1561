-- Takes strikes, named by their identities, out of force, if the caller knows all that are. The version stays when none is
-- left, for it must never come again: a strike that a network has held up would be let in.
-- Returns nil when that is done, else the version and the strikes that the caller did not know.
-- uses: outdated
local strikes = KEYS[1]
local known, version = ARGV[1], ARGV[2]

local newer = outdated(strikes, known)
if newer then
  return newer
end
redis.call('HDEL', strikes, unpack(ARGV, 3))
redis.call('HSET', strikes, 'version', version)
return nil
