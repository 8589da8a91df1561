-- Has one of the idle workers look again if there is something in `waiting`: whoever watched that may be gone, or busy.
local function nudge(ready, waiting)
  if redis.call('EXISTS', waiting) == 1 and redis.call('XLEN', ready) == 0 then
    redis.call('XADD', ready, '*', 'key', '', 'generation', 0)
  end
end
