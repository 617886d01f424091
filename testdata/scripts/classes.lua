-- Classes: inheritance, properties computed by __index, and all the operators.

local function class(name, base)
  local c = { name = name, base = base }
  c.__index = c
  c.__tostring = function(self) return self:describe() end
  -- Operators are looked up in the metatable itself, so they are inherited by
  -- copying.
  if base then
    for key, value in pairs(base) do
      if type(key) == "string" and key:sub(1, 2) == "__" and c[key] == nil then
        c[key] = value
      end
    end
  end
  return setmetatable(c, {
    __index = base,
    __call = function(self, ...)
      local object = setmetatable({}, self)
      object:initialize(...)
      return object
    end,
    __tostring = function() return "class " .. name end,
  })
end

local function is_a(object, wanted)
  local c = getmetatable(object)
  while c do
    if c == wanted then
      return true
    end
    c = c.base
  end
  return false
end

-- Shapes.

local Shape = class("Shape")

function Shape:initialize(label)
  self.label = label
end

function Shape:area()
  error(self.name .. " has no area", 0)
end

function Shape:describe()
  return string.format("%s %s with area %.2f", self.name, self.label, self:area())
end

Shape.__eq = function(a, b) return a:area() == b:area() end
Shape.__lt = function(a, b) return a:area() < b:area() end
Shape.__le = function(a, b) return a:area() <= b:area() end
Shape.__concat = function(a, b)
  return (type(a) == "table" and a.label or a) .. "&" .. (type(b) == "table" and b.label or b)
end

local Rectangle = class("Rectangle", Shape)

function Rectangle:initialize(label, width, height)
  Shape.initialize(self, label)
  self.width, self.height = width, height
end

function Rectangle:area()
  return self.width * self.height
end

local Square = class("Square", Rectangle)

function Square:initialize(label, side)
  Rectangle.initialize(self, label, side, side)
end

function Square:describe()
  return "[" .. Rectangle.describe(self) .. "]"
end

local Circle = class("Circle", Shape)

function Circle:initialize(label, radius)
  Shape.initialize(self, label)
  self.radius = radius
end

function Circle:area()
  return math.pi * self.radius ^ 2
end

local shapes = {
  Rectangle("desk", 3, 2),
  Square("tile", 2),
  Circle("coin", 1),
  Rectangle("strip", 12, 0.5),
}

table.sort(shapes, function(a, b)
  if a == b then
    return a.label < b.label
  end
  return a < b
end)
for i, shape in ipairs(shapes) do
  print(i, tostring(shape), is_a(shape, Rectangle), is_a(shape, Shape))
end
print(tostring(Square), Square.base == Rectangle, rawget(Square, "area"))
print(shapes[1] < shapes[2], shapes[1] <= shapes[1], shapes[1] >= shapes[2], shapes[3] == shapes[4], shapes[3] ~= shapes[4])
print(shapes[1] .. shapes[2] .. "!" .. shapes[3])
print("<" .. shapes[1] .. ">")
print(pcall(Shape("blob").describe, Shape("blob")))

-- Vectors: arithmetic, calling, and a property computed on demand.

local Vector = {}
local computed = {
  length = function(v) return math.sqrt(v.x * v.x + v.y * v.y) end,
  angle = function(v) return math.deg(math.atan2(v.y, v.x)) end,
}
Vector.__index = function(v, key)
  local compute = computed[key]
  if compute then
    return compute(v)
  end
  return Vector[key]
end

local function vector(x, y)
  return setmetatable({ x = x, y = y }, Vector)
end

Vector.__add = function(a, b) return vector(a.x + b.x, a.y + b.y) end
Vector.__sub = function(a, b) return vector(a.x - b.x, a.y - b.y) end
Vector.__mul = function(a, b)
  if type(a) == "number" then return vector(a * b.x, a * b.y) end
  if type(b) == "number" then return vector(a.x * b, a.y * b) end
  return a.x * b.x + a.y * b.y
end
Vector.__div = function(a, n) return vector(a.x / n, a.y / n) end
Vector.__mod = function(a, n) return vector(a.x % n, a.y % n) end
Vector.__pow = function(a, n) return a.length ^ n end
Vector.__unm = function(a) return vector(-a.x, -a.y) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__tostring = function(v) return "(" .. v.x .. ", " .. v.y .. ")" end
Vector.__call = function(v, dx, dy) return v + vector(dx or 1, dy or 1) end

function Vector:dot(other) return self * other end
function Vector:scaled(factor) return self * factor end

local a, b = vector(3, 4), vector(1, -2)
print(a.length, vector(0, 2).angle, a.missing)
print(tostring(a + b), tostring(a - b), tostring(2 * a), tostring(a * 2), a * b)
print(tostring(a / 2), tostring(a % 3), a ^ 2, tostring(-a))
print(a == vector(3, 4), a ~= b, rawequal(a, vector(3, 4)))
print(tostring(a()), tostring(a(10)), tostring(a(10, 20)))
print(a:dot(b), tostring(a:scaled(3):scaled(0.5) + b))
print(pcall(function() return a < b end) == false, pcall(function() return a .. b end) == false)

-- A table that watches its fields: __newindex, rawset and rawget.

local function watched(fields)
  local log = {}
  local proxy = setmetatable({}, {
    __index = fields,
    __newindex = function(_, key, value)
      log[#log + 1] = key .. "=" .. tostring(value)
      fields[key] = value
    end,
  })
  return proxy, log
end

local settings, log = watched({ color = "red" })
settings.color = "blue"
settings.size = 7
settings.size = nil
rawset(settings, "hidden", true)
settings.hidden = false
print(settings.color, settings.size, settings.hidden, rawget(settings, "color"), #log)
print(table.concat(log, " "))

-- Functions with any number of arguments.

local Stack = class("Stack")

function Stack:initialize(...)
  self.items = { ... }
  self.n = select("#", ...)
end

function Stack:push(...)
  for i = 1, select("#", ...) do
    self.items[self.n + i] = (select(i, ...))
  end
  self.n = self.n + select("#", ...)
  return self
end

function Stack:pop(count)
  local results = {}
  for i = 1, count or 1 do
    results[i] = self.items[self.n]
    self.items[self.n] = nil
    self.n = self.n - 1
  end
  return unpack(results, 1, count or 1)
end

function Stack:describe()
  return "Stack of " .. self.n
end

local stack = Stack(1, nil, 3)
print(tostring(stack:push("x", nil, "z")))
print(stack:pop(2))
print(stack:pop(), stack:pop(), stack:pop(), tostring(stack))

-- Defaults through a chain of __index tables.

local defaults = { retries = 3, delay = 1 }
local site = setmetatable({ delay = 5 }, { __index = defaults })
local user = setmetatable({ name = "ada" }, { __index = site })
print(user.name, user.delay, user.retries, user.unknown)
defaults.unknown = "now known"
print(user.unknown, rawget(user, "unknown"))
