-- What there is to tell a caller who knows the strikes as they were in version `known`: the version and the strikes that
-- are in force, or nil if that is what he knows. The version is empty where nothing was ever struck.
local function outdated(strikes, known)
  if (redis.call('HGET', strikes, 'version') or '') ~= known then
    return redis.call('HGETALL', strikes)
  end
end
