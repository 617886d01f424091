-- What the fruit in a basket costs.
local function taxed(price, rate)
  local added = price * rate
  return price + added
end

local prices = { 2, 4, 6 }
local total = 0
for i = 1, #prices do
  local price = prices[i]
  total = total + taxed(price, 0.5)
end
print("total: " .. total)
local receipt = { shop = { name = "corner" } }
print("sold at " .. receipt.shop.name)
error("the till is empty")
