-- What a function returns as it was given is what each call gives.
local function id(...) return ... end
local n, s, none = id(1, "x")
--@ type(n) = "1"
--@ type(s) = `"x"`
--@ type(none) = "nil"
local function same(x) return x end
local t, text = same({ k = 1 }), same("z")
--@ members(t) = "k"
--@ type(text) = `"z"`
local function both(a, ...)
  if a then return a, ... end
  return a, ...
end
local first, second = both(id(true, "y"))
--@ type(first) = "boolean"
--@ type(second) = `"y"`
local function either(a, b)
  if a then return a end
  return b
end
local e = either(1, "x")
local e2 = either("x", {})
--@ type(e2) = "unknown"
local function perhaps(...)
  if select("#", ...) > 1 then return ... end
end
local p = perhaps(1, 2)
local q = perhaps("a", 2)
--@ type(q) = "unknown"
