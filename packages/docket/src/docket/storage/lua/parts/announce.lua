-- Tells whoever watches `key` that its scheduling number `generation` has come to `state`.
local function announce(events, key, generation, state)
  redis.call('PUBLISH', events .. key, generation .. ' ' .. state)
end
