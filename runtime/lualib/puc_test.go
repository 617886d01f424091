//go:build linux

package lualib

import "testing"

func TestScriptsAgreeWithPUC(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for name, script := range map[string]string{
		"errors":      errorScript,
		"environment": environmentScript,
		"io":          ioScript,
		"math":        mathScript,
		"table":       tableScript,
		"sort":        sortScript,
		"base":        baseScript,
	} {
		t.Run(name, func(t *testing.T) { sameAsPUC(t, script) })
	}
}

// baseScript tries tonumber on many numerals in many bases, and traversals.
const baseScript = `
local numerals = {"0", "10", "-10", "+7", " 12 ", "\t1\n", "1 1", "1e2", "1E+2", "0x1f", "-0x1F", "0x", "z", "Zz", "zzzzzzzzzzzzzzzzzzzz",
	"", " ", "-", "--1", "1.5", ".5", "5.", ".", "0b1", "0o7", "1_0", "ffffffffffffffff", "18446744073709551616", "inf", "nan", "1\0002", "\0001"}
for _, s in ipairs(numerals) do
	print("base", nil, tonumber(s))
	if not s:find("^-%w") then -- negative numbers differ on purpose: see parseUnsigned
		for base = 2, 36 do print("base", base, tonumber(s, base)) end
	end
end
local t = {10, 20, 30, x = 1}
for k, v in pairs(t) do print(k, v) t[k] = nil end
print(next(t))
local t = {1, 2, 3, nil, 5}
for i, v in ipairs(t) do print(i, v) end
print(next({}), next({7}), next({7}, 1), rawequal(t, t), select("#", nil, nil), select(-2, 1, 2, 3))
local a, b, c = ipairs(t)
print(type(a), b == t, c, pairs(t) == next)
print(a(t, 0), a(t, 2), a(t, 3))
print(getmetatable("").__index == string, getmetatable(1), getmetatable(setmetatable({}, {__metatable = false})))
print(select(2, pcall(setmetatable, setmetatable({}, {__metatable = false}), {})))
local p = newproxy(true)
getmetatable(p).__len = function() return 42 end
print(#p, #newproxy(p), getmetatable(newproxy(p)) == getmetatable(p), getmetatable(newproxy()))
print(tostring(setmetatable({}, {__tostring = function() return "named" end})), tostring(nil), tostring(-0.0), tostring(1e100))
print(1, nil, true, "x", 2.5, setmetatable({}, {__tostring = function() return "meta" end}))
print(#{unpack({}, 1, 3)}, select("#", unpack({}, 1, 200)), unpack({1, 2, 3}, -1, 1))
print(collectgarbage("setpause", 150), collectgarbage("setpause", 200), collectgarbage("collect"), type(collectgarbage("count")), type(gcinfo()))
`

// tableScript exercises the table library on tables with and without holes.
const tableScript = `
local function show(...)
	local out = {}
	for i = 1, select("#", ...) do out[i] = tostring((select(i, ...))) end
	print(table.concat(out, " "))
end
for n = 0, 6 do
	for pos = -2, 8 do
		local t = {}
		for i = 1, n do t[i] = i end
		table.insert(t, pos, "new")
		show(n, pos, t[-3], t[-2], t[-1], t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8])
		local t = {}
		for i = 1, n do t[i] = i end
		show("removed", select("#", table.remove(t, pos)), table.remove(t, pos), #t, t[1], t[2], t[3], t[4], t[5], t[6])
	end
end
local t = {}
for i = 1, 200 do table.insert(t, i) end
local sum = 0
while #t > 0 do sum = sum + table.remove(t) end
print(sum, #t, table.remove(t), select("#", table.remove(t)))
for i = 1, 50 do table.insert(t, 1, i) end
for i = 1, 25 do table.remove(t, 1) end
print(table.concat(t, ","), table.concat(t, "-", 3, 6), table.concat(t, "-", 3, 2), table.concat(t, 0, 1, 3))
for i = 1, 20 do t[#t] = nil end
table.insert(t, "end")
print(#t, t[#t], table.concat(t, ";"))
print(table.concat({1, 2.5, "x", 1e100, -0.0, 1/0}, "|"), table.concat({}, "x"), table.concat({"only"}, "x"))
print(table.maxn{1, 2, 3}, table.maxn{[10] = 1}, table.maxn{[2.5] = 1}, table.maxn{x = 1}, table.maxn{[-3] = 1, [1e10] = 2})
table.foreach({1, 2, x = 3}, function(k, v) print(k, v) end)
print(table.foreach({5, 6, 7}, function(k, v) if v == 6 then return k end end))
print(table.foreachi({5, 6, 7}, function(i, v) if v == 7 then return "found", i end end))
print(table.foreachi({}, print), table.getn{1, 2, 3})
`

// sortScript records every comparison, so that the order in which they are made
// counts, and sorts with comparators that contradict themselves.
const sortScript = `
local state = 1
local function random(n)
	state = (state * 16807) % 2147483647
	return state % n + 1
end
local function checksum(list)
	local sum = 0
	for i, v in ipairs(list) do sum = (sum * 31 + v) % 1000000007 end
	return sum
end
for round = 1, 300 do
	local n, values = random(60), random(40)
	local t, calls = {}, {}
	for i = 1, n do t[i] = {key = random(values), id = i} end
	local kind = round % 6
	local ok, err = pcall(table.sort, t, function(a, b)
		calls[#calls + 1] = a and a.id or 0
		calls[#calls + 1] = b and b.id or 0
		a, b = a or {key = 0}, b or {key = 0}
		if kind == 0 then return a.key <= b.key end
		if kind == 1 then return random(2) == 1 end
		if kind == 2 then return true end
		if kind == 3 and #calls > 100 then error({}) end
		return a.key < b.key
	end)
	local ids = {}
	for i = 1, n do ids[i] = t[i] and t[i].id or 0 end
	print(round, n, ok, type(err) == "table" and "table" or err, #calls, checksum(calls), checksum(ids))
end
local t = {}
for i = 1, 500 do t[i] = random(1000) / 4 end
table.sort(t)
print(table.concat(t, " "))
local t = {}
for i = 1, 300 do t[i] = ("x"):rep(random(5)) .. random(9) end
table.sort(t)
print(table.concat(t, " "))
table.sort(t, function(a, b) return a > b end)
print(table.concat(t, " "))
local mt = {__lt = function(a, b) return a.v < b.v end}
local t = {}
for i = 1, 20 do t[i] = setmetatable({v = random(100)}, mt) end
table.sort(t)
for i = 1, 20 do io.write(t[i].v, " ") end
print()
for _, bad in ipairs{{1, "x"}, {{}, {}}, {1, {}}, {print, print}, {true, false}, {setmetatable({}, mt), {}}, {"a", 1, "b"}} do
	print(pcall(table.sort, bad))
end
local t = {3, 1, 2}
table.sort(t, function(a, b) table.insert(t, 9) return a < b end)
print(#t, t[1], t[2], t[3])
table.sort({}) table.sort({1}) table.sort({2, 1}, nil)
`
