-- Makes sure that the queue has its consumer group, also after somebody has flushed the server.
local function ensure_group(ready, group)
  redis.pcall('XGROUP', 'CREATE', ready, group, '0', 'MKSTREAM')
end
