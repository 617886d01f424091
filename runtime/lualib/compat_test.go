package lualib

import "testing"

// TestLaterLua has the functions that scripts written for Lua 5.2 to 5.4 use.
func TestLaterLua(t *testing.T) {
	runPrintCases(t, []printCase{
		{`local t = table.pack(1, nil, 3, nil) print(t.n, t[1], t[2], t[3], t[4])`, "4\t1\tnil\t3\tnil"},
		{`print(table.pack().n)`, "0"},
		{`print(table.unpack({1, 2, 3}, 2), table.unpack({1, 2}, 1, 3))`, "2\t1\t2\tnil"},
		{`print(table.concat(table.move({1, 2, 3}, 1, 3, 2), ","))`, "1,1,2,3"},
		{`print(table.concat(table.move({1, 2, 3, 4}, 2, 4, 1), ","))`, "2,3,4,4"},
		{`print(table.concat(table.move({1, 2}, 1, 2, 3, {9, 9}), ","))`, "9,9,1,2"},
		{`print(#table.move({1, 2}, 1, 0, 5))`, "2"},
		{`local log = {} table.move({1, 2}, 1, 2, 1, setmetatable({}, {__newindex = function(_, k, v) log[#log + 1] = k .. "=" .. v end})) print(table.concat(log, " "))`, "1=1 2=2"},
		{`print(table.concat(table.move(setmetatable({}, {__index = function(_, k) return k * 10 end}), 1, 3, 1, {}), " "))`, "10 20 30"},
		{`print(pcall(table.move, {}, -2^63, 0, 2))`, "false\tbad argument #3 to '?' (too many elements to move)"},
		{`print(math.type(1), math.type(1.5), math.type("1"), math.type(1/0), math.type(2^60))`, "integer\tfloat\tnil\tfloat\tfloat"},
		{`print(pcall(math.type))`, "false\tbad argument #1 to '?' (value expected)"},
		{`print(math.tointeger(3), math.tointeger(3.5), math.tointeger("3"), math.tointeger(0/0))`, "3\tnil\tnil\tnil"},
		{`print(math.maxinteger + 0 == 2^53, math.mininteger == -2^53, math.type(math.maxinteger))`, "true\ttrue\tinteger"},
		{`print(math.ult(1, 2), math.ult(-1, 2), math.ult(2, -1), pcall(math.ult, 1.5, 2))`, "true\tfalse\ttrue\tfalse\tbad argument #1 to '?' (number has no integer representation)"},
		{`print(math.log(8, 2), math.log(1000, 10), math.log(27, 3), math.log(2^0.5, 2))`, "3\t3\t3\t0.5"},
		{`print(rawlen({1, 2}), rawlen("abc"), rawlen(setmetatable({}, {__len = function() return 9 end})))`, "2\t3\t0"},
		{`print(pcall(rawlen, 5))`, "false\tbad argument #1 to '?' (table or string expected)"},
		{`print(collectgarbage("isrunning"), collectgarbage("generational"), collectgarbage("step"))`, "true\tincremental\ttrue"},
		{`local f = io.open("x", "w+") f:write("12\nab\ncd\n") f:seek("set") print(f:read("n", "l", "L", "a"))`, "12\t\tab\n\tcd\n"},
		{`local f = io.open("x", "w") f:write("1 2\n3 4\n") f:close() for a, b in io.lines("x", "n", "n") do print(a, b) end`, "1\t2\n3\t4"},
		{`local f = io.open("x", "w") f:write("abcde") f:close() for s in io.lines("x", 2) do print(s) end`, "ab\ncd\ne"},
		{`local f = io.open("x", "w") f:write("a\nb\n") f:close() for s in io.open("x"):lines("L") do io.write("[", s, "]") end`, "[a\n][b\n]"},
	})
}

func TestBit32(t *testing.T) {
	runPrintCases(t, []printCase{
		{`print(bit32.band(), bit32.band(0xff, 0x0f), bit32.bor(), bit32.bor(1, 2, 4), bit32.bxor(), bit32.bxor(5, 1))`, "4294967295\t15\t0\t7\t0\t4"},
		{`print(bit32.bnot(0), bit32.bnot(-1), bit32.btest(1, 2), bit32.btest(3, 2), bit32.btest())`, "4294967295\t0\tfalse\ttrue\ttrue"},
		{`print(bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(8, -3), bit32.rshift(8, 3), bit32.rshift(1, -4), bit32.rshift(-1, 31))`, "2147483648\t0\t1\t1\t16\t1"},
		{`print(bit32.arshift(-8, 1), bit32.arshift(0x80000000, 40), bit32.arshift(8, 1), bit32.arshift(-1, -1))`, "4294967292\t4294967295\t4\t4294967294"},
		{`print(bit32.lrotate(0x80000001, 1), bit32.rrotate(1, 1), bit32.lrotate(1, 33), bit32.lrotate(1, -1), bit32.rrotate(3, -32))`, "3\t2147483648\t2\t2147483648\t3"},
		{`print(bit32.extract(0xabcd, 4, 8), bit32.extract(5, 0), bit32.extract(-1, 0, 32), bit32.replace(0, 0xff, 4, 4), bit32.replace(-1, 0, 31))`, "188\t1\t4294967295\t240\t2147483647"},
		{`print(bit32.band(2^32), bit32.band(2^32 + 5), bit32.band(-1), bit32.band(-2^31), bit32.band("0xff"), bit32.band(0/0), bit32.band(1/0))`, "0\t5\t4294967295\t2147483648\t255\t0\t0"},
		{`print(select(2, pcall(bit32.extract, 1, -1)), select(2, pcall(bit32.extract, 1, 0, 0)), select(2, pcall(bit32.replace, 1, 1, 30, 3)))`,
			"bad argument #2 to '?' (field cannot be negative)\tbad argument #3 to '?' (width must be positive)\ttrying to access non-existent bits"},
		{`print(pcall(bit32.band, "x"))`, "false\tbad argument #1 to '?' (number expected, got string)"},
	})
}

func TestUnpackMillion(t *testing.T) {
	got := newWorld(t).output(t, `
		local t = {}
		for i = 1, 1000000 do t[i] = i end
		print(select("#", unpack(t)))
		print(#{unpack(t)}, (select(1000000, unpack(t))))
		print(pcall(unpack, t, 1, 1e8))`)
	if want := "1000000\n1000000\t1000000\nfalse\ttoo many results to unpack\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTraversalWhileShrinking(t *testing.T) {
	got := newWorld(t).output(t, `
		local t = {1, 2, 3, a = "x", b = "y"}
		local seen = {}
		for k, v in pairs(t) do
			seen[#seen + 1] = tostring(k)
			if type(k) == "number" then while #t > 0 do table.remove(t) end end
		end
		print(table.concat(seen, " "))`)
	if want := "1 a b\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestStackDiscipline fills, empties and refills a table. Every # of gopher-lua
// walks over trailing nils, which would make this quadratic.
func TestStackDiscipline(t *testing.T) {
	got := newWorld(t).output(t, `
		local t = {}
		for i = 1, 200000 do table.insert(t, i) end
		for i = 1, 200000 do table.remove(t) end
		for i = 1, 100000 do table.insert(t, i) table.insert(t, i) table.remove(t) end
		print(#t, t[100000])`)
	if want := "100000\t100000\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCollectIsRateLimited(t *testing.T) {
	c := &collector{host: NewHost(), process: processCollections}
	c.collect()
	first := c.last
	c.collect()
	if c.last != first {
		t.Error("two collections within the interval")
	}
}
