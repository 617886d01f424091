-- Pipelines of coroutines, and a round-robin scheduler.

-- Producers, filters and consumers: each stage pulls from the one before.

local function lines(text)
  return coroutine.create(function()
    local number = 0
    for line in text:gmatch("([^\n]*)\n?") do
      if line ~= "" then
        number = number + 1
        coroutine.yield(line, number)
      end
    end
    return nil
  end)
end

local function receive(stage)
  local ok, value, number = coroutine.resume(stage)
  if not ok then
    error(value, 0)
  end
  return value, number
end

local function filter(accept, source)
  return coroutine.create(function()
    while true do
      local value, number = receive(source)
      if value == nil then
        return nil
      end
      if accept(value) then
        coroutine.yield(value, number)
      end
    end
  end)
end

local function map(change, source)
  return coroutine.create(function()
    local value, number = receive(source)
    while value ~= nil do
      coroutine.yield(change(value), number)
      value, number = receive(source)
    end
  end)
end

local function consume(source)
  local count = 0
  while coroutine.status(source) ~= "dead" do
    local value, number = receive(source)
    if value ~= nil then
      count = count + 1
      print(string.format("%3d  %s", number, value))
    end
  end
  return count
end

local log = [[
info: starting
warn: disk at 91%
debug: tick
error: cannot reach host
info: retrying
warn: slow answer
]]

local interesting = filter(function(line)
  return not line:match("^debug") and not line:match("^info")
end, lines(log))

local shouted = map(function(line)
  local level, message = line:match("^(%a+): (.*)$")
  return level:upper() .. " " .. message
end, interesting)

print("lines:", consume(shouted))

-- Generators with wrap.

local function permutations(items, n)
  n = n or #items
  if n <= 1 then
    coroutine.yield(items)
    return
  end
  for i = 1, n do
    items[n], items[i] = items[i], items[n]
    permutations(items, n - 1)
    items[n], items[i] = items[i], items[n]
  end
end

for order in coroutine.wrap(function() permutations({ "a", "b", "c" }) end) do
  print(table.concat(order, " "))
end

local function fibonacci()
  local a, b = 0, 1
  while true do
    coroutine.yield(a)
    a, b = b, a + b
  end
end

local next_number = coroutine.wrap(fibonacci)
local numbers = {}
for i = 1, 15 do
  numbers[i] = next_number()
end
print(table.concat(numbers, " "))

-- A scheduler: tasks run in turns until all are done; a failing task does not
-- disturb the others.

local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.new()
  return setmetatable({ tasks = {}, turn = 0 }, Scheduler)
end

function Scheduler:spawn(name, body, ...)
  table.insert(self.tasks, {
    name = name,
    thread = coroutine.create(body),
    arguments = { n = select("#", ...), ... },
    wake = 0,
  })
end

function Scheduler:step(task)
  local ok, wait
  if task.arguments then
    local arguments = task.arguments
    task.arguments = nil
    ok, wait = coroutine.resume(task.thread, unpack(arguments, 1, arguments.n))
  else
    ok, wait = coroutine.resume(task.thread, self.turn)
  end
  if not ok then
    print(self.turn, task.name, "failed:", (tostring(wait):match("[%w_]+%.lua:%d+:")))
  elseif coroutine.status(task.thread) == "dead" then
    print(self.turn, task.name, "finished with", wait)
  else
    task.wake = self.turn + (wait or 1)
  end
end

function Scheduler:run()
  while #self.tasks > 0 do
    self.turn = self.turn + 1
    for i = #self.tasks, 1, -1 do
      local task = self.tasks[i]
      if task.wake <= self.turn then
        self:step(task)
      end
      if coroutine.status(task.thread) == "dead" then
        table.remove(self.tasks, i)
      end
    end
  end
end

local scheduler = Scheduler.new()

scheduler:spawn("counter", function(from, to)
  local sum = 0
  for i = from, to do
    sum = sum + i
    local turn = coroutine.yield()
    print(turn, "counter", i, sum)
  end
  return sum
end, 1, 4)

scheduler:spawn("sleeper", function()
  local woke = coroutine.yield(3)
  print(woke, "sleeper", "awake")
  woke = coroutine.yield(2)
  return "slept until " .. woke
end)

scheduler:spawn("broken", function()
  coroutine.yield()
  local settings
  return settings.missing
end)

scheduler:spawn("spawner", function()
  coroutine.yield(4)
  scheduler:spawn("child", function(a, b, c)
    coroutine.yield()
    return tostring(a) .. tostring(b) .. tostring(c)
  end, 1, nil, 3)
  return "one child"
end)

scheduler:run()
print("turns:", scheduler.turn)
