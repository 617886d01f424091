-- Blocks, shadowed names and scopes that end.
local x = 1
do local x = x + 1 print(x) do local x = x * 10 print(x) end print(x) end
print(x)
local x = x + 100
print(x)
local function f(x) local x = x or "default" do local x = x .. "!" return x end end
print(f("arg"), f())
if x then local x = "then" print(x) else local x = "else" end
for x = 1, 2 do local y = x local x = y * 2 io.write(x, " ") end
print(x)
while true do local x = "while" print(x) break end
for i, x in ipairs({ "p", "q" }) do local i, x = x, i io.write(i, x, " ") end
print(x)
local a, a, b = 1, 2, 3
print(a, b)
local function g(p, p) return p end
print(g(1, 2))
local h = 1
local function h() return h end
print(type(h()))
local k = k
print(k)
local m, n = 1
local m, n = n, m
print(m, n)
