-- Removes executions that died `dead_ttl` milliseconds ago or earlier, each with its record; not all at once.
local function forget(dead, runs, dead_ttl, now)
  local gone = redis.call('ZRANGEBYSCORE', dead, '-inf', now - dead_ttl, 'LIMIT', 0, 200)
  for _, key in ipairs(gone) do
    if redis.call('HGET', runs .. key, 'state') == 'dead' then
      redis.call('DEL', runs .. key)
    end
  end
  if #gone > 0 then
    redis.call('ZREM', dead, unpack(gone))
  end
end
