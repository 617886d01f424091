package runtime_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// protecting makes a state in which protect(ms, fn, …) calls fn by Protected and
// returns its results, or nil and what went wrong.
func protecting(t *testing.T, limits runtime.Limits) (*runtime.State, *[]*runtime.Error) {
	t.Helper()
	var failures []*runtime.Error
	st := newState(t, nil, runtime.Options{Limits: limits})
	st.L.SetGlobal("protect", st.L.NewFunction(func(L *lua.LState) int {
		var args []lua.LValue
		for i := 3; i <= L.GetTop(); i++ {
			args = append(args, L.Get(i))
		}
		if !st.Executing() || st.Ending() || st.Evaluating() {
			t.Error("the state of the execution is wrong")
		}
		values, err := st.Protected(L, time.Duration(L.CheckNumber(1))*time.Millisecond, L.CheckFunction(2), args...)
		if err != nil {
			failures = append(failures, err)
			L.Push(lua.LNil)
			L.Push(lua.LString(err.Error()))
			return 2
		}
		for _, v := range values {
			L.Push(v)
		}
		return len(values)
	}))
	st.L.SetGlobal("wait", st.L.NewFunction(func(L *lua.LState) int {
		<-st.RunContext().Done()
		return 0
	}))
	return st, &failures
}

func TestProtected(t *testing.T) {
	st, failures := protecting(t, runtime.Limits{})
	if err := call(st, `
		local a, b, c = protect(0, function(...) return select("#", ...), ... end, 1, nil)
		assert(a == 2 and b == 1 and c == nil)
		local x = 1
		local ok, err = protect(1000, function() x = 2; error("boom") end)
		assert(ok == nil and err == "source.lua:5: boom", err)
		assert(x == 2)
		local v = protect(1000, function() return protect(1000, function() return 7 end) end)
		assert(v == 7)
		local co = coroutine.wrap(function() return protect(0, function() error("in a coroutine") end) end)
		assert(select(2, co()):find("in a coroutine"))
		return 1`); err != nil {
		t.Fatal(err)
	}
	if len(*failures) != 2 || !strings.Contains((*failures)[0].Trace, "source.lua:5") {
		t.Errorf("%v", *failures)
	}
	if st.Executing() {
		t.Error("still executing")
	}
}

func TestProtectedExpires(t *testing.T) {
	st, failures := protecting(t, runtime.Limits{})
	if err := call(st, `
		for _, f in ipairs{
			function() while true do end end,
			function() while true do pcall(function() while true do end end) end end,
			function() while true do pcall(wait) end end,
			function() local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end end,
			function() protect(1e6, function() while true do end end) end,
		} do
			local ok, err = protect(20, f)
			assert(ok == nil and err:find("longer than 20ms"), err)
			for i = 1, 5000 do end -- the time of the others is not up
			assert(protect(1e6, function() return 5 end) == 5)
		end
		local inner = {protect(1e6, function() return protect(20, function() while true do end end) end)}
		assert(inner[1] == nil and inner[2]:find("20ms"))`); err != nil {
		t.Fatal(err)
	}
	for _, err := range *failures {
		if err.Kind != runtime.KindTimeout && !strings.Contains(err.Message, "longer than 20ms") {
			t.Errorf("%+v", err)
		}
	}
}

// The end of the execution is not caught.
func TestProtectedEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		limits runtime.Limits
		kind   runtime.ErrorKind
	}{
		"time": {runtime.Limits{Time: 50 * time.Millisecond}, runtime.KindTimeout}, "budget": {runtime.Limits{Instructions: 100_000}, runtime.KindBudget},
		"cancel": {runtime.Limits{}, runtime.KindCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			st, failures := protecting(t, tt.limits)
			fn, err := st.LoadString(`while true do protect(1e6, function() while true do pcall(function() while true do end end) end end) end`, "@source.lua", "")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if name == "cancel" {
				time.AfterFunc(20*time.Millisecond, cancel)
			}
			_, err = st.Call(ctx, fn)
			var lerr *runtime.Error
			if !errors.As(err, &lerr) || lerr.Kind != tt.kind {
				t.Errorf("ended with %v", err)
			}
			if len(*failures) != 1 || (*failures)[0].Kind != tt.kind {
				t.Errorf("Protected returned %v", *failures)
			}
			if err := call(st, `assert(protect(1e6, function() return 1 end) == 1)`); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
