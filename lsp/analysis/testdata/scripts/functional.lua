-- Closures: memoising, currying, composing, counters, lazy values.
local function memoize(fn)
  local cache = {}
  local hits = 0
  local function memoized(n)
    local value = cache[n]
    if value == nil then
      value = fn(n)
      cache[n] = value
    else
      hits = hits + 1
    end
    return value
  end
  local function stats()
    return hits, cache
  end
  return memoized, stats
end

local fib
fib = memoize(function(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end)

local function curry(a)
  return function(b)
    return function(c)
      return a * b + c
    end
  end
end

local function compose(f, g)
  return function(x)
    return f(g(x))
  end
end

local function counter(start)
  local n = start or 0
  return {
    increment = function(by)
      n = n + (by or 1)
      return n
    end,
    get = function() return n end,
    reset = function() n = 0 end,
  }
end

local function lazy(make)
  local value, made
  return function()
    if not made then
      value, made = make(), true
    end
    return value
  end
end

local function partial(fn, ...)
  local bound = {...}
  return function(...)
    local args = {unpack(bound)}
    for i = 1, select("#", ...) do
      args[#args + 1] = (select(i, ...))
    end
    return fn(unpack(args))
  end
end

local function sum(...)
  local total = 0
  for _, n in ipairs({...}) do
    total = total + n
  end
  return total, select("#", ...)
end

local big = fib(30)
local line = curry(2)(3)(4)
local shout = compose(string.upper, function(name) return "hello " .. name end)
local hits = counter(10)
hits.increment()
hits.increment(5)
local config = lazy(function()
  return {name = "lazy", size = 3}
end)
local loaded = config()
local total, n = sum(1, 2, 3)
local add_ten = partial(sum, 10)
local name = loaded.name
local word = #name > 3 and name or "short"
local first, second = (function() return 1, "two" end)()
local a, b, c = unpack({1, "x", true})
print(big, line, shout("ann"), hits.get(), loaded.size, total, n, add_ten(1, 2))
print(word, first, second, a, b, c, select("#", a, b), (select(2, a, b)))
