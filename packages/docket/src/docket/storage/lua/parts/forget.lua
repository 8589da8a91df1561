-- Takes executions off the list of the dead whose time is over, so that their records have expired; not all at once.
local function forget(dead, now)
  local gone = redis.call('ZRANGEBYSCORE', dead, '-inf', now, 'LIMIT', 0, 200)
  if #gone > 0 then
    redis.call('ZREM', dead, unpack(gone))
  end
end
