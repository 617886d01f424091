package runtime_test

import "testing"

// TestClosuresSurviveCaughtErrors: what closures share stays shared after an
// error has unwound some of the frames.
func TestClosuresSurviveCaughtErrors(t *testing.T) {
	for name, source := range map[string]string{
		"of the caller":           `local x = 1 local function inc() x = x + 1 return x end pcall(error, "e") x = x + 10 print(inc(), x)`,
		"of the failing function": `local f pcall(function() local x = 5 f = function() x = x + 1 return x end error("e") end) print(f(), f())`,
		"of frames between": `local a, b
			local function mid() local y = 2 b = function() y = y * 2 return y end error("e") end
			local function outer() local x = 1 a = function() x = x + 1 return x end mid() end
			print(pcall(outer) , a(), b(), a(), b())`,
		"shared by two":            `local get, set pcall(function() local x = 0 get = function() return x end set = function(v) x = v end error("e") end) set(7) print(get())`,
		"changed before the error": `local f pcall(function() local x = 1 f = function() return x end x = 2 local y = nil + 1 end) print(f())`,
		"nested pcalls": `local f, g
			pcall(function() local a = 1 f = function() a = a + 1 return a end
				pcall(function() local b = 10 g = function() b = b + a return b end error("in") end)
				a = a + 5 error("out") end)
			print(f(), g(), f(), g())`,
		"xpcall with handler": `local f, h
			xpcall(function() local x = 1 f = function() x = x + 1 return x end error("e") end, function(m) local y = 100 h = function() y = y + 1 return y end return m end)
			print(f(), h(), f(), h())`,
		"in a loop": `local fs = {} for i = 1, 5 do pcall(function() local x = i fs[i] = function() x = x + i return x end error("e") end) end
			for i = 1, 5 do io.write(fs[i](), " ", fs[i](), " ") end print()`,
		"loop variable of the caller": `local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end pcall(error) i = i * 10 end print(fs[1](), fs[2](), fs[3]())`,
		"in a coroutine": `local f local co = coroutine.create(function() local x = 1 f = function() x = x + 1 return x end pcall(error, "e") x = x + 5 coroutine.yield(x) error("end") end)
			print(coroutine.resume(co)) print(f()) print((coroutine.resume(co))) print(f(), coroutine.status(co))`,
		"pcall in a coroutine, outer closure": `local n = 0 local co = coroutine.wrap(function() for i = 1, 3 do pcall(function() n = n + i error() end) coroutine.yield(n) end end) print(co(), co(), co(), n)`,
		"deep below": `local fs = {}
			local function down(n) local x = n fs[n] = function() x = x + 1 return x end if n == 300 then error("bottom") end down(n + 1) end
			print((pcall(down, 1))) local sum = 0 for i = 1, 300 do sum = sum + fs[i]() end for i = 1, 300 do sum = sum + fs[i]() end print(sum)`,
		"many registers": `local f
			local function wide() local a,b,c,d,e,g,h,i,j,k,l,m,n,o,p,q = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
				f = function() a = a + 1 q = q + 1 return a, h, q end error("e") end
			local function deep(n, ...) local r, s, t = n, n + 1, n + 2 if n == 0 then wide() end return deep(n - 1, r, s, t, ...) , r end
			print((pcall(deep, 30))) print(f()) print(f())`,
		"arguments":                 `local f pcall(function(a, b) f = function() a = a + b return a end error("e") end, 3, 4) print(f(), f())`,
		"runtime error":             `local f pcall(function() local x = "kept" f = function() return x end local t = nil; t.x = 1 end) print(f())`,
		"error in __index":          `local f local t = setmetatable({}, {__index = function(t, k) local x = k f = function() x = x .. "!" return x end error("e") end}) pcall(function() return t.key end) print(f(), f())`,
		"error in sort":             `local f local x = 0 pcall(table.sort, {3, 2, 1}, function(a, b) local y = 1 f = function() y = y + 1 x = x + 1 return y, x end error("e") end) print(f()) print(f())`,
		"handler returns a closure": `local _, f = xpcall(function() local x = 1 error(function() x = x + 1 return x end) end, function(e) return e end) print(f(), f())`,
		"error value is a closure":  `local _, f = pcall(function() local x = 1 error(function() x = x + 1 return x end) end) print(f(), f())`,
		"recursion that overflows":  `local f local function r(n) local x = n if n == 100 then f = function() x = x + 1 return x end end return 1 + r(n + 1) end print((pcall(r, 1))) print(f(), f())`,
		"assert":                    `local f print(pcall(function() local x = {} f = function() x[#x + 1] = 1 return #x end assert(false, "no") end)) print(f(), f())`,
	} {
		t.Run(name, func(t *testing.T) { printsAsPUC(t, source) })
	}
}
