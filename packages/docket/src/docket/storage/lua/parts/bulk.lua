-- Calls a command with many arguments, in portions of a size that Lua can unpack.
local function bulk(command, key, arguments)
  for first = 1, #arguments, 1000 do
    redis.call(command, key, unpack(arguments, first, math.min(first + 999, #arguments)))
  end
end
