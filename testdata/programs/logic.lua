-- and, or and not as values, with calls that show what was evaluated.
local log = {}
local function v(name, value) log[#log + 1] = name return value end
local function flush(...) print(table.concat(log), ...) log = {} end
flush(v("a", 1) and v("b", 2) or v("c", 3))
flush(v("a", nil) and v("b", 2) or v("c", 3))
flush(v("a", 1) and v("b", false) or v("c", 3))
flush(v("a", false) or v("b", nil) or v("c", false))
flush(v("a", nil) and v("b", nil) and v("c", nil))
flush(not v("a", nil) and v("b", "yes"))
flush(not (v("a", 1) and v("b", nil)))
flush((v("a", nil) or v("b", 5)) + (v("c", 6) and v("d", 7)))
flush(v("a", 1) == 1 and v("b", "eq") or v("c", "ne"))
flush(v("a", 1) < 2 and v("b", 2) < 1 or v("c", 3) > 2)
flush(v("a", false) == nil, v("b", nil) == nil, false ~= nil)
local function two() return 1, 2 end
print(two() and two(), (two()) or two(), nil and two(), false or two())
print(nil and 1, false and 1, nil or false, false or nil, 1 and nil, 0 and "zero is true", "" and "so is empty")
local x = nil
local y = x and x.field or "default"
print(y, x == nil and "nil" or "some", not not x, not not 0)
local a, b, c = true, false, nil
print(a and b, a or b, b and c, b or c, c or b, a and (b or c), (a and b) or c, not a == b, not (a == b))
local t = { x = a and 1 or 2, y = b and 1 or 2, [a and "k" or "l"] = not b }
print(t.x, t.y, t.k, t.l)
if (a and not b) and (c == nil or c.x) then print("then") else print("else") end
local n = 0
while not (n >= 3 or n < 0) do n = n + 1 end
print(n)
local f = a and function() return "called" end or nil
print(f and f(), (b or f)())
local r = 5 > 3 and 5 or 3
local s = 2 > 3 and 2 or 3
print(r, s, 1 and 2 and 3 and 4, nil or false or 0 or 1)
print((1 < 2) == true, "x" and (1 > 2), 1 == 1 and "one" or error("never"))
local z = a
z = z and z
print(z, z or error("never"))
local m = b == true or a == true and "mixed"
print(m)
