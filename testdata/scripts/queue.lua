-- A priority queue on a binary heap, and a day's work scheduled with it.

local Queue = {}
Queue.__index = Queue

-- less(a, b) says whether a comes out before b.
function Queue.new(less)
  return setmetatable({
    heap = {},
    size = 0,
    less = less or function(a, b) return a < b end,
  }, Queue)
end

function Queue:swap(i, j)
  local heap = self.heap
  heap[i], heap[j] = heap[j], heap[i]
end

function Queue:sift_up(i)
  while i > 1 do
    local parent = math.floor(i / 2)
    if not self.less(self.heap[i], self.heap[parent]) then
      break
    end
    self:swap(i, parent)
    i = parent
  end
end

function Queue:sift_down(i)
  while true do
    local left, right = 2 * i, 2 * i + 1
    local first = i
    if left <= self.size and self.less(self.heap[left], self.heap[first]) then
      first = left
    end
    if right <= self.size and self.less(self.heap[right], self.heap[first]) then
      first = right
    end
    if first == i then
      return
    end
    self:swap(i, first)
    i = first
  end
end

function Queue:push(value)
  self.size = self.size + 1
  self.heap[self.size] = value
  self:sift_up(self.size)
  return self
end

function Queue:pop()
  if self.size == 0 then
    return nil, "the queue is empty"
  end
  local top = self.heap[1]
  self:swap(1, self.size)
  self.heap[self.size] = nil
  self.size = self.size - 1
  self:sift_down(1)
  return top
end

function Queue:peek()
  return self.heap[1]
end

-- Iterates by taking everything out.
function Queue:drain()
  return function()
    return (self:pop())
  end
end

-- Every parent must come before its children.
function Queue:check()
  for i = 2, self.size do
    local parent = math.floor(i / 2)
    assert(not self.less(self.heap[i], self.heap[parent]), "heap order broken at " .. i)
  end
  return true
end

-- Numbers from a fixed generator, so that every run is the same.
local seed = 42
local function random(limit)
  seed = (seed * 1103 + 12345) % 65536
  return seed % limit
end

local numbers = Queue.new()
for _ = 1, 20 do
  numbers:push(random(100))
  numbers:check()
end
print("smallest", numbers:peek(), "of", numbers.size)

local sorted = {}
for value in numbers:drain() do
  sorted[#sorted + 1] = value
end
print(table.concat(sorted, " "))
print(numbers:pop())

-- Tasks: urgent first; among equals, those that came first.
local order = 0
local tasks = Queue.new(function(a, b)
  if a.urgency ~= b.urgency then
    return a.urgency > b.urgency
  end
  return a.order < b.order
end)

local function add(name, urgency, minutes)
  order = order + 1
  tasks:push({ name = name, urgency = urgency, minutes = minutes, order = order })
end

add("water the plants", 1, 5)
add("fix the build", 9, 40)
add("answer mail", 3, 20)
add("review a change", 5, 30)
add("call the bank", 5, 10)
add("lunch", 7, 45)

local clock = 9 * 60
while tasks.size > 0 do
  local task = tasks:pop()
  print(string.format("%02d:%02d  %-16s (%d)", math.floor(clock / 60), clock % 60, task.name, task.urgency))
  clock = clock + task.minutes
  if task.name == "fix the build" then
    add("tell the team", 8, 5)
  end
end
print(string.format("done at %02d:%02d", math.floor(clock / 60), clock % 60))

print(Queue.new():push(3):push(1):push(2):pop())
