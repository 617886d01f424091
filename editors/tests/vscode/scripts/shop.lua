--- Gives twice the number.
---@param number number
---@return number
local function double(number)
  return number * 2
end

print(double(4), double(5))
