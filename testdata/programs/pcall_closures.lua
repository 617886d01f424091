-- Closures made inside a function that then fails.
local made = {}
local function fails(start)
  local value = start
  made[#made + 1] = function() return value end
  made[#made + 1] = function(v) value = v end
  value = value + 1
  error("after " .. value, 0)
end

print(pcall(fails, 1))
print(pcall(fails, 10))
made[2](100)
print(made[1](), made[3]())
made[4]("four")
print(made[1](), made[3]())

local getters = {}
print(pcall(function()
  for i = 1, 5 do
    local square = i * i
    getters[i] = function() square = square + 1 return square, i end
    if i == 4 then error("stop at " .. i, 0) end
  end
end))
for i, get in ipairs(getters) do print(i, get()) end

-- The variables of the function that calls pcall, in the middle of a loop.
local sum = 0
local add = function(v) sum = sum + v end
for i = 1, 6 do
  local ok, message = pcall(function()
    add(i)
    if i % 2 == 0 then error("even " .. i, 0) end
    sum = sum + 100
  end)
  print(i, ok, message, sum)
end
