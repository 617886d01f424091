-- Multiple assignment with table fields: targets are evaluated before values.
local t = { 1, 2, 3 }
t[1], t[2] = t[2], t[1]
print(t[1], t[2], t[3])
t[1], t[2], t[3] = t[3], t[1], t[2]
print(t[1], t[2], t[3])

local i = 1
i, t[i] = i + 1, 20
print(i, t[1], t[2])
t[i], i = 30, 5
print(i, t[2], t[5])

local list = { next = { value = 1 } }
local node = list.next
node, node.value = nil, 7
print(node, list.next.value)

local u, v = { n = 1 }, { n = 2 }
u, v, u.n, v.n = v, u, 10, 20
print(u.n, v.n)

local m = { { 1, 2 }, { 3, 4 } }
local r, c = 1, 2
m[r][c], r, c = 9, c, r
print(m[1][2], r, c)
m[r][c], m[c][r] = m[c][r], m[r][c]
print(m[1][1], m[1][2], m[2][1], m[2][2])

global_a, global_b = 1, 2
global_a, global_b = global_b, global_a
print(global_a, global_b)

local k = "x"
k, t[k], t.y = "y", k, k
print(k, t.x, t.y)
