-- Sibling closures, parents and children share one variable.
local function make()
  local n = 0
  local function up() n = n + 1 return n end
  local function down() n = n - 1 return n end
  local function nested() return function() n = n * 2 return n end end
  return up, down, nested(), function() return n end
end
local up, down, double, get = make()
up() up() up() double() down()
print(get(), up(), double(), get())
local up2, _, _, get2 = make()
up2()
print(get(), get2())
-- Parameters and varargs are captured too.
local function param(a, b) local function set(v) a = v end return set, function() return a, b end end
local set, read = param(1, 2)
set("new")
print(read())
-- Recursive local functions.
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
print(fact(10))
local a = 1
local g = function() return a end
local a = 2
print(g(), a)
do local a = 3 g = function() a = a + 1 return a end end
print(g(), g(), a)
-- A variable captured twice at different depths.
local v = 0
local function outer() v = v + 1 return function() v = v + 10 return function() v = v + 100 return v end end end
print(outer()()(), v)
local inner = outer()
v = 1000
print(inner()(), v)
-- Closed on return, on the end of a block and by a loop.
local list = {}
do
  local block = "in block"
  list[1] = function(x) if x then block = x end return block end
  list[2] = function() return block end
end
local reuse1, reuse2 = "other", "values"
list[1]("changed")
print(list[2](), reuse1, reuse2)
local function early(flag) local x = "x" local h = function() return x end if flag then x = "early" return h end x = "late" return h end
print(early(true)(), early(false)())
-- Assignments through a closure are seen by the frame that owns the local.
local function owner()
  local x = 1
  local function change() x = x + 1 end
  change() x = x * 10 change()
  local y = x
  return x, y
end
print(owner())
