-- One error that is caught, then one that nobody catches.
local function stock(item)
  error("no stock of " .. item)
end

local ok = pcall(stock, "pears")
print("caught", ok)
stock("apples")
