-- Fields that there are not, and what is deprecated.
print(string.foo, os.getenv, os.getpid()) --! undefined-field undefined-field
print(("x"):uper(), ("x"):upper(), #"x") --! undefined-field
print(State.gett("a"), State.get("a")) --! undefined-field
print(math.pow, math.powr) --! undefined-field
if os.getpid then print(os.getpid) end
print(table.pack or function() end, table.unpak or unpack)
print(JSON.parse("1"), JSON.decod("1")) --! undefined-field
function string.trim(s) return (s:gsub("^%s+", "")) end
print((" x"):trim(), string.trim(" x"))
local colours = {red = 1, green = 2}
print(colours.red, colours.gren) --! undefined-field
print(colours["red"], colours["gren"]) --! undefined-field
local later = {a = 1}
print(later.b)
later.b = 2
local given = {a = 1}
rawset(given, "b", 2)
print(given.b)
local computed = {a = 1}
for _, k in ipairs({"b", "c"}) do computed[k] = 1 end
print(computed.b, computed.d)
local inherits = setmetatable({a = 1}, {__index = function(_, k) return k end})
print(inherits.b)
local passed = {a = 1}
print(pcall(passed), passed.zzz)
local function fill(into) into.q = 1 end
local into = {a = 1}
fill(into)
print(into.q, into.r)
local M = {version = 1}
function M.start() return M.version end
function M:stop() self.stopped = true end
print(M.strat(), M.start(), M.stopped) --! undefined-field
M:stop()
---@class Point
---@field x number
---@field y number
local Point = {}
Point.__index = Point
---@return Point
function Point.new() return setmetatable({x = 1, y = 2}, Point) end
local p = Point.new()
print(p.x, p.z) --! undefined-field
---@param q Point
local function show(q) print(q.xx, q.y) end --! undefined-field
show(p)
---@param anything table
local function open(anything) print(anything.xyz) end
open({})
local answer = Tool.execute("calculator", {input = "1"})
print(answer.succes, answer.success, answer.result) --! undefined-field
local decoded = JSON.parse("{}")
print(decoded.anything)
print(table.getn({}), gcinfo()) --! deprecated deprecated
---@deprecated use fresh
local function old() end
local function fresh() end
old() --! deprecated
fresh()
print(M.start)
return M
