-- Jobs are announced as events, and worked on by handlers.
local queue = {}
local stats = {done = 0, failed = 0, seconds = 0}
local handlers = {}

local function announce(id, kind, payload)
  Event.publish("job.created", {id = id, kind = kind, payload = payload, priority = 1})
end

function handlers.resize(job)
  local width, height = job.payload:match("(%d+)x(%d+)")
  if not width then
    return nil, "no size in " .. job.payload
  end
  return {area = tonumber(width) * tonumber(height)}
end

function handlers.greet(job)
  return {text = "Hello, " .. job.payload}
end

local function work(job)
  local handler = handlers[job.kind]
  if not handler then
    return false, "no handler for " .. job.kind
  end
  local start = os.clock()
  local result, problem = handler(job)
  stats.seconds = stats.seconds + (os.clock() - start)
  if not result then
    return false, problem
  end
  return true, result
end

Event.on("job.created", function(event)
  local job = event.data
  table.insert(queue, {id = job.id, kind = job.kind, payload = job.payload})
  print(event.event_type, event.timestamp, job.priority)
end)

Event.on("job.*", function(e)
  if e.event_type == "job.failed" then
    stats.failed = stats.failed + 1
    print("failed: " .. e.data.reason)
  end
end)

Event.on("tool.completed", function(e)
  print(e.data.tool .. " took " .. e.data.duration_ms .. " ms")
end)

announce(1, "resize", "640x480")
announce(2, "greet", "Ann")
announce(3, "paint", "wall")

local count, failures = Event.dispatch(100)
print(count .. " events, " .. #failures .. " failed")

while #queue > 0 do
  local job = table.remove(queue, 1)
  local ok, result = work(job)
  if ok then
    stats.done = stats.done + 1
    Event.publish("job.done", {id = job.id, result = result})
  else
    Event.publish("job.failed", {id = job.id, reason = result})
  end
end

local id = Event.subscribe("job.done")
local event = Event.receive(id, 10)
if event then
  print(event.data.id)
end
Event.unsubscribe(id)
print(stats.done, stats.failed, ("%.3f"):format(stats.seconds))
