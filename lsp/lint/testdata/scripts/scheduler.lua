-- Runs coroutines in turns.
local tasks, now = {}, 0

local function spawn(name, body)
  local co = coroutine.create(body)
  tasks[#tasks + 1] = {name = name, co = co, wake = 0}
  return co
end

local function sleep(turns)
  coroutine.yield(turns)
end

spawn("a", function()
  for i = 1, 3 do
    print("a", i)
    sleep(1)
  end
end)
spawn("b", function()
  for i = 1, 2 do
    print("b", i)
    sleep(2)
  end
end)

while #tasks > 0 do
  now = now + 1
  for i = #tasks, 1, -1 do
    local task = tasks[i]
    if task.wake <= now then
      local ok, turns = coroutine.resume(task.co)
      if not ok then
        print(task.name, turns)
      end
      if coroutine.status(task.co) == "dead" then
        table.remove(tasks, i)
      else
        task.wake = now + (turns or 1)
      end
    end
  end
end

local finished = true
local function done()
  return finished
end
