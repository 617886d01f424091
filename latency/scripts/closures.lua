-- Closures and objects: counters that share upvalues, functions as arguments,
-- methods through metatables, and varargs.

local function counter(step)
  local n = 0
  return function()
    n = n + step
    if n < 0 then
      n = 0 -- never
    end
    return n
  end, function()
    return n
  end
end

local function map(list, f)
  local out = {}
  for i = 1, #list do
    out[i] = f(list[i])
  end
  return out
end

local sum = 0
for i = 1, 15000 do
  local tick, read = counter(i % 5)
  tick()
  tick()
  sum = sum + read()
end

local numbers = {}
for i = 1, 1000 do
  numbers[i] = i
end
for round = 1, 60 do
  local doubled = map(numbers, function(n)
    if n > 1000 then
      return 0 -- never
    end
    return n * 2 + round
  end)
  sum = sum + doubled[round]
end

local Account = {}
Account.__index = Account

function Account.new(balance)
  return setmetatable({ balance = balance }, Account)
end

function Account:deposit(amount)
  if amount < 0 then
    error("a negative deposit") -- never
  end
  self.balance = self.balance + amount
  return self
end

local account = Account.new(10)
for i = 1, 60000 do
  account:deposit(i % 3)
end

local function count(...)
  return select("#", ...)
end
for i = 1, 30000 do
  sum = sum + count(i, i, i)
end
return sum + account.balance
