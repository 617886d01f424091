-- __index and __newindex, by table and by function, in chains.
local base = { a = "base a", b = "base b" }
local middle = setmetatable({ b = "middle b", c = "middle c" }, { __index = base })
local top = setmetatable({ d = "top d" }, { __index = middle })
print(top.a, top.b, top.c, top.d, top.e, rawget(top, "a"), rawget(top, "d"))
base.e = "late"
print(top.e)
top.a = "own"
print(top.a, base.a)
top.a = nil
print(top.a)

local asked = {}
local computed = setmetatable({}, { __index = function(t, k)
  asked[#asked + 1] = tostring(k)
  if k == "self" then return t end
  return k ~= "none" and k .. "!" or nil
end })
print(computed.x, computed[5], computed.none, computed.self == computed)
local wrapped = setmetatable({}, { __index = computed })
print(wrapped.y, rawget(wrapped, "y"), wrapped.self == computed)
print(table.concat(asked, ","))

local stored = {}
local proxy = setmetatable({ own = 1 }, { __newindex = function(t, k, v) stored[k] = v end, __index = stored })
proxy.own = 2
proxy.new = 3
print(rawget(proxy, "own"), rawget(proxy, "new"), proxy.new, stored.own)
local redirect = setmetatable({}, { __newindex = stored })
redirect.z = 26
print(rawget(redirect, "z"), stored.z)
rawset(redirect, "z", 27)
print(redirect.z, stored.z)

-- Methods through chains, and strings' own chain.
local Class = {}
Class.__index = Class
function Class:name() return "class " .. (self.n or "?") end
local Sub = setmetatable({}, Class)
Sub.__index = Sub
local object = setmetatable({ n = "object" }, Sub)
print(object:name(), Sub:name(), object.name == Class.name)
print(("x").rep == string.rep, ("abc"):upper(), ("abc").length, #"abc")
print(getmetatable("").__index == string)
print(pcall(function() return (nil)[1] end) == false, pcall(function() return (5).x end) == false)
-- A protected metatable.
local guarded = setmetatable({}, { __metatable = "keep out" })
print(getmetatable(guarded), (pcall(setmetatable, guarded, {})))
-- __index on a missing array item.
local filled = setmetatable({ 1, 2 }, { __index = function(_, i) return i * 100 end })
print(filled[1], filled[3], #filled)
for i, v in ipairs(filled) do if i > 3 then break end io.write(i, "=", v, " ") end
print()
