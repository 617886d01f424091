-- Closures that count.
local function counter(start, step)
  local value = start or 0
  return {
    next = function()
      value = value + (step or 1)
      return value
    end,
    reset = function(to)
      value = to or 0
    end,
    peek = function() return value end,
  }
end

local c = counter(10, 5)
c.next()
print(c.peek())
c.reset()
print(c.next())

local function compose(f, g)
  return function(...)
    return f(g(...))
  end
end
local double = function(x) return x * 2 end
local increment = function(x) return x + 1 end
print(compose(double, increment)(3))

local function fold(list, f, initial)
  local acc = initial
  for i, v in ipairs(list) do
    acc = f(acc, v)
  end
  return acc
end
print(fold({1, 2, 3}, function(a, b) return a + b end, 0))
local function recursive(n) return recursive(n - 1) end
local sum, product = 0, 1
for i = 1, 3 do
  sum = sum + i
end
print(sum)
print(math.flor(1.5))
