-- Iterators of several kinds, composed.
local function range(from, to, step)
  step = step or 1
  local i = from - step
  return function()
    i = i + step
    if i <= to then
      return i
    end
  end
end

local function map(fn, iterator)
  return function()
    local value = iterator()
    if value ~= nil then
      return fn(value)
    end
  end
end

local function filter(keep, iterator)
  return function()
    local value = iterator()
    while value ~= nil and not keep(value) do
      value = iterator()
    end
    return value
  end
end

local function collect(iterator)
  local list = {}
  for value in iterator do
    list[#list + 1] = value
  end
  return list
end

local function reduce(list, fn, start)
  local acc = start
  for _, value in ipairs(list) do
    acc = fn(acc, value)
  end
  return acc
end

local function chars(s)
  local at = 0
  return function()
    at = at + 1
    if at <= #s then
      return at, s:sub(at, at)
    end
  end
end

local function window(list, size)
  return coroutine.wrap(function()
    for i = 1, #list - size + 1 do
      local part = {}
      for k = 0, size - 1 do
        part[#part + 1] = list[i + k]
      end
      coroutine.yield(i, part)
    end
  end)
end

local function stateless(limit, n)
  if n < limit then
    return n + 1, (n + 1) * (n + 1)
  end
end

local function squares(limit)
  return stateless, limit, 0
end

local numbers = collect(range(1, 10))
local doubled = collect(map(function(x) return x * 2 end, range(1, 3)))
local even = collect(filter(function(x) return x % 2 == 0 end, range(1, 10)))
local sum = reduce({1, 2, 3}, function(a, b) return a + b end, 0)
for i, c in chars("abc") do
  print(i, c:byte())
end
for at, part in window({1, 2, 3, 4}, 2) do
  print(at, part[1], part[2], #part)
end
for n, square in squares(4) do
  print(n, square)
end
for key, value in next, {a = 1, b = 2} do
  print(key, value)
end
for i = 10, 1, -2 do
  print(i / 4)
end
print(#numbers, #doubled, #even, sum, numbers[1])
