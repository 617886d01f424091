-- Multiple assignment from calls with more and fewer results than targets.
local function three() return 1, 2, 3 end
local function none() end
local function pass(...) return ... end

local a, b, c, d
a, b, c, d = three()
print(a, b, c, d)
a, b, c, d = 0, three()
print(a, b, c, d)
a, b, c, d = three(), 10
print(a, b, c, d)
a, b, c = (three())
print(a, b, c)
a, b = none()
print(a, b)
a, b, c = 1, none()
print(a, b, c)
a, b = three(), none(), three()
print(a, b)
a, b, c = pass(c, b, a)
print(a, b, c)
a, b = pass(b, a)
print(a, b)

local t = { 5, 6, 7 }
t[1], t[2], t[3], t[4] = 0, three()
print(t[1], t[2], t[3], t[4])
a, t[1], b, t[2] = three()
print(a, t[1], b, t[2])

local function swap(...)
  local x, y = ...
  x, y = y, x
  return x, y, select("#", ...)
end
print(swap(1, 2))
print(swap(nil, 2, 3))
