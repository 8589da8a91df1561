-- Removes a consumer from the group and puts what was delivered to it, but never claimed, back into the queue.
local function dismiss(ready, group, consumer)
  while true do
    local pending = redis.call('XPENDING', ready, group, '-', '+', 100, consumer)
    if #pending == 0 then
      break
    end
    for _, delivered in ipairs(pending) do
      local entry = redis.call('XRANGE', ready, delivered[1], delivered[1])[1]
      if entry then
        redis.call('XADD', ready, '*', unpack(entry[2]))
      end
      redis.call('XACK', ready, group, delivered[1])
      redis.call('XDEL', ready, delivered[1])
    end
  end
  redis.call('XGROUP', 'DELCONSUMER', ready, group, consumer)
end
