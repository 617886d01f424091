-- What is in the store.
local text = require("lib.text")
local counter = require("lib.counter")

local Inventory = {}
Inventory.__index = Inventory

local M = {}

function M.new(rows)
  local self = setmetatable({ items = {}, names = {} }, Inventory)
  for _, row in ipairs(rows) do
    self:add(unpack(row))
  end
  return self
end

function Inventory:add(name, amount, price)
  counter.count("change")
  self.items[name] = { amount = amount, price = price }
  table.insert(self.names, name)
  table.sort(self.names)
end

function Inventory:find(name)
  counter.count("lookup")
  return self.items[name] or error("no such item: " .. name, 3)
end

function Inventory:take(name, amount)
  local item = self:find(name)
  if item.amount < amount then
    error(string.format("only %d of %s left, not %d", item.amount, name, amount))
  end
  counter.count("change")
  item.amount = item.amount - amount
  return item.amount
end

function Inventory:lines()
  local i = 0
  return function()
    i = i + 1
    local name = self.names[i]
    if name then
      local item = self:find(name)
      return text.pad(name, 20) .. string.format("%3d x %.2f", item.amount, item.price)
    end
  end
end

function Inventory:value()
  local total = 0
  for _, name in ipairs(self.names) do
    local item = self.items[name]
    total = total + item.amount * item.price
  end
  return total
end

return M
