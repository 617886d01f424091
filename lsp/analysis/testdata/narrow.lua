---@param a string?
---@param b string|number
---@param c? table
---@param d "x"|"y"|nil
local function f(a, b, c, d)
  print(a)
  --@ type(a) = "string?"
  if a then
    print(a)
    --@ type(a) = "string"
  else
    print(a)
    --@ type(a) = "nil"
  end
  if type(b) == "string" then
    print(b)
    --@ type(b) = "string"
  else
    print(b)
    --@ type(b) = "number"
  end
  if not c then return end
  print(c)
  --@ type(c) = "table"
  assert(a)
  print(a)
  --@ type(a) = "string"
  local x = d and d
  --@ type(d) = `"x"|"y"`
  if d == "x" then
    print(d)
    --@ type(d) = `"x"`
  elseif d == nil then
    print(d)
    --@ type(d) = "nil"
  else
    print(d)
    --@ type(d) = `"y"`
  end
end

---@param a string?
local function g(a)
  if a == nil then error("no") end
  print(a)
  --@ type(a) = "string"
  a = nil
  print(a)
  --@ type(a) = "string?"
end

---@class A
---@field kind "a"
---@field va number
---@class B
---@field kind "b"
---@field vb string
---@param x A|B
---@param y {inner: {v: string?}?}
local function h(x, y)
  if x.kind == "a" then
    print(x)
    --@ type(x) = "A"
  else
    print(x)
    --@ type(x) = "B"
  end
  if y.inner and y.inner.v then
    print(y.inner.v)
    --@ type(y.inner.v) = "string"
  end
  print(y.inner)
  --@ type(y.inner) = "table?"
  while y.inner do
    print(y.inner)
    --@ type(y.inner) = "{ v?: string }"
    break
  end
end

local t
if f then t = {a = 1} end
print(t)
--@ type(t) = "table?"
t = t or {b = 2}
print(t)
--@ type(t) = "table"
  --@ members(t) = "a b"
local z = nil
for i = 1, 3 do
  print(z)
  --@ type(z) = "integer?"
  z = i
end
local v
if f then v = 1 elseif g then v = 2 else return end
print(v)
--@ type(v) = "2|1"
