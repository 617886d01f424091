-- The condition of repeat sees the body's locals; closures in it too.
local i = 0
repeat
  local done = i >= 2
  i = i + 1
until done
print(i)

local list = {}
local n = 0
repeat
  n = n + 1
  local k = n
  list[#list + 1] = function() k = k + 1 return k end
until (function() return k == 3 end)()
for j = 1, #list do io.write(list[j](), " ") end
print(list[1](), list[2]())

local k = "outer"
repeat
  local k = "inner"
until k == "inner"
print(k)

local function search(values, wanted)
  local index = 0
  repeat
    index = index + 1
    local value = values[index]
    if value == wanted then return index end
  until value == nil
  return "none after " .. index
end
print(search({ "a", "b", "c" }, "b"), search({ "a" }, "z"))

local count, fs = 0, {}
repeat
  local c = count
  fs[#fs + 1] = function() return c end
  if c == 2 then break end
  count = count + 1
until c > 5
print(count, #fs, fs[1](), fs[3]())

-- Nested, with a closure that outlives the condition.
local keep
local rounds = 0
repeat
  local a = rounds
  repeat
    local b = a * 10
    keep = function() return a, b end
  until b >= 0
  rounds = rounds + 1
until a == 1 and keep() == 1
print(rounds, keep())
