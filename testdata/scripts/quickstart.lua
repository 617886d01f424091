-- An order and what it costs.
-- Try it:  set a breakpoint in line_total, run, and look at item and discount.

local order = {
  customer = "Ada",
  items = {
    { name = "notebook", price = 3.50, count = 4 },
    { name = "pencil", price = 0.80, count = 25 },
    { name = "lamp", price = 24.00, count = 1 },
  },
}

-- Ten or more of a thing cost ten percent less.
local function discount_for(count)
  if count >= 10 then
    return 0.10
  end
  return 0
end

local function line_total(item)
  local full = item.price * item.count
  local discount = full * discount_for(item.count)
  return full - discount, discount
end

local function order_total(items)
  local total, saved = 0, 0
  for _, item in ipairs(items) do
    local cost, discount = line_total(item)
    print(string.format("%-10s %3d x %6.2f = %7.2f", item.name, item.count, item.price, cost))
    total = total + cost
    saved = saved + discount
  end
  return total, saved
end

print("Order for " .. order.customer)
local total, saved = order_total(order.items)
print(string.format("Total %.2f (saved %.2f)", total, saved))
