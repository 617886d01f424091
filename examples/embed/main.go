// Command embed is a Go program that embeds gopher-lua and lets a debugger
// attach to its scripts: see docs/embedding.md.
//
//	go run ./examples/embed examples/embed/game.lua
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := play(ctx, os.Args[1], "127.0.0.1:4711"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play runs a script with a Lua state of its own, in the way of a game: the
// script is loaded once, then its function update is called for each frame.
func play(ctx context.Context, script, address string) error {
	L := lua.NewState()
	L.SetGlobal("now", L.NewFunction(func(L *lua.LState) int { // the program's own functions stay as they are
		L.Push(lua.LNumber(42))
		return 1
	}))

	// From here: what it takes to be debuggable.
	host := lualib.NewHost()
	host.Stdout = os.Stdout
	st, err := runtime.Adopt(L, runtime.Options{Host: host})
	if err != nil {
		return err
	}
	server := dap.NewServer(dap.Options{AttachOnly: true})
	target, err := server.Register("game", st, dap.TargetOptions{Program: script})
	if err != nil {
		return err
	}
	ln, err := dap.Listen(address)
	if err != nil {
		return err
	}
	fmt.Println("DAP server listening at:", dap.Address(ln))
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	defer func() {
		target.Unregister()
		server.Drain(time.Second) // lets a client say goodbye
		cancel()
		<-served
		st.Close()
	}()
	// To here.

	if _, err := st.DoFile(ctx, script); err != nil {
		return err
	}
	for frame := 0; ; frame++ {
		more, err := st.Call(ctx, L.GetGlobal("update"), lua.LNumber(frame))
		if err != nil {
			return err
		}
		if len(more) == 0 || lua.LVIsFalse(more[0]) {
			return nil
		}
	}
}
