-- local f = function ... does not see itself; local function f does.
local f = function() return f end
print(f())
local g = function(n) if n == 0 then return "bottom" end return g and g(n - 1) or "no g here" end
print(g(3))
local h = "outer h"
local h = function() return h end
print(h())
local k, l = function() return l end, function() return k end
print(k(), l())
local function r(n) if n == 0 then return "bottom" end return r(n - 1) end
print(r(3))
local t = { m = function() return t end }
print(t.m())
