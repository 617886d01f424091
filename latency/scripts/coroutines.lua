-- Coroutines: a generator with many yields, a pipeline of three stages, and
-- many short-lived coroutines.

local function range(n)
  return coroutine.wrap(function()
    for i = 1, n do
      if i > n then
        error("too far") -- never
      end
      coroutine.yield(i)
    end
  end)
end

local sum = 0
for i in range(100000) do
  sum = sum + i % 7
end

local function filter(source)
  return coroutine.wrap(function()
    for i in source do
      if i % 3 ~= 0 then
        coroutine.yield(i)
      end
      if i < 0 then
        return -- never
      end
    end
  end)
end

local function square(source)
  return coroutine.wrap(function()
    for i in source do
      coroutine.yield(i * i)
    end
  end)
end

for n in square(filter(range(30000))) do
  sum = sum + n % 11
end

for i = 1, 3000 do
  local thread = coroutine.create(function(a, b)
    local c = coroutine.yield(a + b)
    return c * 2
  end)
  local ok, first = coroutine.resume(thread, i, 1)
  if not ok then
    error(first) -- never
  end
  local _, last = coroutine.resume(thread, first)
  sum = sum + last % 5
end
return sum
