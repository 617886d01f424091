-- getfenv, setfenv and _G.
x = "global"
local function get() return x end
print(get(), getfenv(get) == _G, getfenv() == _G, getfenv(0) == _G, getfenv(1) == _G)
local env = { x = "sandbox", print = print }
print(setfenv(get, env) == get, get(), getfenv(get) == env)
local function set(v) x = v end
setfenv(set, env)
set("changed")
print(env.x, x, get())
local isolated = setfenv(function() return type(print), y end, { y = 5, type = function() return "mine" end })
print(isolated())
local inherit = setmetatable({}, { __index = _G })
local f = loadstring("z = 1; return z, tostring(z)")
setfenv(f, inherit)
print(f())
print(z, inherit.z)
-- Functions made inside inherit the environment of the maker.
local function maker() return function() return x end end
setfenv(maker, { x = "made" })
print(maker()())
print(_G._G == _G, _G.x, rawget(_G, "x"))
_G.dynamic = "by name"
print(dynamic, _G["dyn" .. "amic"])
local function change_mine() setfenv(1, { print = print, v = "own environment" }) print(v) end
change_mine()
print(pcall(getfenv, -1) == false, pcall(setfenv, 1) == false, pcall(setfenv, print, {}) == false)
setmetatable(_G, { __index = function(_, k) return "no " .. k end, __newindex = function(t, k, v) rawset(t, k, v .. "!") end })
print(undefined_name)
fresh = "assigned"
print(fresh)
setmetatable(_G, nil)
print(undefined_name)
