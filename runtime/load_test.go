package runtime_test

import (
	"bytes"
	"testing"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

func TestRequire(t *testing.T) {
	dir := files(t, map[string]string{
		"plain.lua":     `loads = (loads or 0) + 1 return {name = ...}`,
		"sub/inner.lua": `return "inner of " .. ...`,
		"pack/init.lua": `return "init"`,
		"silent.lua":    `x = 1`,
		"loop_a.lua":    `return require("loop_b")`,
		"loop_b.lua":    `return require("loop_a")`,
		"broken.lua":    `x = = 1`,
		"raises.lua":    "\nerror('at load')",
		"lib/extra.lua": `return "extra"`,
		"declares.lua":  `package.loaded[...] = "declared"`,
	})
	host := lualib.NewHost()
	host.Dir = dir
	var out bytes.Buffer
	st := newState(t, &out, runtime.Options{Host: host})
	if err := call(st, `
		print(require("plain").name, require("plain") == require("plain"), loads, package.loaded.plain == require("plain"))
		print(require("sub.inner"), require("pack"), require("silent"), require("declares"))
		print((select(2, pcall(require, "loop_a")):find("loop or previous error loading module 'loop_a'", 1, true)) ~= nil)
		print(select(2, pcall(require, "broken")))
		print(select(2, pcall(require, "raises")))
		print(select(2, pcall(require, "none.such")))
		package.preload.ready = function(name) return name .. "!" end
		print(require("ready"))
		package.path = package.path .. ";./lib/?.lua"
		print(require("extra"))
		package.loaded.plain = nil
		require("plain") print(loads)`); err != nil {
		t.Fatal(err)
	}
	want := `plain	true	1	true
inner of sub.inner	init	true	declared
true
error loading module 'broken' from file './broken.lua':
	./broken.lua:1: unexpected symbol near '='
./raises.lua:2: at load
module 'none.such' not found:
	no field package.preload['none.such']
	no file './none/such.lua'
	no file './none/such/init.lua'
ready!
extra
2
`
	if out.String() != want {
		t.Error(lineDiff(out.String(), want))
	}
}

func TestLoad(t *testing.T) {
	prints(t, `
		local env = {y = 5}
		print(load("return y", "=named", "t", env)(), (load("x = 1", "x", "t", env)()), env.x, x)
		print(load("= 1", "=named")) print(load("= 1", "@file.lua")) print(load("x = = 1"))
		local parts = {"return ", "1 ", "+ 2"} local i = 0
		print(load(function() i = i + 1 return parts[i] end)())
		print(load(function() return 5, nil end == nil or "return 7")())
		print(loadstring("return ...")(8, 9))
		print(pcall(load("error('x')", "=chunk")))`,
		"5\tnil\t1\tnil\nnil\tnamed:1: unexpected symbol near '='\nnil\tfile.lua:1: unexpected symbol near '='\nnil\t[string \"x = = 1\"]:1: unexpected symbol near '='\n3\n7\n8\t9\nfalse\tchunk:1: x\n")
}

func TestDebugLibraryAndCoroutines(t *testing.T) {
	for name, source := range map[string]string{
		"traceback": `local function f(n) if n == 0 then return debug.traceback("msg") end local r = f(n - 1) return r end
			print(f(3)) print(debug.traceback()) print(debug.traceback("m", 0)) print(debug.traceback({}) ~= nil, debug.traceback(5))`,
		"getinfo": `local function f(a, b)
				local i = debug.getinfo(1) print(i.name, i.namewhat, i.short_src, i.linedefined, i.lastlinedefined, i.currentline, i.what, i.nups, i.func == f)
				local c = debug.getinfo(2, "Sl") print(c.what, c.currentline, c.source)
			end
			f() local t = {m = f} t.m() t:m() print(debug.getinfo(print).what, debug.getinfo(print, "S").short_src, debug.getinfo(99), debug.getinfo(f, "l").currentline)
			print(pcall(debug.getinfo, 1, "X")) print(pcall(debug.getinfo, "x"))`,
		"getlocal": `local function f(a, b) local c = 3 do local hidden = 4 end for i = 1, 1 do
				local n = 1 while true do local k, v = debug.getlocal(1, n) if not k then break end print(n, k, v) n = n + 1 if n > 8 then break end end end
				print(debug.setlocal(1, 1, "changed"), a, debug.setlocal(1, 77, 1)) end f(1, 2) print(pcall(debug.getlocal, 99, 1))`,
		"coroutine": `local co co = coroutine.create(function(a, b) print(a, b, coroutine.status(co), coroutine.running() == co) local c = coroutine.yield(a + b) print(c)
				local d, e = coroutine.yield() print(d, e) return "end", 1 end)
			print(coroutine.status(co), coroutine.resume(co, 1, 2)) print(coroutine.status(co), coroutine.resume(co, "c")) print(coroutine.resume(co, "d", "e"))
			print(coroutine.status(co), coroutine.resume(co)) print(coroutine.running())
			print(pcall(coroutine.wrap(function() error({}) end)) == false, pcall(coroutine.wrap(function() error("m", 0) end)))
			local w = coroutine.wrap(function() return 1 end) w() print(pcall(w)) print(pcall(coroutine.resume, 5)) print(pcall(coroutine.create, 5))
			local outer outer = coroutine.create(function() local inner = coroutine.create(function() return coroutine.status(outer) end) print(coroutine.resume(inner)) print(coroutine.resume(outer)) end) coroutine.resume(outer)
			print(coroutine.resume(coroutine.create(function(...) return select("#", ...), ... end), nil, nil))`,
	} {
		t.Run(name, func(t *testing.T) { printsAsPUC(t, source) })
	}
}
