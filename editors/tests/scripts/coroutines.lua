-- A producer in a coroutine of its own.
local function produce(limit)
  for i = 1, limit do
    coroutine.yield(i)
  end
  return "done"
end

local producer = coroutine.create(produce)
local _, one = coroutine.resume(producer, 2)
local _, two = coroutine.resume(producer)
print(one, two)
