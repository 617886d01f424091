-- The values of an enum are what its table has, whatever leads to them.
local base = 10
---@enum Level
local Level = {low = base, high = base + 1, name = "l" .. base}
---@param level Level
local function at(level)
  return level
  --@ type(level) = "integer|string"
end
print(at(Level.low))

-- Values that come from a function that takes the enum itself.
local Kind
---@param kind Kind
---@return Kind
local function same(kind)
  return kind
  --@ type(kind) = `1|2`
end
---@enum Kind
Kind = {one = 1, two = 2}
local again = same(Kind.two)
--@ type(again) = `1|2`

---@param mode Mode
local function turned(mode)
  if mode == 1 then return 2 end
  return 1
end
---@enum Mode
local Mode = {on = 1, off = turned(1)}
---@type Mode
local mode = Mode.on
print(mode, turned(mode))
--@ type(mode) = "any"

-- Bounds of generic classes that name each other.
---@class Box<T: Item>
---@field item T
---@field make fun(): Box<T>
local Box = {}
---@class Item
---@field box Box<Item>
---@field size integer
local Item = {}
---@type Box<Item>
local box
print(box.item.size, box.item.box.item.size, box.make().item.size)
--@ type(box.item.size) = "integer"
--@ type(box.item.box.item.size) = "integer"
--@ type(box.make().item.size) = "integer"
print(Box, Item)
---@class List<T: List<T>>
---@field next T
---@field length integer
---@type List<Item>
local list
print(list.next.size)
--@ type(list.next.size) = "integer"

-- Enums of one name are one: a value of each will do.
---@enum Grade
local grades = {low = "low", high = "high"}
---@enum Grade
local more = {top = "top"}
---@type Grade
local grade
print(grades, more, grade)
--@ type(grade) = `"low"|"high"|"top"`
---@class Merged
---@field a number
---@class Merged
---@field b string
---@type Merged
local merged
print(merged)
--@ members(merged) = "a b"
