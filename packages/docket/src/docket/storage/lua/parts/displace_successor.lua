-- Keeps the answer to the call that is recorded as the successor of a running execution, if there is one, before that
-- is dropped.
local function displace_successor(requests, record, now)
  local held = redis.call('HMGET', record, 'next_request', 'next_generation', 'next_when')
  if held[1] then
    remember(requests, held[1], 'successor', held[2], 'scheduled', tonumber(held[3]) or now)
  end
end
