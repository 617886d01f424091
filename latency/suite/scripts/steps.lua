-- A loop to step through: calls, locals of several types, and a table.

local function area(width, height)
  local result = width * height -- inside
  return result
end

local items, total = {}, 0
for i = 1, 1000000 do
  local name = "item " .. i % 100 -- body
  local size = area(i, 2)
  items[i % 100 + 1] = { name = name, size = size }
  total = total + size
end
return total
