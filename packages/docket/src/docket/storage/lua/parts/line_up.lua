-- Puts an execution that is due into the queue. One that has lost two leases or more in its attempt is a suspect, for it may
-- be what ends its workers: it waits in a line of its own, so that no two of them come to the same worker at a time.
local function line_up(ready, suspects, key, generation, losses)
  if tonumber(losses or 0) < 2 then
    redis.call('XADD', ready, '*', 'key', key, 'generation', generation)
  else
    redis.call('RPUSH', suspects, key, generation)
  end
end
