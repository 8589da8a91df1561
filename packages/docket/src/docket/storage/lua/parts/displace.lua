-- Keeps the answers to the calls that a record stands for, its own and that of the successor it names, before another
-- call takes the record or that successor is dropped. A record may name one long after the run that it was to follow: a
-- run that is given back keeps it, and so does one that ends without letting it follow.
local function displace(requests, record, now)
  local held = redis.call('HMGET', record, 'request', 'generation', 'when', 'scheduled_at', 'next_request',
    'next_generation', 'next_when')
  if held[1] and tonumber(held[4]) > now - MEMORY then
    remember(requests, held[1], 'scheduled', held[2], 'queued', held[3])
  end
  if held[5] then
    remember(requests, held[5], 'successor', held[6], 'scheduled', tonumber(held[7]) or now)
  end
end
