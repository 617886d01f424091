package lualib

import (
	"io"

	lua "github.com/yuin/gopher-lua"
)

// fileClass is the name under which the metatable of files is registered, and
// the type name in error messages.
const fileClass = "FILE*"

// ioLib is the io library of one state.
type ioLib struct {
	host      *Host
	env       *environment
	metatable *lua.LTable
	open      openFiles
	// input and output are the default files.
	input, output *lua.LUserData
}

func openIO(L *lua.LState, h *Host, env *environment) (closeFiles func()) {
	o := newIOLib(L, h, env)
	o.metatable.RawSetString("__index", o.metatable)
	register(L, o.metatable, []entry{
		{"__tostring", o.fileTostring},
		{"close", o.fileClose},
		{"flush", o.fileFlush},
		{"lines", o.fileLines},
		{"read", o.fileRead},
		{"seek", o.fileSeek},
		{"setvbuf", o.fileSetvbuf},
		{"write", o.fileWrite},
	})
	tb := library(L, lua.IoLibName)
	register(L, tb, []entry{
		{"close", o.close},
		{"flush", o.flush},
		{"input", o.setInput},
		{"lines", o.lines},
		{"open", o.openFile},
		{"output", o.setOutput},
		{"popen", o.popen},
		{"read", o.read},
		{"tmpfile", o.tmpfile},
		{"type", ioType},
		{"write", o.write},
	})
	// The streams are looked up at each use: the Host may exchange them between
	// executions.
	stdin := &interruptible{
		source: func() io.Reader { return h.Stdin },
		host:   h,
	}
	o.input = o.standard(L, newFile(stdin, nil, nil, nil))
	o.output = o.standard(L, newFile(nil, hostWriter{func() io.Writer { return h.Stdout }}, nil, nil))
	tb.RawSetString("stdin", o.input)
	tb.RawSetString("stdout", o.output)
	tb.RawSetString("stderr", o.standard(L, newFile(nil, hostWriter{func() io.Writer { return h.Stderr }}, nil, nil)))
	return o.open.closeAll
}

func newIOLib(L *lua.LState, h *Host, env *environment) *ioLib {
	return &ioLib{host: h, env: env, metatable: L.NewTypeMetatable(fileClass)}
}

// hostWriter writes to a stream of the Host.
type hostWriter struct{ stream func() io.Writer }

func (w hostWriter) Write(p []byte) (int, error) { return w.stream().Write(p) }

// Flush flushes the stream, if it has a buffer.
func (w hostWriter) Flush() error {
	if f, ok := w.stream().(flusher); ok {
		return f.Flush()
	}
	return nil
}

// standard makes a value of a standard stream. It has no buffer: each call of
// write is one Write, so that what a script printed is there when it stops.
func (o *ioLib) standard(L *lua.LState, f *file) *lua.LUserData {
	f.mode = noBuffer
	return o.userdata(L, f)
}

func (o *ioLib) userdata(L *lua.LState, f *file) *lua.LUserData {
	ud := L.NewUserData()
	ud.Value = f
	ud.Metatable = o.metatable
	return ud
}

// adopt makes a value of a file that is to be closed when the script forgets it
// or the state ends.
func (o *ioLib) adopt(L *lua.LState, f *file) *lua.LUserData {
	ud := o.userdata(L, f)
	o.open.add(ud, f)
	return ud
}

// toFile returns argument n, an open file.
func toFile(L *lua.LState, n int) *file {
	f, ok := asFile(L.Get(n))
	if !ok {
		typeError(L, n, fileClass)
	}
	if f.closed {
		raise(L, "attempt to use a closed file")
	}
	return f
}

func asFile(v lua.LValue) (*file, bool) {
	ud, ok := v.(*lua.LUserData)
	if !ok {
		return nil, false
	}
	f, ok := ud.Value.(*file)
	return f, ok
}

// defaultFile returns the default input or output; kind names it in the error.
func defaultFile(L *lua.LState, ud *lua.LUserData, kind string) *file {
	f := ud.Value.(*file)
	if f.closed {
		raisef(L, "standard %s file is closed", kind)
	}
	return f
}

func ioType(L *lua.LState) int {
	f, ok := asFile(checkAny(L, 1))
	switch {
	case !ok:
		L.Push(lua.LNil)
	case f.closed:
		L.Push(lua.LString("closed file"))
	default:
		L.Push(lua.LString("file"))
	}
	return 1
}

func (o *ioLib) read(L *lua.LState) int {
	return o.readFormats(L, defaultFile(L, o.input, "input"), 1)
}

func (o *ioLib) write(L *lua.LState) int {
	return writeArguments(L, o.host, defaultFile(L, o.output, "output"), 1)
}

func (o *ioLib) flush(L *lua.LState) int {
	return pushResult(L, defaultFile(L, o.output, "output").sync())
}

// close closes a file or, without an argument, the default output.
func (o *ioLib) close(L *lua.LState) int {
	if L.GetTop() == 0 {
		return o.closeFile(L, defaultFile(L, o.output, "output"))
	}
	return o.closeFile(L, toFile(L, 1))
}

func (o *ioLib) closeFile(L *lua.LState, f *file) int {
	if f.closer == nil {
		L.Push(lua.LNil)
		L.Push(lua.LString("cannot close standard file"))
		return 2
	}
	o.open.forget(f)
	return pushResult(L, f.close())
}

func (o *ioLib) setInput(L *lua.LState) int {
	return o.setDefault(L, &o.input, "r")
}

func (o *ioLib) setOutput(L *lua.LState) int {
	return o.setDefault(L, &o.output, "w")
}

// setDefault exchanges a default file for a file or for what it opens by name,
// and returns the one that is set.
func (o *ioLib) setDefault(L *lua.LState, ud **lua.LUserData, mode string) int {
	if !isNoneOrNil(L, 1) {
		if name, ok := toString(L.Get(1)); ok {
			f, err := o.openNamed(name, mode)
			if err != nil {
				fileError(L, o.host, err, name)
			}
			*ud = o.adopt(L, f)
		} else {
			toFile(L, 1)
			*ud = L.Get(1).(*lua.LUserData)
		}
	}
	L.Push(*ud)
	return 1
}

// fileError raises the error of a file that a function has to open.
func fileError(L *lua.LState, h *Host, err error, name string) {
	raiseDenied(L, h, err)
	message, _ := systemError(err)
	argError(L, 1, name+": "+message)
}
