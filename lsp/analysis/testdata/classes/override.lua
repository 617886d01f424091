-- A class made by setmetatable with another one: its own members win.
local B = {}
B.__index = B
function B:f(a) return "x" end
function B:g() return true end

local D = setmetatable({}, B)
D.__index = D
function D:f(a, b) return 1 end
local w = D:f()
--@ type(w) = "1"
--@ type(D) = "D"
--@ members(D) = "__index f new own g"
local kept = D:g()
--@ type(kept) = "true"
function D.new()
  local self = setmetatable({}, D)
  self.own = 1
  return self
end
local d = D.new()
--@ type(d) = "D"
local made, own = d:f(1, 2), d.own
--@ type(made) = "1"
--@ type(own) = "integer"
local base = B:f()
--@ type(base) = `"x"`
--@ members(B) = "__index f g"

local Later = {}
Later.__index = Later
setmetatable(Later, B)
function Later:f(a, b) return {} end
local later = Later:f()
--@ type(later) = "table"
local inherited = Later:g()
--@ type(inherited) = "true"

local M = {}
M.Sub = setmetatable({}, B)
M.Sub.__index = M.Sub
function M.Sub:f() return 2 end
local sub = M.Sub:f()
--@ type(sub) = "2"

local C = {}
function C:f(a) return "x" end
function C:new(o)
  o = o or {}
  setmetatable(o, self)
  self.__index = self
  return o
end
local Der = C:new()
function Der:f(x) return 5 end
local third = Der:f()
--@ type(third) = "5"
local s = Der:new()
local fourth = s:f()
--@ type(fourth) = "5"

---@class Animal
local Animal = {}
Animal.__index = Animal
---@return string
function Animal:sound() return "" end
---@class Dog : Animal
local Dog = setmetatable({}, Animal)
Dog.__index = Dog
---@return integer
function Dog:sound() return 1 end
local bark = Dog:sound()
--@ type(bark) = "integer"
--@ type(Dog) = "Dog"
local both = setmetatable({q = 2}, Dog):sound()
--@ type(both) = "integer"
