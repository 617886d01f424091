-- Reads numbers, and writes a report about them.
local function mean(list)
  local sum = 0
  for _, v in ipairs(list) do
    sum = sum + v
  end
  return sum / #list
end

local function spread(list)
  local low, high = math.huge, -math.huge
  for _, v in ipairs(list) do
    if v < low then low = v end
    if v > high then high = v end
  end
  return low, high
end

local values = {}
for line in io.lines() do
  local value = tonumber(line)
  if value then
    values[#values + 1] = value
  end
end

local average = 0
average = mean(values)
local low, high, extra = spread(values)
print(string.format("%d values, mean %.2f, %g to %g", #values, average, low, high))

local title = "report"
title = title:upper()
title = "REPORT"
print(title)

for i = #values, 1 do
  print(values[i])
end
