-- Files a record under its due time, in `ready` when that has come and in `later` when not; returns its state.
local function enqueue(ready, later, key, generation, due, now)
  if due <= now then
    redis.call('XADD', ready, '*', 'key', key, 'generation', generation)
    return 'queued'
  end
  local earliest = redis.call('ZRANGE', later, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', later, due, key)
  -- Idle workers wait for the earliest due time that they know of. An earlier one is made known to one of them by
  -- an entry without a key. An entry that is there already means that a worker is about to look, or that all are busy.
  if (not earliest or due < tonumber(earliest)) and redis.call('XLEN', ready) == 0 then
    redis.call('XADD', ready, '*', 'key', '', 'generation', 0)
  end
  return 'scheduled'
end
