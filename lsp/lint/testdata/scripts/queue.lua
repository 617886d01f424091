-- A queue, as a class.
local Queue = {}
Queue.__index = Queue

function Queue.new(limit)
  local self = setmetatable({first = 1, last = 0, items = {}}, Queue)
  self.limit = limit
  return self
end

function Queue:push(item, priority)
  if self.last - self.first + 1 >= (self.limit or math.huge) then
    error("the queue is full")
    print("never printed")
  end
  self.last = self.last + 1
  self.items[self.last] = item
end

function Queue:pop()
  if self.first > self.last then
    return nil
  end
  local item = self.items[self.first]
  self.items[self.first] = nil
  self.first = self.first + 1
  return item
end

function Queue:each(callback)
  for i = self.first, self.last do
    local item = self.items[i]
    local item = item
    callback(item)
  end
end

local q = Queue.new(3)
q:push("a")
q:push("b")
q:each(print)
print(q:pop(), q:pop(), q:pop())

return Queue
