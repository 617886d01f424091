-- __concat, __unm, __call, __tostring, __mode.
local mt = {}
local function new(n) return setmetatable({ n = n }, mt) end
local function value(x) return type(x) == "table" and "{" .. x.n .. "}" or tostring(x) end
for _, op in ipairs({ "add", "sub", "mul", "div", "mod", "pow", "concat" }) do
  mt["__" .. op] = function(a, b) return op .. "(" .. value(a) .. "," .. value(b) .. ")" end
end
mt.__unm = function(a) return "unm(" .. value(a) .. ")" end
mt.__call = function(self, ...) return self.n, select("#", ...), ... end
mt.__tostring = function(self) return "object " .. self.n end

local a, b = new("a"), new("b")
print(a + b, a - 1, 2 * a, a / "x", a % b, 2 ^ a)
print(a .. b, a .. "s", "s" .. a, 1 .. a, a .. 2)
print("x" .. "y" .. a, a .. "x" .. "y", "p" .. a .. "q")
print(-a, #{ 1, 2, 3 })
print(a(), (a(1, nil)))
print(a(1, nil))
print(select("#", a(nil, nil)))
print(tostring(a), tostring(b))
print(pcall(a, "through pcall"))
-- __call of __call's own value, and as an iterator.
local counter = setmetatable({ i = 0 }, { __call = function(self, limit)
  self.i = self.i + 1
  if self.i <= limit then return self.i end
end })
for i in counter, 3 do io.write(i, " ") end
print()
-- Metamethods that are missing.
local plain = setmetatable({}, {})
print(pcall(function() return plain + 1 end) == false, pcall(function() return -plain end) == false)
print(pcall(function() return plain .. "x" end) == false, pcall(function() plain() end) == false)
-- The left operand's metamethod comes first.
local left = setmetatable({}, { __add = function() return "left" end })
local right = setmetatable({}, { __add = function() return "right" end })
print(left + right, right + left, 1 + right, left + 1)
-- Extra results are dropped.
local many = setmetatable({}, { __add = function() return 1, 2 end, __index = function() return 3, 4 end, __unm = function() end })
print(many + 1, many.x, -many)
print((setmetatable({}, { __tostring = function() return "custom" end }) and "ok"))
