-- Cooperative tasks on coroutines, with sleeps, channels and timeouts.
local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.new()
  return setmetatable({ready = {}, sleeping = {}, now = 0, count = 0}, Scheduler)
end

function Scheduler:spawn(name, fn, ...)
  local task = {
    name = name,
    co = coroutine.create(fn),
    args = {...},
    wake = 0,
  }
  self.count = self.count + 1
  self.ready[#self.ready + 1] = task
  return task
end

function Scheduler:resume(task)
  local ok, action, value = coroutine.resume(task.co, unpack(task.args))
  task.args = {}
  if not ok then
    return false, ("%s failed: %s"):format(task.name, tostring(action))
  end
  if coroutine.status(task.co) == "dead" then
    self.count = self.count - 1
  elseif action == "sleep" then
    task.wake = self.now + (value or 1)
    table.insert(self.sleeping, task)
  else
    table.insert(self.ready, task)
  end
  return true
end

function Scheduler:tick()
  local still = {}
  for _, task in ipairs(self.sleeping) do
    if task.wake <= self.now then
      self.ready[#self.ready + 1] = task
    else
      still[#still + 1] = task
    end
  end
  self.sleeping = still
  self.now = self.now + 1
end

function Scheduler:run(limit)
  while self.count > 0 and self.now < limit do
    local batch = self.ready
    self.ready = {}
    for _, task in ipairs(batch) do
      local ok, problem = self:resume(task)
      if not ok then
        print(problem)
        self.count = self.count - 1
      end
    end
    self:tick()
  end
  return self.now
end

local Channel = {}
Channel.__index = Channel

function Channel.new()
  return setmetatable({items = {}, first = 1}, Channel)
end

function Channel:push(item)
  self.items[#self.items + 1] = item
end

function Channel:pop()
  while not self.items[self.first] do
    coroutine.yield("wait")
  end
  local item = self.items[self.first]
  self.first = self.first + 1
  return item
end

local scheduler = Scheduler.new()
local channel = Channel.new()

scheduler:spawn("producer", function(n)
  for i = 1, n do
    channel:push({number = i, text = "item " .. i})
    coroutine.yield("sleep", 2)
  end
end, 3)

local received = {}
scheduler:spawn("consumer", function()
  for _ = 1, 3 do
    local item = channel:pop()
    received[#received + 1] = item.number
    print(item.text)
  end
end)

local ended = scheduler:run(50)
local sum = 0
for _, number in ipairs(received) do
  sum = sum + number
end
print(ended, sum, scheduler.count)
