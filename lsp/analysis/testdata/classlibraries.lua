-- Classes as class libraries make them. None of these libraries is here.
local class = require("lib.middleclass")
local Animal = class("Animal")
function Animal:initialize(name, legs)
  self.name = name .. ""
  self.legs = legs or 4
end
function Animal:speak(loud) return self.name .. tostring(loud) end

local Dog = class("Dog", Animal)
function Dog:initialize(name)
  Dog.super.initialize(self, name, 4)
  --@ type(Dog.super) = "Animal"
  --@ type(Dog.super.initialize) = "fun(name, legs)"
  self.tricks = {}
end
function Dog:speak(loud)
  local base = Dog.super.speak(self, loud)
  --@ type(base) = "string"
  local same = self.class.super.speak(self, loud)
  --@ type(same) = "string"
  return #base + #same
end
function Dog:learn(trick)
  self.tricks[#self.tricks + 1] = trick
  return self
end
local rex = Dog:new("Rex")
--@ type(rex) = "Dog"
print(rex:learn("sit"):speak(true), rex.legs)
--@ type(rex.legs) = "integer"
--@ type(rex:learn("sit"):speak(true)) = "integer"
local tom = Dog("Tom")
--@ type(tom) = "Dog"
--@ type(Dog) = "Dog"

local Cat = Animal:subclass("Cat")
function Cat:purr() return self.legs end
local cat = Cat("tom", 3)
--@ type(cat) = "Cat"
print(cat:purr(), cat:speak(), cat.new)
--@ type(cat:purr()) = "integer"
--@ type(cat:speak()) = "string"
--@ type(cat.new) = "fun(name, legs): Cat"

-- classic: new is the constructor.
local Object = require("classic")
local Point = Object:extend()
function Point:new(x, y)
  self.x = x or 0
  self.y = y or 0
end
function Point:length() return math.sqrt(self.x ^ 2 + self.y ^ 2) end
local Rect = Point:extend()
function Rect:new(x, y, w, h)
  Rect.super.new(self, x, y)
  --@ type(Rect.super.new) = "fun(x, y)"
  self.w = w or 0
  self.h = h or 0
end
function Rect:area() return self.w * self.h end
local rect = Rect(1, 2, 3, 4)
--@ type(rect) = "Rect"
print(rect:area(), rect:length(), rect.x, rect.w)
--@ type(rect:area()) = "integer"
--@ type(rect:length()) = "number"
--@ type(rect.x) = "integer"

-- 30log: a class begins with the fields of a table.
local Class = require("30log")
local Window = Class("Window", {width = 100, height = 100})
function Window:init(width) self.width = width end
local Frame = Window:extend("Frame", {color = "black"})
function Frame:init(width, color)
  Frame.super.init(self, width)
  self.color = color
end
local frame = Frame(1, "red")
print(frame.height, frame.color)
--@ type(frame.height) = "integer"
--@ type(frame.color) = "string"

-- A function of the program itself that makes classes.
local function makesClasses() end
local M = {class = makesClasses()}
local Shape = M.class()
function Shape:init(sides) self.sides = sides or 3 end
M.Square = M.class(Shape)
function M.Square:init(size)
  self.size = size or 1
end
function M.Square:area() return self.size * self.sides end
local square = M.Square(2)
print(square:area(), square.sides)
--@ type(square:area()) = "integer"
--@ type(square.sides) = "integer"

-- What is no class stays what it is.
local list = {}
function list:extend(more) for _, v in ipairs(more) do self[#self + 1] = v end return self end
local longer = list:extend({1, 2})
--@ type(longer) = "{ extend: function }"
---@generic T
---@param name `T`
---@return T
local function klass(name) return name end
---@class Known
---@field x integer
local known = {class = klass}
local Made = known.class("Known")
function Made:more() return self.x end
--@ type(self.x) = "integer"
