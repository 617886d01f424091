package runtime_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

func TestDoWhileRunningIdleAndClosed(t *testing.T) {
	st := newState(t, nil, runtime.Options{})
	set := func(name string) func(L *lua.LState) {
		return func(L *lua.LState) { L.SetGlobal(name, lua.LTrue) }
	}
	if err := st.Do(context.Background(), set("idle")); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := st.Do(context.Background(), set("asked")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		time.Sleep(10 * time.Millisecond)
		st.Post(set("stop"))
	})
	if err := call(st, "assert(idle) while not stop do end"); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := call(st, "assert(asked and stop)"); err != nil {
		t.Error(err)
	}
	st.Close()
	st.Post(func(*lua.LState) { t.Error("Post ran on a closed state") })
	if err := st.Do(context.Background(), func(*lua.LState) {}); err == nil {
		t.Error("Do on a closed state is no error")
	}
}

func TestAdopt(t *testing.T) {
	L := lua.NewState()
	st, err := runtime.Adopt(L, runtime.Options{Limits: runtime.Limits{Instructions: 100_000}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	if err := call(st, "local a, b = 1, 2 a, b = b, a assert(a == 2 and b == 1) assert(not pcall(function() local function f() return 1 + f() end f() end))"); err != nil {
		t.Error(err)
	}
	if e := failure(t, call(st, "while true do end")); e.Kind != runtime.KindBudget {
		t.Error(e)
	}
}

func TestCacheIsShared(t *testing.T) {
	cache := runtime.NewCache()
	a, err := cache.Compile("return 1", "=a")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := cache.Compile("return 1", "=a"); err != nil || b != a {
		t.Errorf("compiled again (%v)", err)
	}
	if b, err := cache.Compile("return 1", "=b"); err != nil || b == a {
		t.Errorf("another name gives the same chunk (%v)", err)
	}
	if _, err := cache.Compile("return = 1", "=a"); err == nil {
		t.Error("a broken source compiles")
	}
	var wg sync.WaitGroup
	for range 4 {
		st := newState(t, &bytes.Buffer{}, runtime.Options{Cache: cache})
		wg.Go(func() {
			if err := call(st, "local x = 0 for i = 1, 100 do x = x + i end assert(x == 5050)"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
