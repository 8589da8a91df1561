-- Puts an entry that was delivered, but never claimed, back into the queue.
local function put_back(ready, group, identity)
  local entry = redis.call('XRANGE', ready, identity, identity)[1]
  if entry then
    redis.call('XADD', ready, '*', unpack(entry[2]))
  end
  redis.call('XACK', ready, group, identity)
  redis.call('XDEL', ready, identity)
end

-- Removes a consumer from the group, and puts back what was delivered to it: usually one entry, never more than 25 at a
-- time. If there may be more, the consumer stays. Returns how many were put back.
local function dismiss(ready, group, consumer)
  local pending = redis.call('XPENDING', ready, group, '-', '+', 25, consumer)
  for _, delivered in ipairs(pending) do
    put_back(ready, group, delivered[1])
  end
  if #pending < 25 then
    redis.call('XGROUP', 'DELCONSUMER', ready, group, consumer)
  end
  return #pending
end
