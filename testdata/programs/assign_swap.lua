-- Multiple assignment between local variables.
local a, b = 1, 2
a, b = b, a
print(a, b)

local c, d, e = 1, 2, 3
c, d, e = e, c, d
print(c, d, e)
c, d, e = d, e, c
print(c, d, e)

local x, y = 10, 20
x, y = y, x + y
print(x, y)
x, y = x + y, x - y
print(x, y)

local p, q, r = 1
p, q, r = p, p, p
print(p, q, r)
p, q, r = 5
print(p, q, r)
p, q = 1, 2, 3
print(p, q)

-- The same name twice: assigned from right to left.
local same
same, same = 1, 2
print(same)

local first, second = 0, 1
for _ = 1, 10 do
  first, second = second, first + second
end
print(first, second)
