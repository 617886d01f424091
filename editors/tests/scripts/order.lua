-- A small order desk: locals, upvalues, varargs and a table to look at.
local prices = { apple = 30, pear = 45 }
local notes = {}

local function note(...)
  notes[#notes + 1] = table.concat({ ... }, " ")
end

local function total(item, quantity)
  local price = prices[item]
  local sum = price * quantity
  note(item, "x", quantity)
  return sum
end

local first = total("apple", 3)
local second = total("pear", 2)
local both = first + second
print("total", both)
