-- Keeps the answer to the call that a record stands for, before another call takes that record.
local function displace(requests, record, now)
  local held = redis.call('HMGET', record, 'request', 'generation', 'when', 'scheduled_at')
  if held[1] and tonumber(held[4]) > now - MEMORY then
    remember(requests, held[1], 'scheduled', held[2], 'queued', held[3])
  end
end
