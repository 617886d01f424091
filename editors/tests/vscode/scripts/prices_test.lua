local prices = require("prices")

function test_sum()
  assert(prices.sum({ 1, 2, 3 }) == 6)
end

function test_discount()
  local price = prices.discount(100)
  assert(price == 90, "ten per cent less")
end
