-- Claims work for a worker: files what has come due, puts back what was held under leases that have run out, and then
-- claims queued executions up to the number of free slots, those first that a blocking read has already delivered.
-- An execution that has lost more than `borne` leases in one attempt is not put back: it has died. Suspects, which have
-- lost some, come first, no more than `alone` of them: none if one of them runs on this worker already, else one.
-- It claims no more than `batch`, and puts no more than `tidied` of each sort into the queue before that, so that no call
-- keeps the server from others for long.
-- Nothing happens if the worker does not know all strikes, for they say what it may not run.
-- Returns {'taken', now, when there is next something to do by the clock (or -1), executions not yet finished,
-- 1 if there may be more to claim at once, the claimed, those that have died, how many of the claimed are suspects, how
-- many suspects wait}, each claimed as {key, generation, attempt, deliveries, when, function, payload} and each dead as
-- {key, reason, 1 if it is kept}, or {'outdated', the version and the strikes}.
-- uses: clock, announce, conclude, enqueue, compose, settle, bury, line_up, reclaim, group, bulk, nudge, outdated
local ready, later, leases, dead, strikes, suspects = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local runs, events, group, consumer, worker = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local claim, slots, lease = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local batch, tidied = tonumber(ARGV[9]), tonumber(ARGV[10])
local ttl, dead_ttl, borne, alone = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[15])

local newer = outdated(strikes, ARGV[14])
if newer then
  return { 'outdated', newer }
end

local now, died, waiting = clock(), {}, redis.call('LLEN', suspects)

local due = redis.call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, tidied)
for _, key in ipairs(due) do
  local held = redis.call('HMGET', runs .. key, 'state', 'generation', 'losses')
  if held[1] == 'scheduled' then
    redis.call('HSET', runs .. key, 'state', 'queued')
    line_up(ready, suspects, key, held[2], held[3])
    announce(events, key, held[2], 'queued')
  end
end
if #due > 0 then
  redis.call('ZREM', later, unpack(due))
end

for _, key in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, tidied)) do
  local reason, is_kept =
    reclaim(runs .. key, ready, later, leases, dead, suspects, events, key, borne, ttl, dead_ttl, now)
  if reason then
    died[#died + 1] = { key, reason, is_kept and 1 or 0 }
  end
end

local claimed, expiries, most = {}, {}, math.min(slots, batch)

-- Claims what is queued; a pointer that is no longer true is passed over.
local function accept(key, generation)
  local record = runs .. key
  local held = redis.call('HMGET', record, 'state', 'generation', 'attempt', 'deliveries', 'when', 'function', 'payload')
  if held[1] ~= 'queued' or held[2] ~= generation then
    return
  end
  redis.call('HSET', record, 'state', 'running', 'claim', claim, 'worker', worker, 'started_at', now,
    'deliveries', held[4] + 1)
  announce(events, key, generation, 'running')
  claimed[#claimed + 1] = { key, generation, held[3], held[4] + 1, held[5], held[6], held[7] }
  expiries[#expiries + 1] = now + lease
  expiries[#expiries + 1] = key
end

-- A batch of stale pointers must not look like an empty queue; the bound keeps one call short.
local passed = 0
while #claimed < math.min(most, alone) and passed < batch do
  local pointer = redis.call('LPOP', suspects, 2)
  if not pointer then
    break
  end
  accept(unpack(pointer))
  passed = passed + 1
end
local suspected = #claimed

for index = 16, #ARGV do
  local entry = redis.call('XRANGE', ready, ARGV[index], ARGV[index])[1]
  redis.call('XACK', ready, group, ARGV[index])
  if entry then
    redis.call('XDEL', ready, entry[1])
    if #claimed < most then
      accept(entry[2][2], entry[2][4])
    else
      redis.call('XADD', ready, '*', unpack(entry[2]))
    end
  end
end

while #claimed < most and passed < batch do
  -- Nothing is left pending: the claim in the record takes the place of the group's own bookkeeping.
  local read = { 'XREADGROUP', 'GROUP', group, consumer, 'COUNT', most - #claimed, 'NOACK', 'STREAMS', ready, '>' }
  local reply = redis.pcall(unpack(read))
  if reply and reply.err then
    ensure_group(ready, group)
    reply = redis.call(unpack(read))
  end
  if not reply then
    break
  end
  local entries, identities = reply[1][2], {}
  for index, entry in ipairs(entries) do
    identities[index] = entry[1]
    accept(entry[2][2], entry[2][4])
  end
  redis.call('XDEL', ready, unpack(identities))
  passed = passed + #entries
end

bulk('ZADD', leases, expiries)

local left = redis.call('LLEN', suspects)
if suspected > 0 or left > waiting then
  -- Each idle worker that takes one of them calls the next.
  nudge(ready, suspects)
end

local next_due = redis.call('ZRANGE', later, 0, 0, 'WITHSCORES')[2]
local next_expiry = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
local wake = math.min(tonumber(next_due) or math.huge, tonumber(next_expiry) or math.huge)
local unfinished = redis.call('XLEN', ready) + redis.call('ZCARD', later) + redis.call('ZCARD', leases) + left / 2
local more = #claimed >= most or passed >= batch
return { 'taken', now, wake < math.huge and wake or -1, unfinished, more and 1 or 0, claimed, died, suspected, left / 2 }
