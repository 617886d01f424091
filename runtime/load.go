package runtime

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// LoadString compiles source under a chunk name ("@file", "=name", or text).
// path is the absolute path of the file it came from, or "". Errors are *Error.
func (st *State) LoadString(source, name, path string) (*lua.LFunction, error) {
	how := Load{}
	if path != "" {
		how.By = "main"
	}
	return st.load(source, name, path, how)
}

func (st *State) load(source, name, path string, how Load) (*lua.LFunction, error) {
	chunk, err := st.cache.compile(source, name, func() bool { return st.mon.aborted() != nil })
	if abort := st.mon.aborted(); abort != nil && errors.Is(err, compile.ErrStopped) {
		return nil, abort // what loads gets it, and ends at its next instruction
	}
	if err != nil {
		return nil, syntaxError(err)
	}
	in := chunk.Instantiate()
	src := st.loaded.add(chunk, path, in, how)
	if st.hooks != nil && st.hooks.Load != nil && st.mon.guard == nil {
		st.hooks.Load(src, in)
	}
	return st.L.NewFunctionFromProto(in.Protos[0]), nil
}

func syntaxError(err error) *Error {
	e := &Error{Kind: KindSyntax, Message: err.Error(), Cause: err}
	var se *compile.SyntaxError
	if errors.As(err, &se) {
		e.Chunk, e.Line = se.Chunk, se.Line
	}
	return e
}

// LoadFile compiles a file. A relative name is under Host.Dir; messages show
// it as given.
func (st *State) LoadFile(name string) (*lua.LFunction, error) {
	return st.loadFile(name, Load{By: "main"})
}

func (st *State) loadFile(name string, how Load) (*lua.LFunction, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(workingDir(st.host.Dir), path)
	}
	system := st.host.System
	if how.By == "main" { // whoever names the script may read it
		system = lualib.OS{}
	}
	data, err := lualib.ReadScript(st.host, system, st.fileName(name))
	if abort := st.mon.aborted(); abort != nil && err != nil {
		return nil, abort
	}
	if denied, ok := errors.AsType[*lualib.Denied](err); ok {
		return nil, &Error{Kind: KindFile, Message: denied.Error(), Cause: denied}
	}
	if err != nil {
		return nil, &Error{Kind: KindFile, Message: "cannot open " + name + ": " + reason(err), Cause: err}
	}
	return st.load(FileSource(string(data)), "@"+name, path, how)
}

// fileName is a script's name of a file as the Host's System takes it. Where the
// Host's folder is the process's, it stays as it is, so that refusals show it.
func (st *State) fileName(name string) string {
	if st.host.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(st.host.Dir, name)
}

// FileChunk is how messages, and Error.Chunk, name the chunk of a file that was
// loaded under this name.
func FileChunk(name string) string { return compile.ChunkID("@" + name) }

// FileSource is the source that a file's content stands for: without a byte
// order mark, and with an empty first line where that begins with '#'.
func FileSource(content string) string {
	content = strings.TrimPrefix(content, "\ufeff")
	if strings.HasPrefix(content, "#") {
		if i := strings.IndexAny(content, "\r\n"); i >= 0 {
			return content[i:]
		}
		return ""
	}
	return content
}

// reason is the cause of a file error in C's words.
func reason(err error) string {
	var errno syscall.Errno
	if errors.Is(err, fs.ErrNotExist) {
		return "No such file or directory"
	}
	if errors.As(err, &errno) {
		s := errno.Error()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return err.Error()
}

func (st *State) openLoad() {
	L := st.L
	L.SetGlobal("load", L.NewFunction(st.luaLoad))
	L.SetGlobal("loadstring", L.NewFunction(st.luaLoadString))
	L.SetGlobal("loadfile", L.NewFunction(st.luaLoadFile))
	L.SetGlobal("dofile", L.NewFunction(st.luaDoFile))
	st.openRequire()
}

// loaded pushes a loaded function, or nil and a message.
func pushLoaded(L *lua.LState, fn *lua.LFunction, err error) int {
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	fn.Env = L.Env
	L.Push(fn)
	return 1
}

// luaLoad is load(chunk [, name [, mode [, env]]]): a string or a function as
// in Lua 5.2, a function alone as in 5.1.
func (st *State) luaLoad(L *lua.LState) int {
	var source string
	name := "=(load)"
	switch v := L.Get(1).(type) {
	case lua.LString:
		source, name = string(v), string(v)
	case *lua.LFunction:
		var ok bool
		if source, ok = st.readPieces(L, v); !ok {
			L.Push(lua.LNil)
			L.Push(lua.LString("reader function must return a string"))
			return 2
		}
	default:
		typeError(L, 1, "function")
	}
	name = L.OptString(2, name)
	fn, err := st.LoadString(source, name, "")
	n := pushLoaded(L, fn, err)
	if env, ok := L.Get(4).(*lua.LTable); ok && fn != nil {
		fn.Env = env
	}
	return n
}

func (st *State) readPieces(L *lua.LState, reader *lua.LFunction) (string, bool) {
	var b strings.Builder
	for {
		L.Push(reader)
		L.Call(0, 1)
		v := L.Get(-1)
		L.Pop(1)
		if v == lua.LNil {
			return b.String(), true
		}
		if !lua.LVCanConvToString(v) {
			return "", false
		}
		piece := lua.LVAsString(v)
		if piece == "" {
			return b.String(), true
		}
		st.alloc(L, int64(b.Len()+len(piece)))
		b.WriteString(piece)
	}
}

func (st *State) luaLoadString(L *lua.LState) int {
	if !lua.LVCanConvToString(L.Get(1)) {
		typeError(L, 1, "string")
	}
	source := operand(L.Get(1))
	fn, err := st.LoadString(source, L.OptString(2, source), "")
	return pushLoaded(L, fn, err)
}

func (st *State) luaLoadFile(L *lua.LState) int {
	fn, err := st.loadFile(L.CheckString(1), Load{By: "loadfile"})
	return pushLoaded(L, fn, err)
}

func (st *State) luaDoFile(L *lua.LState) int {
	fn, err := st.loadFile(L.CheckString(1), Load{By: "dofile"})
	if err != nil {
		if denied, ok := errors.AsType[*lualib.Denied](err); ok {
			st.Raise(L, denied.Err)
		}
		L.Error(lua.LString(err.Error()), 0)
	}
	fn.Env = L.Env
	L.SetTop(0)
	L.Push(fn)
	L.Call(0, lua.MultRet)
	return L.GetTop()
}
