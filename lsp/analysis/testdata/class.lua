local Foo = {}
Foo.__index = Foo

--- Makes one.
function Foo.new(name)
  local self = setmetatable({}, Foo)
  self.name = name
  self.count = 0
  self.items = {}
  return self
end

function Foo:add(item)
  self.items[#self.items + 1] = 1
  self.count = self.count + 1
  return self
end

function Foo:get() return self.count, self.items end

local foo = Foo.new("x")
--@ type(foo) = "Foo"
print(foo.count)
--@ type(foo.count) = "integer"
--@ members(foo) = "__index new name count items add get"
local n, items = foo:add(1):add(2):get()
--@ type(n) = "integer"
--@ type(items) = "integer[]"
local first = items[1]
--@ type(first) = "integer"

local Bar = setmetatable({}, {__index = Foo})
Bar.__index = Bar
function Bar.new()
  local self = Foo.new("bar")
  setmetatable(self, Bar)
  self.extra = "e"
  return self
end
function Bar:shout() return self.name, self.extra, self.count end
local bar = Bar.new()
--@ type(bar) = "Bar"
local _, e, c = bar:shout()
--@ type(e) = `"e"`
--@ type(c) = "integer"
local chained = bar:add(1):shout()
local b2 = bar:add(1)
--@ type(b2) = "Bar"

Account = {balance = 0}
function Account:new(o)
  o = o or {}
  setmetatable(o, self)
  self.__index = self
  return o
end
function Account:deposit(v) self.balance = self.balance + v; return self end
local acc = Account:new()
--@ type(acc) = "Account"
print(acc.balance)
--@ type(acc.balance) = "number"
Special = Account:new()
function Special:limit() return self.balance, 10 end
local s = Special:new({x = 1})
local bal, lim = s:limit()
--@ type(bal) = "number"
--@ type(lim) = "10"

local Point = setmetatable({}, {__call = function(cls, x, y) return setmetatable({x = x, y = 1}, {__index = cls}) end})
function Point:len() return 1.5 end
local pt = Point(1, 2)
print(pt.y, pt:len())
--@ type(pt.y) = "integer"
--@ type(pt:len()) = "1.5"

local Vec = {}
Vec.__index = Vec
Vec.__add = function(a, b) return Vec.make() end
function Vec.make() return setmetatable({x = 1}, Vec) end
local sum = Vec.make() + Vec.make()
--@ type(sum) = "Vec"
--@ def(make@) = "class.lua:79:14"

---@class Animal
---@field name string the name
---@field age? integer
---@field tags string[]
local Animal = {}
---@param name string
---@return Animal
function Animal.new(name) end
---@return self
function Animal:rename() end
---@class Dog : Animal
local Dog = {}
---@type Dog
local d
print(d.name, d.age, d.tags)
--@ type(d) = "Dog"
--@ type(d.name) = "string"
--@ type(d.age) = "integer?"
--@ type(d.tags) = "string[]"
local dd = d:rename()
--@ type(dd) = "Dog"
local conf = setmetatable({}, {__index = function(t, k) return k end})
print(conf.anything)
--@ type(conf.anything) = "unknown"
local M = {}
M.sub = {}
M.sub.deep = {x = 1}
function M.sub.fn(a) return M.sub.deep end
local fnr = M.sub.fn().x
--@ type(fnr) = "integer"
--@ def(fn) = "class.lua:111:16"
--@ refs(sub) = "class.lua:109:3 class.lua:110:3 class.lua:111:12 class.lua:111:31 class.lua:112:15"
local o1 = {id = 1}
local o2 = {id = 2}
print(o1.id, o2.id)
--@ refs(o1.id) = "class.lua:116:13 class.lua:118:10"
