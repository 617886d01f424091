// Package lualib holds llmspell's replacements for gopher-lua's standard
// libraries. They behave as PUC Lua 5.1's do (results, error messages, the
// order in which callbacks run), are linear where gopher-lua's are quadratic,
// ask the Host before they allocate much or run long, and write to the
// execution's output rather than the process's.
//
// Promise: no function here blocks without honouring Host.Context, ends the
// process, or touches process-wide state (working folder, environment).
package lualib

import (
	"context"
	"io"

	lua "github.com/yuin/gopher-lua"
)

// Host is what the libraries need from whoever runs the script. All fields
// must be set; NewHost gives harmless defaults. Every callback runs on the
// goroutine that runs the Lua state.
type Host struct {
	// Stdout and Stderr receive what the script prints. Each call of print,
	// io.write or file:write is one Write; where one has a method Flush() error, as a
	// bufio.Writer has, io.flush and file:flush call it.
	Stdout, Stderr io.Writer
	// Stdin is what io.read reads. Reads may block.
	Stdin io.Reader
	// Dir is the folder that relative file names are resolved against.
	// Empty: the process's working folder.
	Dir string
	// LookupEnv reads an environment variable as the script should see it.
	LookupEnv func(name string) (value string, ok bool)
	// EnvNames lists the variables that LookupEnv knows beyond those of the
	// process, for the script's child processes; nil: none.
	EnvNames func() []string
	// Context is done when the execution must end; blocking calls (a read, a
	// child process) return early then. When an execution has ended by itself,
	// the cause is ErrFinished.
	Context func() context.Context
	// Charge tells that a library function did n steps of work in one go (a
	// pattern match, a sort, a concat). It raises a Lua error when the
	// execution was cancelled or its budget is spent. Call it about every
	// 1,000 steps, before the work rather than after.
	Charge func(L *lua.LState, n int)
	// Alloc asks to allocate n bytes (n may be larger than memory). It raises
	// the Lua error "not enough memory" when the heap limit forbids it. Call it
	// before any allocation whose size a script can choose, from 64 KiB on.
	Alloc func(L *lua.LState, n int64)
	// System reaches files and programs; nil: OS, which refuses nothing.
	System System
	// Raise raises a Lua error that has a Go error behind it. It does not return.
	Raise func(L *lua.LState, err error)
	// Wake is readable when others want something of the goroutine that runs the
	// state. A function that blocks then calls Serve, which may run Lua, and goes on
	// waiting. Wake may give nil: nobody wants anything.
	Wake  func() <-chan struct{}
	Serve func()
	// Exit ends the script with an exit code: os.exit. It does not return.
	Exit func(L *lua.LState, code int)
}

// NewHost returns a Host that discards output, reads nothing, sees an empty
// environment, and allows everything but strings of a gibibyte and more: files and
// programs too.
// Its Exit raises a plain Lua error.
func NewHost() *Host {
	return &Host{
		Stdout:    io.Discard,
		Stderr:    io.Discard,
		Stdin:     eofReader{},
		LookupEnv: func(string) (string, bool) { return "", false },
		Context:   context.Background,
		Charge:    func(*lua.LState, int) {},
		Alloc: func(L *lua.LState, n int64) {
			if n >= 1<<30 {
				L.RaiseError("not enough memory")
			}
		},
		System: OS{},
		Wake:   func() <-chan struct{} { return nil },
		Serve:  func() {},
		Raise:  func(L *lua.LState, err error) { raise(L, err.Error()) },
		Exit:   func(L *lua.LState, code int) { L.RaiseError("os.exit(%d)", code) },
	}
}

type eofReader struct{}

func (eofReader) Read([]byte) (int, error) { return 0, io.EOF }
