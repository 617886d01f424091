-- Counts what is in stock, and prints what has to be ordered.
local inventory = {}
local threshold = 5
local unused_total = 0

local function add(name, count, price)
  inventory[#inventory + 1] = {name = name, count = count, price = price}
end

local function find(name)
  for i, item in ipairs(inventory) do
    if item.name == name then
      return item
    end
  end
end

add("bolt", 10, 0.2)
add("nut", 3, 0.1)

local item = find("bolt")
if not (item == nil) then
  item.count = item.count - 7
end

local orders = {}
for index, entry in ipairs(inventory) do
  if entry.count < threshold then
    orders[#orders + 1] = entry.name
  else
  end
end

table.sort(orders)
print(table.concat(orders, ", "))
print(stock_total)
