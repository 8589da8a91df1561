-- Puts an entry that was delivered, but never claimed, back into the queue.
local function put_back(ready, group, identity)
  local entry = redis.call('XRANGE', ready, identity, identity)[1]
  if entry then
    redis.call('XADD', ready, '*', unpack(entry[2]))
  end
  redis.call('XACK', ready, group, identity)
  redis.call('XDEL', ready, identity)
end

-- Removes a consumer from the group, and puts back what was delivered to it.
local function dismiss(ready, group, consumer)
  while true do
    local pending = redis.call('XPENDING', ready, group, '-', '+', 100, consumer)
    if #pending == 0 then
      break
    end
    for _, delivered in ipairs(pending) do
      put_back(ready, group, delivered[1])
    end
  end
  redis.call('XGROUP', 'DELCONSUMER', ready, group, consumer)
end
