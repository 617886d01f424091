-- A module of vectors and shapes, with operators and inheritance.
local M = {}

local Vector = {}
Vector.__index = Vector

local function vector(x, y)
  return setmetatable({x = x or 0, y = y or 0}, Vector)
end

function Vector.__add(a, b) return vector(a.x + b.x, a.y + b.y) end
function Vector.__sub(a, b) return vector(a.x - b.x, a.y - b.y) end
function Vector.__mul(a, k) return vector(a.x * k, a.y * k) end
function Vector.__unm(a) return vector(-a.x, -a.y) end
function Vector.__eq(a, b) return a.x == b.x and a.y == b.y end
function Vector.__lt(a, b) return a:length() < b:length() end
function Vector:__tostring() return "(" .. self.x .. ", " .. self.y .. ")" end

function Vector:length()
  return math.sqrt(self.x ^ 2 + self.y ^ 2)
end

function Vector:normalized()
  local length = self:length()
  if length == 0 then
    return nil, "a zero vector has no direction"
  end
  return self * (1 / length)
end

local Shape = {}
Shape.__index = Shape

function Shape:new(fields)
  local shape = fields or {}
  setmetatable(shape, self)
  self.__index = self
  return shape
end

function Shape:area() return 0 end

function Shape:describe()
  return ("%s of area %.2f"):format(self.name or "shape", self:area())
end

local Circle = Shape:new({name = "circle"})
function Circle:area() return math.pi * self.radius ^ 2 end

local Rectangle = Shape:new({name = "rectangle"})
function Rectangle:area() return self.width * self.height end

M.vector = vector
M.Circle = Circle
M.Rectangle = Rectangle
M.ORIGIN = vector(0, 0)
M.UNITS = {mm = 0.001, cm = 0.01, m = 1}

function M.convert(value, from, to)
  local a, b = M.UNITS[from], M.UNITS[to]
  assert(a and b, "unknown unit")
  return value * a / b
end

function M.bounds(points)
  local low, high = vector(math.huge, math.huge), vector(-math.huge, -math.huge)
  for _, p in ipairs(points) do
    low.x, low.y = math.min(low.x, p.x), math.min(low.y, p.y)
    high.x, high.y = math.max(high.x, p.x), math.max(high.y, p.y)
  end
  return low, high
end

local u, v = vector(1, 2), vector(3, 4)
local w = u + v * 2
local back = -w
local unit, problem = w:normalized()
if unit then
  print(unit.x, unit:length())
else
  print(problem)
end
local low, high = M.bounds({u, v, w})
print(tostring(w), back.x, low.x, high.y, u < v, M.convert(5, "cm", "mm"))

local c = Circle:new({radius = 2})
local r = Rectangle:new({width = 2, height = 3})
for _, shape in ipairs({c, r}) do
  print(shape:describe(), shape:area())
end

return M
