-- Stock with moves, a history, undo, and proxies that watch tables.
local Inventory = {}
Inventory.__index = Inventory

local MAX = 1000

local function copy(t)
  local out = {}
  for key, value in pairs(t) do
    out[key] = value
  end
  return out
end

local function watch(target, on_change)
  return setmetatable({}, {
    __index = target,
    __newindex = function(_, key, value)
      on_change(key, target[key], value)
      target[key] = value
    end,
  })
end

local function class(base)
  local c = {}
  c.__index = c
  if base then
    setmetatable(c, {__index = base})
  end
  return c
end

function Inventory.new(stock)
  local self = setmetatable({}, Inventory)
  self.stock = stock or {}
  self.moves = {}
  self.total = 0
  for _, amount in pairs(self.stock) do
    self.total = self.total + amount
  end
  return self
end

function Inventory:amount(item)
  return self.stock[item] or 0
end

function Inventory:move(item, by, reason)
  local now = self:amount(item)
  if now + by < 0 then
    return false, ("only %d of %s"):format(now, item)
  elseif now + by > MAX then
    return false, "too many"
  end
  self.stock[item] = now + by
  self.total = self.total + by
  self.moves[#self.moves + 1] = {item = item, by = by, reason = reason or "unknown"}
  return true
end

function Inventory:undo()
  local move = table.remove(self.moves)
  if not move then
    return nil
  end
  self.stock[move.item] = self.stock[move.item] - move.by
  return move.item, move.by
end

function Inventory:low(limit)
  local names = {}
  for name, amount in pairs(self.stock) do
    if amount < (limit or 10) then
      table.insert(names, name)
    end
  end
  table.sort(names)
  return names
end

local store = Inventory.new({pens = 20, ink = 5})
local ok, why = store:move("pens", -30)
if not ok then
  print(why)
end
store:move("ink", 3, "delivery")
local item, by = store:undo()
print(item, by, store.total, table.concat(store:low(), ","))

local changes = 0
local watched = watch({size = 1, color = "red"}, function(key, old, new)
  changes = changes + 1
  print(key .. ": " .. tostring(old) .. " -> " .. tostring(new))
end)
watched.size = 2

local Base = class()
function Base:hello() return "hello from " .. self.name end
local Derived = class(Base)
function Derived.new(name)
  local d = setmetatable({name = name}, Derived)
  return d
end
local d = Derived.new("derived")
local backup = copy(store.stock)
backup.pens = nil
local weak = setmetatable({}, {__mode = "k"})
weak[store] = true
print(changes, d.name, store:amount("pens"))
