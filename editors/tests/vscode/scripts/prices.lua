local prices = {}

function prices.sum(list)
  local total = 0
  for _, price in ipairs(list) do
    total = total + price
  end
  return total
end

function prices.discount(price)
  if price > 50 then
    return price - 5
  end
  return price
end

return prices
