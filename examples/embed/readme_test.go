package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// watcher hears what happens in the script.
type watcher struct {
	debug.NopHandler
	stops chan debug.Stop
}

func (w watcher) Stopped(s debug.Stop) { w.stops <- s }

// Run runs a script (an absolute path) on your state, and tells what sum is
// each time line 12 is reached with more than two.
func Run(ctx context.Context, L *lua.LState, script string) error {
	host := lualib.NewHost() // what the script sees of the world; its output is discarded but for this
	host.Stdout = os.Stdout
	state, err := runtime.Adopt(L, runtime.Options{Host: host})
	if err != nil {
		return err
	}
	w := watcher{stops: make(chan debug.Stop, 1)}
	defer close(w.stops)
	engine, err := debug.Attach(state, w, debug.Options{})
	if err != nil {
		return err
	}
	defer engine.Detach()
	engine.SetBreakpoints(debug.Source{Path: script}, []debug.BreakpointSpec{{Line: 12, Condition: "quantity > 2"}})

	go func() { // looks on while the script runs below
		for stop := range w.stops {
			frames, _, _ := engine.StackTrace(stop.Thread, 0, 1)
			sum, _ := engine.Evaluate(ctx, frames[0].ID, "sum", debug.EvalWatch)
			fmt.Printf("%s:%d: sum = %s\n", stop.Source.Name, stop.Line, sum.Value)
			engine.Continue()
		}
	}()

	fn, err := state.LoadFile(script)
	if err != nil {
		return err
	}
	_, err = state.Call(ctx, fn)
	return err
}

// The README's example is what stands above, and it does what the README says.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```go\n")
	block, _, _ = strings.Cut(block, "```")
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if block == "" || !strings.Contains(string(source), block) {
		t.Error("the Go code of README.md is not that of this file: copy it")
	}
}

func ExampleRun() {
	dir, err := os.MkdirTemp("", "readme")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "order.lua")
	text := strings.Repeat("\n", 8) + "local sum = 0\nfor quantity = 1, 4 do\n  sum = sum + quantity\n  print(quantity)\nend\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	L := lua.NewState()
	defer L.Close()
	fmt.Println(Run(context.Background(), L, script))
	// Output:
	// 1
	// 2
	// order.lua:12: sum = 6
	// 3
	// order.lua:12: sum = 10
	// 4
	// <nil>
}
