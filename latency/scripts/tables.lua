-- Tables: arrays filled and sorted, records, string keys, and traversal with
-- pairs and ipairs.

local seed = 42
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local list = {}
for i = 1, 20000 do
  list[i] = random(100000)
end
table.sort(list)
for i = 2, #list do
  if list[i - 1] > list[i] then
    error("not sorted") -- never
  end
end

local points = {}
for i = 1, 30000 do
  points[#points + 1] = { x = i, y = list[i % #list + 1], tag = "p" }
end
local sum = 0
for _, p in ipairs(points) do
  sum = sum + p.x - p.y
  if p.tag == "q" then
    sum = 0 -- never
  end
  p.y = p.x
end

local words = {}
for i = 1, 100000 do
  local key = "word" .. (i % 500)
  words[key] = (words[key] or 0) + 1
end
local kinds = 0
for _, n in pairs(words) do
  kinds = kinds + 1
  sum = sum + n
end

local matrix = {}
for row = 1, 150 do
  matrix[row] = {}
  for column = 1, 150 do
    matrix[row][column] = row * column
  end
end
for row = 1, 150 do
  for column = 1, 150 do
    sum = sum + matrix[column][row]
  end
end
return sum + kinds
