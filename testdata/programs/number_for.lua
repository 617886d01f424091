-- Numeric for loops: negative, fractional and empty ranges.
local function collect(first, last, step)
  local values = {}
  if step then
    for i = first, last, step do values[#values + 1] = i end
  else
    for i = first, last do values[#values + 1] = i end
  end
  return "[" .. table.concat(values, " ") .. "]"
end
print(collect(1, 5), collect(5, 1), collect(5, 1, -1), collect(1, 1), collect(1, 0))
print(collect(1, 10, 3), collect(10, 1, -4), collect(-3, 3, 2), collect(0, 1, 0.25))
print(collect(1, 2, 0.3), collect(1.5, 4), collect(1, 0, -0.25), collect(0, -1, -0.5))
print(collect(0, 1, 0.1))
print(collect(1, -math.huge), collect(3, -math.huge, -math.huge))
-- The limits are evaluated once, and the variable is a copy.
local limit = 3
local turns = 0
for i = 1, limit do
  limit = 10
  i = i * 2
  turns = turns + i
end
print(turns, limit)
local n = 0
for i = 2 ^ 53 - 2, 2 ^ 53 do
  n = n + 1
  if n > 5 then break end
end
print(n)
for i = 3, 1 do print("never") end
for i = 1, 3 do local i = i * 10 io.write(i, " ") end
print(i)
print(pcall(function() for i = 1, 10, 0 do return i end end))
