-- The table that a constructor is given is the instance: its fields are the instance's.
local Shape = { x = 0 }
function Shape:new(o)
  o = o or {}
  setmetatable(o, self)
  self.__index = self
  return o
end
function Shape:move(dx) self.x = self.x + dx end
local s = Shape:new({ name = "s", x = 1 })
local n, x, move = s.name, s.x, s.move
--@ type(n) = `"s"`
--@ type(x) = "integer"
--@ type(move) = "fun(dx)"

local Circle = Shape:new({ kind = "circle" })
function Circle:area() return self.r ^ 2 end
local c = Circle:new({ r = 2 })
local r, kind, cx = c.r, c.kind, c.x
--@ type(r) = "integer"
--@ type(kind) = `"circle"`
--@ type(cx) = "number"
local other = Circle:new()
local none = other.r
--@ type(none) = "unknown"

local Class = {}
Class.__index = Class
function Class.new(fields, more)
  local self = setmetatable(fields or {}, Class)
  self.more = more
  return self
end
function Class.make(t) return setmetatable(t, Class) end
local a = Class.new({ one = 1 }, true)
local one, more = a.one, a.more
--@ type(one) = "integer"
--@ type(more) = "boolean"
local b = Class.make({ two = "2" })
local two = b.two
--@ type(two) = `"2"`
