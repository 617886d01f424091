package runtime_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

func TestEmbedding(t *testing.T) {
	L := lua.NewState()
	st, err := runtime.Adopt(L, runtime.Options{Limits: runtime.Limits{Time: 10 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "lib.lua")
	if err := os.WriteFile(path, []byte("function twice(x) return 2 * x end\nreturn 'loaded', ..."), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := st.DoFile(ctx, path, lua.LNumber(7)); err != nil || len(got) != 2 || got[0] != lua.LString("loaded") || got[1] != lua.LNumber(7) {
		t.Errorf("DoFile = %v, %v", got, err)
	}
	if got, err := st.DoString(ctx, "return twice(...)", "=test", lua.LNumber(4)); err != nil || got[0] != lua.LNumber(8) {
		t.Errorf("DoString = %v, %v", got, err)
	}
	if _, err := st.DoString(ctx, "return +", "=test"); err == nil {
		t.Error("a syntax error was run")
	}
	if _, err := st.DoFile(ctx, path+"x"); err == nil || !strings.Contains(err.Error(), "cannot open") {
		t.Errorf("no file: %v", err)
	}
	mine := errors.New("mine")
	tests := []struct {
		name string
		run  func(L *lua.LState) error
		err  string
	}{
		{"its own API", func(L *lua.LState) error {
			return L.CallByParam(lua.P{Fn: L.GetGlobal("twice"), NRet: 1, Protect: true}, lua.LNumber(1))
		}, ""},
		{"its own error", func(*lua.LState) error { return mine }, "mine"},
		{"a Lua error", func(L *lua.LState) error { return L.DoString("error('boom')") }, "boom"},
		{"os.exit", func(L *lua.LState) error { return L.DoString("os.exit(3)") }, "status 3"},
		{"cancelled", func(L *lua.LState) error {
			st.Cancel(mine)
			return L.DoString("while true do end")
		}, "cancelled"},
		{"inside an execution", func(*lua.LState) error { return st.Run(ctx, nil) }, "already running"},
	}
	for _, tt := range tests {
		err := st.Run(ctx, tt.run)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
		L.SetTop(0)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic of the program was swallowed")
			}
		}()
		_ = st.Run(ctx, func(*lua.LState) error { panic("program") })
	}()
	if _, err := st.DoString(ctx, "return 1", "=test"); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

// Cancel ends what a library function waits for, not only instructions.
func TestCancelEndsWaiting(t *testing.T) {
	st, err := runtime.Adopt(lua.NewState(), runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	waiting := make(chan struct{})
	st.L.SetGlobal("wait", st.L.NewFunction(func(*lua.LState) int {
		close(waiting)
		<-st.RunContext().Done()
		return 0
	}))
	go func() {
		<-waiting
		st.Cancel(errors.New("enough"))
	}()
	if _, err := st.DoString(context.Background(), "wait()", "=test"); err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("error %v", err)
	}
}
