package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime"
)

// endless are scripts that never end and catch whatever they can.
var endless = map[string]string{
	"loop":           `while true do end`,
	"repeat":         `repeat until false`,
	"goto":           `::a:: goto a`,
	"calls":          `local function f() end while true do f() end`,
	"pcall":          `while true do pcall(function() while true do end end) end`,
	"pcall of error": `while true do pcall(error, "x") end`,
	"xpcall handler": `while true do xpcall(function() error("x") end, function() while true do end end) end`,
	"xpcall":         `while true do xpcall(function() while true do end end, function(m) while true do end end) end`,
	"resume":         `while true do coroutine.resume(coroutine.create(function() while true do end end)) end`,
	"coroutine":      `local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end`,
	"wrap in pcall":  `while true do pcall(coroutine.wrap(function() while true do end end)) end`,
	"pattern":        `while true do pcall(string.find, ("a"):rep(40), ("a-"):rep(30) .. "b") end`,
	"gsub":           `while true do pcall(string.gsub, ("a"):rep(1000), "a", function() while true do end end) end`,
	"gmatch":         `while true do for _ in (("x "):rep(100)):gmatch("%w") do end end`,
	"sort":           `local t = {} for i = 1, 1000 do t[i] = i end while true do pcall(table.sort, t, function(a, b) while true do end end) end`,
	"metamethod":     `local t = setmetatable({}, {__index = function() while true do end end}) while true do pcall(function() return t.x end) end`,
	"concatenation":  `local s = ("x"):rep(1e5) while true do local x = s .. s end`,
	"rep":            `while true do local x = ("x"):rep(1e6) end`,
	"table.concat":   `local t = {} for i = 1, 1e5 do t[i] = "x" end while true do table.concat(t) end`,
	"iterator":       `for _ in function() return 1 end do end`,
	"load":           `while true do assert(loadstring("return " .. math.random()))() end`,
	"tostring":       `local t = setmetatable({}, {__tostring = function() while true do end end}) while true do pcall(tostring, t) end`,
	"format":         `while true do string.format("%s %d", "x", 1) end`,
}

// tolerance is 50 ms, and room for a machine that does other things.
const tolerance = time.Minute

func TestEndlessScriptsEnd(t *testing.T) {
	for name, source := range endless {
		t.Run("cancel "+name, func(t *testing.T) {
			st := newState(t, nil, runtime.Options{})
			fn, err := st.LoadString(source, "@source.lua", "")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(context.Background())
			cause := errors.New("the user left")
			var at time.Time
			time.AfterFunc(20*time.Millisecond, func() { at = time.Now(); cancel(cause) })
			_, err = st.Call(ctx, fn)
			late := time.Since(at)
			e := failure(t, err)
			if e.Kind != runtime.KindCancelled || !errors.Is(err, cause) || e.ExitCode() != 130 {
				t.Errorf("%v (kind %d, cause %v)", e, e.Kind, e.Cause)
			}
			if late > tolerance {
				t.Errorf("it ended %v after the call was cancelled", late)
			}
			if err := call(st, "return 1"); err != nil {
				t.Errorf("the state is not usable afterwards: %v", err)
			}
		})
		t.Run("timeout "+name, func(t *testing.T) {
			const limit = 20 * time.Millisecond
			begun := time.Now()
			_, err := run(t, source, runtime.Options{Limits: runtime.Limits{Time: limit}})
			e := failure(t, err)
			if e.Kind != runtime.KindTimeout || !strings.Contains(e.Error(), "time limit of 20ms passed") || e.ExitCode() != 4 {
				t.Errorf("%v (kind %d)", e, e.Kind)
			}
			if late := time.Since(begun) - limit; late > tolerance {
				t.Errorf("it ended %v after its time", late)
			}
		})
		t.Run("budget "+name, func(t *testing.T) {
			_, err := run(t, source, runtime.Options{Limits: runtime.Limits{Instructions: 100_000}})
			if e := failure(t, err); e.Kind != runtime.KindBudget || e.ExitCode() != 4 {
				t.Errorf("%v (kind %d)", e, e.Kind)
			}
		})
	}
}

func TestBudgetIsEnough(t *testing.T) {
	opts := runtime.Options{Limits: runtime.Limits{Instructions: 1_000_000}}
	if _, err := run(t, `local x = 0 for i = 1, 100000 do x = x + i end`, opts); err != nil {
		t.Error(err)
	}
}

func TestLimitsNameTheLine(t *testing.T) {
	_, err := run(t, "local x = 1\nwhile true do\nend", runtime.Options{Limits: runtime.Limits{Instructions: 50_000}})
	e := failure(t, err)
	if e.Chunk != "source.lua" || e.Line != 2 && e.Line != 3 || !strings.HasPrefix(e.Error(), "source.lua:") || !strings.Contains(e.Trace, "source.lua:") {
		t.Errorf("%q, line %d\n%s", e.Error(), e.Line, e.Trace)
	}
}

func TestExit(t *testing.T) {
	for name, source := range map[string]string{
		"plain":             `print("before") os.exit(CODE) print("after")`,
		"in pcall":          `print("before") pcall(os.exit, CODE) print("after")`,
		"in nested pcall":   `print("before") pcall(function() pcall(function() os.exit(CODE) end) print("after") end) print("after")`,
		"in a coroutine":    `print("before") coroutine.resume(coroutine.create(function() pcall(os.exit, CODE) print("after") end)) print("after")`,
		"in wrap":           `print("before") pcall(coroutine.wrap(function() os.exit(CODE) end)) print("after")`,
		"in xpcall handler": `print("before") xpcall(error, function() os.exit(CODE) end) print("after")`,
		"in a metamethod":   `print("before") local t = setmetatable({}, {__index = function() os.exit(CODE) end}) pcall(function() return t.x end) print("after")`,
		"in sort":           `print("before") pcall(table.sort, {3, 2, 1}, function() os.exit(CODE) end) print("after")`,
		"in gsub":           `print("before") pcall(string.gsub, "abc", ".", function() os.exit(CODE) end) print("after")`,
		"in load's reader":  `print("before") pcall(load, function() os.exit(CODE) end) print("after")`,
	} {
		for _, code := range []string{"0", "3", "true", "false", ""} {
			t.Run(name+" "+code, func(t *testing.T) {
				var out bytes.Buffer
				want := map[string]int{"0": 0, "3": 3, "true": 0, "false": 1, "": 0}[code]
				src := source
				if code == "" {
					src = strings.ReplaceAll(src, ", CODE", "")
				}
				err := call(newState(t, &out, runtime.Options{}), strings.ReplaceAll(src, "CODE", code))
				if out.String() != "before\n" {
					t.Errorf("it printed %q", out.String())
				}
				if want == 0 {
					if err != nil {
						t.Errorf("exit 0 is an error: %v", err)
					}
					return
				}
				if e := failure(t, err); e.Kind != runtime.KindExit || e.Code != want || e.ExitCode() != want {
					t.Errorf("%v: kind %d, code %d", e, e.Kind, e.Code)
				}
			})
		}
	}
}
