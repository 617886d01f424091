-- Something to try each kind of breakpoint, jump and value on.
local stock = { apples = 3, pears = 0 }
local label = "fresh fruit"
total = 0

local function take(item, n)
  local left = stock[item] - n
  stock[item] = left
  return left
end

for i = 1, 2 do
  take("apples", i)
  total = total + i
end
local ok, problem = pcall(error, { code = 7 })
pcall(error, { code = 8 })
print(label, total, stock.apples, ok, problem.code)
