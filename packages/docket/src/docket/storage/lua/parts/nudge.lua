-- Has one of the idle workers look at the clock again: the one that watched it may be gone.
local function nudge(ready, later)
  if redis.call('EXISTS', later) == 1 and redis.call('XLEN', ready) == 0 then
    redis.call('XADD', ready, '*', 'key', '', 'generation', 0)
  end
end
