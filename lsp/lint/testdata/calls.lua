-- Arguments, methods, results.
print(("x"):rep(2, ",")) --! redundant-argument
print(string.rep("x")) --! missing-argument
print(string.rep("x", "y")) --! argument-type
print(table.concat("x", {}, "y")) --! argument-type argument-type argument-type
print(string.rep({})) --! argument-type missing-argument
print(string.rep("x", "3"), ("x"):rep(3.5), string.rep(1, 2))
print(math.floor(), math.floor({})) --! missing-argument argument-type
print(math.floor("3"), math.max(1, 2, 3))
print(string.rep(unpack({"x", 1})))
print(tonumber(("10"):gsub("0", "1")))
print(tostring(1, 2)) --! redundant-argument
print(table.concat({1, 2}, ", "), table.concat({1}, {})) --! argument-type
table.insert({}, 1, 2, 3) --! redundant-argument
local t = {}
table.insert(t, 1)
t:insert(1) --! undefined-field
print(math:floor(1.5)) --! receiver
local function none() end
none(1) --! redundant-argument
local function some(...) return ... end
some(1, 2, 3)
local function loose(a, b) return a, b end
print(loose(1), loose(1, 2))
local changed = function() end
if t then changed = function(a) return a end end
changed(1)
---@param name string
---@param n? number
local function told(name, n) return name, n end
print(told("x"), told("x", 1), told("x", nil), told(t.name))
print(told()) --! missing-argument
print(told({})) --! argument-type
print(told("x", "y")) --! argument-type
print(told(some()))
local C = {}
C.__index = C
function C:size() return self.n end
function C:nothing() return 1 end
function C.make(n) return setmetatable({n = n}, C) end
local c = C.make(1)
print(c:size(), c.size(c), c.nothing())
print(c.size()) --! receiver
print(c.size(1)) --! receiver
print(C:make(1)) --! receiver
print(pcall(string.rep), pcall(string.rep, "x", 1))
---@overload fun(a: string): string
---@param a number
---@param b number
local function two(a, b) return a, b end
print(two("x"), two(1, 2))
print(two(1), two("1"))
print(two(true)) --! argument-type
string.format("%d", 1) --! discarded-result
os.time() --! discarded-result
pcall(function() JSON.parse("{}") end)
print(select("#", 1, 2), collectgarbage("count"))
print(collectgarbage("cont")) --! argument-type
print(setmetatable({}, nil), type(nil), tostring(nil), next({}, nil))
local text = "abc"
print(text:sub(1, 2), text:byte(1, -1), text:find("b", 1, true), text:find("b", 1, 1))
io.write("x", 1, "\n")
print(os.date("*t").year, os.date("%Y", 0))
xpcall(none, print)
coroutine.wrap(function() end)()
print(string.format("%s", {}), ("x"):format())
print(math.floor("x"), math.floor("10"), math.floor(" 0x10 "), math.floor("1e")) --! argument-type argument-type
print(math.max(1, "x"), math.sqrt(tostring(4))) --! argument-type
print(string.rep("x", {}), string.rep("x", "n")) --! argument-type argument-type
Utils.sleep("x") --! argument-type
Utils.sleep("10") --! argument-type
if t then os.exit("a") end --! argument-type
State.set("a", "b")
State.set("a")
State.set({}, 1) --! argument-type
State.set(5, 1)
State.increment("a", "1") --! argument-type
print(Tool.get(5)) --! argument-type
Debug.setEnabled("yes") --! argument-type
table.sort({1, 2}, true) --! argument-type
table.sort() --! missing-argument
print(type(), tostring()) --! missing-argument missing-argument
local callable = setmetatable({}, {__call = function() return true end})
table.sort({}, callable)
---@param flag boolean|number
local function either(flag) return flag end
print(either("x"), either(1))

local maybeFile = io.open("x", "w")
maybeFile.write("hello") --! receiver
maybeFile:write("hello")
maybeFile.write(maybeFile, "hello")
