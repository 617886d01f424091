-- Several statements on a line, and statements over several lines.
local a = 1 local b = 2; local c = 3
if a == 1 then b = 20 end if b == 20 then c = 30 else c = 0 end
print(a, b, c) print(c, b, a);
for i = 1, 3 do a = a + i b = b - i end while a < 10 do a = a + 1 end repeat c = c - 1 until c < 5
print(a, b, c)
local function f(x) if x then return x end return "none" end local function g() end print(f(1), f(), g())
do local t = {} t.x = 1 t.y = 2 print(t.x + t.y) end
local long =
  a
  + b *
    c
  - (
    1
  )
print(
  long,
  a
    and b
    or c,
  ({
    1,
    2,
  })[
    2
  ]
)
local t = {
  first = 1,
  second = f(
    2
  ), third = function(
    x,
    y
  )
    return x,
      y
  end,
}
local
x,
y
=
t.third(
  t.first,
  t
    .second
)
x, y =
  y,
  x
print(x
  , y)
if
  x
  ==
  2
then
  print("two")
elseif x == 3 then print("three") end
for
  i
  =
  1,
  2
do
  io.write(i,
    " ")
end
print ""
local s = "a" ..
  "b" ..
  -- a comment between
  "c"
print(s, #s == 3 and
  not nil)
return
