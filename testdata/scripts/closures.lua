-- Closures: variables shared, kept and renewed.

-- Two functions over one variable, and a second pair over another.
local function account(start)
  local balance = start
  local function deposit(amount)
    balance = balance + amount
    return balance
  end
  local function show()
    return balance
  end
  return deposit, show
end

local deposit_a, show_a = account(10)
local deposit_b, show_b = account(100)
deposit_a(5)
deposit_a(5)
deposit_b(1)
print(show_a(), show_b())

-- Each turn of a loop has variables of its own.
local adders = {}
for i = 1, 3 do
  local step = i * 10
  adders[#adders + 1] = function(x)
    step = step + 1
    return x + step + i
  end
end
for i, add in ipairs(adders) do
  print(i, add(0), add(0), adders[1](0))
end

local readers, n = {}, 0
while n < 3 do
  n = n + 1
  local square = n * n
  readers[n] = function() return square, n end
end
for _, read in ipairs(readers) do
  print(read())
end

-- The condition of repeat sees the body's variables, closures too.
local checks = {}
local count = 0
repeat
  count = count + 1
  local done = count == 3
  checks[count] = function() return done, count end
until done
for i = 1, #checks do
  print(i, checks[i]())
end

-- A shadowed name is another variable.
local name = "outer"
local function outer_name() return name end
do
  local name = "inner"
  local function inner_name() return name end
  name = "inner changed"
  print(outer_name(), inner_name())
end
name = "outer changed"
print(outer_name())

-- Functions that make functions.
local function compose(...)
  local functions = { ... }
  return function(...)
    local results = { ... }
    for i = #functions, 1, -1 do
      results = { functions[i](unpack(results)) }
    end
    return unpack(results)
  end
end

local function curry(f, n, ...)
  local given = { ... }
  if #given >= n then
    return f(unpack(given))
  end
  return function(x)
    local all = {}
    for i, value in ipairs(given) do
      all[i] = value
    end
    all[#all + 1] = x
    return curry(f, n, unpack(all))
  end
end

local double_then_sum = compose(
  function(a, b) return a + b end,
  function(a, b) return a * 2, b * 2 end
)
print(double_then_sum(3, 4))
print(curry(function(a, b, c) return a .. b .. c end, 3)("x")("y")("z"))

-- Memory of results, kept in an upvalue.
local function memoize(f)
  local known, hits = {}, 0
  return function(x)
    local value = known[x]
    if value then
      hits = hits + 1
      return value
    end
    value = f(x)
    known[x] = value
    return value
  end, function() return hits end
end

local fib, fib_hits
fib, fib_hits = memoize(function(x)
  if x < 2 then
    return x
  end
  return fib(x - 1) + fib(x - 2)
end)
print(fib(30), fib_hits())

-- Iterators with state in closures.
local function range(first, last, step)
  step = step or 1
  local value = first - step
  return function()
    value = value + step
    if step > 0 and value <= last or step < 0 and value >= last then
      return value
    end
  end
end

local function zip(a, b)
  return function()
    local x, y = a(), b()
    if x ~= nil and y ~= nil then
      return x, y
    end
  end
end

for x, y in zip(range(1, 10, 3), range(5, 1, -1)) do
  io.write(x, ":", y, " ")
end
print()

-- Searching nested loops ends with break; closures made before stay valid.
local found
local tried = {}
for row = 1, 4 do
  for column = 1, 4 do
    tried[#tried + 1] = function() return row, column end
    if row * column == 6 then
      found = tried[#tried]
      break
    end
  end
  if found then
    break
  end
end
print(found())
print(#tried, tried[1](), (tried[#tried - 1]()))

-- Closures over a variable that an error left behind.
local log = {}
local last = 0
local function record(x)
  last = x
  log[#log + 1] = function() return last end
  if x % 2 == 0 then
    error("even", 0)
  end
end
for x = 1, 4 do
  print(x, pcall(record, x))
end
last = 99
print(log[1](), log[4](), #log)

-- Five levels deep.
local function level1()
  local a = 1
  return function()
    local b = a + 1
    return function()
      local c = a + b
      return function()
        local d = b + c
        return function()
          a, b, c, d = a + 1, b + a, c + b, d + c
          return a, b, c, d
        end
      end
    end
  end
end
local deepest = level1()()()()
deepest()
print(deepest())
