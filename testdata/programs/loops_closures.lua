-- Every turn of a loop has new variables.
local function call_all(fs)
  local r = {}
  for i = 1, #fs do r[i] = tostring(fs[i]()) end
  return table.concat(r, " ")
end
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
print(call_all(fs), call_all(fs))
fs = {}
for i, v in ipairs({ "a", "b", "c" }) do fs[i] = function() return i .. v end end
print(call_all(fs))
fs = {}
local n = 0
while n < 3 do
  n = n + 1
  local copy = n
  fs[n] = function() copy = copy * 2 return copy .. "/" .. n end
end
print(call_all(fs), call_all(fs))
fs = {}
for i = 1, 3 do
  local pair = {}
  pair.get = function() return i end
  pair.set = function(v) i = v end
  fs[i] = pair
end
fs[1].set(100)
print(fs[1].get(), fs[2].get(), fs[3].get())
fs = {}
for i = 1, 2 do
  for j = 1, 2 do
    local k = i * 10 + j
    fs[#fs + 1] = function() k = k + 1 i = i + 1 return i .. "," .. j .. "," .. k end
  end
end
print(call_all(fs))
print(call_all(fs))
-- A closure called inside the loop that made it.
local sum = 0
for i = 1, 3 do
  local function add() sum = sum + i end
  add()
  i = i * 10
  add()
end
print(sum)
-- Loops in closures in loops.
local makers = {}
for i = 1, 2 do
  makers[i] = function()
    local inner = {}
    for j = 1, 2 do inner[j] = function() return i * j end end
    return inner
  end
end
print(makers[2]()[1](), makers[2]()[2](), makers[1]()[2]())
