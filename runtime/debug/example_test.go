package debug_test

import (
	"context"
	"fmt"
	"log"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// printer is a debug.Handler that hands on stops and ignores the rest.
type printer struct {
	debug.Handler
	stops chan debug.Stop
}

func (p printer) Stopped(s debug.Stop)            { p.stops <- s }
func (p printer) ModuleLoaded(debug.Module, bool) {}
func (p printer) SourceLoaded(debug.Source)       {}

// A Go program debugs a script on a gopher-lua state of its own.
func Example() {
	L := lua.NewState()
	st, err := runtime.Adopt(L, runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	p := printer{stops: make(chan debug.Stop)}
	e, err := debug.Attach(st, p, debug.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fn, err := st.LoadString("local sum = 0\nfor i = 1, 3 do\n  sum = sum + i\nend\nreturn sum", "@sum.lua", "/scripts/sum.lua")
	if err != nil {
		log.Fatal(err)
	}
	e.SetBreakpoints(debug.Source{Path: "/scripts/sum.lua"}, []debug.BreakpointSpec{{Line: 3, Condition: "i == 3"}})
	go func() { // while the script is stopped, ask about it
		s := <-p.stops
		frames, _, _ := e.StackTrace(s.Thread, 0, 1)
		sum, _ := e.Evaluate(context.Background(), frames[0].ID, "sum", debug.EvalWatch)
		fmt.Printf("%s:%d in %s: sum = %s\n", s.Source.Name, s.Line, frames[0].Name, sum.Value)
		e.Detach()
	}()
	results, err := st.Call(context.Background(), fn)
	fmt.Println(results, err)
	// Output:
	// sum.lua:3 in main chunk: sum = 3
	// [6] <nil>
}
