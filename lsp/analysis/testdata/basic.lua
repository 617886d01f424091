local n, s, b, nothing = 1, "a", true, nil
--@ type(n) = "1"
--@ type(s) = `"a"`
--@ type(b) = "true"
local t = {x = 1, y = {z = "deep"}, [1] = true}
print(t.x, t.y.z, t["x"])
--@ type(t.x) = "integer"
--@ type(t.y.z) = `"deep"`
--@ type(t["x"]) = "integer"
local list = {}
list[#list + 1] = "a"
table.insert(list, "b")
for i, v in ipairs(list) do print(i, v) end
--@ type(i) = "integer"
--@ type(v) = "string"
local function add(a, b) return 1 + 2, "x" end
local p, q, r = add(1, 2)
--@ type(p) = "integer"
--@ type(q) = `"x"`
--@ type(r) = "nil"
local function fact(n) if n == 0 then return 1 end return n * fact(n - 1) end
local f = fact(3)
--@ type(f) = "integer"
local late
local function useLate() return late end
--@ type(late) = "{ x: integer }"
late = {x = 1}
local u = useLate().x
--@ type(u) = "integer"
local len = #list
--@ type(len) = "integer"
local up = ("abc"):upper()
--@ type(up) = "string"
local cat = s .. n
--@ type(cat) = "string"
local c = s:len()
--@ type(c) = "integer"
local w
if n == 1 then w = 1 else w = "s" end
print(w)
--@ type(w) = `"s"|1`
local v1, v2 = select(2, 1, "two", true)
--@ type(v1) = `"two"`
--@ type(v2) = "true"
local d = n or "x"
--@ type(d) = "1"
for k = 1, 10 do print(k) end
--@ type(k) = "integer"
local ok, res = pcall(add, 1, 2)
--@ type(ok) = "boolean"
--@ type(res) = "integer|string"
local x1 = unknownThing
--@ type(x1) = "unknown"

-- The arguments of a script, or the name of a module.
local script, further = ...
--@ type(script) = "string?"
--@ type(further) = "string?"
