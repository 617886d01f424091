-- Multiple assignment between locals, upvalues and globals.
local a, b = "a", "b"
local function swap()
  a, b = b, a
end
swap()
print(a, b)

local function mix()
  local c = "c"
  a, c = c, a
  return c
end
print(mix(), a)

local function with_global()
  local l = 1
  g, l, a = l, a, "new"
  return g, l, a
end
print(with_global())

local function counter()
  local n, steps = 0, {}
  return function()
    n, steps[n + 1] = n + 1, n * 10
    return n, #steps, steps[n]
  end
end
local count = counter()
print(count())
print(count())
print(count())

-- Values that change the variables they are read with.
local x = 1
local function bump()
  x = x + 1
  return x
end
local p, q, r = bump(), bump(), x
print(p, q, r, x)
x, p = bump() * 10, x
print(x, p)
