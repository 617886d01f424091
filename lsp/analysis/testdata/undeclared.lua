-- An annotation that names a class which there is not says less than the code.
---@return Nowhere
local function make() return {a = 1, b = "x"} end
local m = make()
print(m.a, m.b)
--@ type(m.a) = "integer"
--@ type(m.b) = `"x"`
---@return Nowhere? made
---@return string why
---@return Nowhere[] more
local function three() if m then return nil, "why" end return {c = 1}, "x", {{d = 2}} end
local x, y, z = three()
print(x, y, z[1].d)
--@ members(x) = "c"
--@ type(y) = "string"
--@ type(z[1].d) = "integer"
---@param n integer
---@return Nowhere
local function again(n) if n > 0 then return again(n - 1) end return {e = true} end
print(again(2).e)
--@ type(again(2).e) = "boolean"
---@return Nowhere
local function nothing() end
local w = nothing()
print(w)
--@ type(w) = "unknown"
---@class Somewhere
---@field place Nowhere
---@field next Somewhere
local S = {}
S.place = {town = "x"}
print(S.place.town, S.next.place.town)
--@ type(S.place.town) = `"x"`
---@type Nowhere
local v = {f = 1}
print(v.f)
--@ type(v.f) = "integer"
---@param p Nowhere
local function takes(p) return p.g end
takes({g = 1})
--@ type(takes) has "p"
---@generic T
---@param t T
---@return T
local function same(t) return t end
print(same(m).b)
--@ type(same(m).b) = `"x"`
---@return fun(a: Nowhere): Nowhere
local function gives() return function(a) return a end end
print(gives())
--@ type(gives()) has "fun(a"
