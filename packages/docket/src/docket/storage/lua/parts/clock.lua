-- The server's clock, in milliseconds: it alone decides what is due and how old a lease is.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
