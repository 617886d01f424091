-- A local that is an operand of arithmetic or a comparison is read after the
-- other operand was computed; the manual leaves this open, PUC Lua 5.1 does it.
local x = 1
local function bump() x = x + 10 return 1 end
print(x + bump(), x)
print(x * bump() + x, x)
print(bump() + x, x)
print(x < bump(), x == bump(), x)
print(x - (bump() + bump()), x)
local t = { 5 }
local function replace() t = { 50 } return 1 end
print(t[replace()], t[1])
