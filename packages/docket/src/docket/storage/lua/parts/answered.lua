-- The answer to a call, which is kept if the call has come again, for it may once more, or if records are kept so
-- shortly that they do not tell.
local function answered(requests, request, answer, ttl, again)
  if again then
    remember(requests, request, answer[1], answer[2], answer[3], answer[4])
  elseif ttl < 20000 then
    remember(requests, request, answer[1], answer[2], answer[3], answer[4], 20000)
  end
  return answer
end
