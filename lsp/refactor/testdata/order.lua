-- The order of calls, values that change, several values, conditions.
local n = 0
local function next_number() n = n + 1 return n end
local function two() return next_number(), next_number() end
local function id(...) return ... end
local t = { a = { b = 1 }, f = function(x) return x end }

print(next_number() + next_number() * 10, n)
print(two(), two())
print((two()), id(two()))
local list = { two(), two(), x = two() }
print(#list, list.x, n)
local a, b, c = next_number(), two()
print(a, b, c)
t.a.b = t.a.b + next_number()
t.a.b, t.c = t.c, t.a.b
print(t.a.b, t.c, t.f(next_number()))
local first = next_number()
local second = next_number()
print(second, first)
local old = t.c
t.c = 100
print(old, t.c)
local sum = 0
for i = next_number(), next_number() + 3 do
  sum = sum + i * n
  if i % 2 == 0 and sum > 10 then sum = sum - next_number() end
end
print(sum, n > 3 and next_number() or two())
while n < 40 do
  local step = n % 3 + 1
  n = n + step
  if step == 2 then break end
end
repeat
  local done = next_number() > 45
until done
print(n)
local x, y = 1, 2
x, y = y, x
local msg = "x" .. x .. "y" .. y
print(msg, #msg, -x ^ 2, not x == y)
do
  local shadow = x
  local x = shadow + 1
  local y = x + shadow
  print(x, y, shadow)
end
if x == 1 then print("one") else print("other", x) end
if x ~= 1 then
  print("not one")
end
local function early(v)
  local w = v * 2
  if w > 4 then
    print("big", w)
    w = w + next_number()
  end
end
early(1)
early(3)
local g = t.f
print(g(n), (g)(2), select("#", two()))
;(function(...) print(select("#", ...), ...) end)(two())
