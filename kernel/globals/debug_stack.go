package globals

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
)

// stackOptions say what a stack trace holds.
type stackOptions struct {
	depth                    int
	locals, upvalues, source bool
}

// stackFrame is a call of a stack trace.
type stackFrame struct {
	Function string          `json:"function"`
	Kind     string          `json:"kind"` // Lua, C or main
	Source   string          `json:"source"`
	Line     int             `json:"line,omitempty"`
	Text     string          `json:"text,omitempty"`
	Locals   []stackVariable `json:"locals,omitempty"`
	Upvalues []stackVariable `json:"upvalues,omitempty"`
}

type stackVariable struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (g *debugGlobal) stackOptions(L *lua.LState, function string) stackOptions {
	o := stackOptions{depth: 50}
	if L.Get(1) == lua.LNil {
		return o
	}
	p, err := checked(L.Get(1), options.StackOptions)
	if err != nil {
		g.raise(L, function, "%w", err)
	}
	if p.Has("max_depth") {
		o.depth = int(min(p.Float("max_depth"), 1000))
	}
	o.locals, o.upvalues, o.source = truthy(p["capture_locals"]), truthy(p["capture_upvalues"]), truthy(p["include_source"])
	return o
}

// call calls a function of the debug library and returns its first two results.
func (g *debugGlobal) call(L *lua.LState, fn lua.LValue, args ...lua.LValue) (a, b lua.LValue) {
	L.Push(fn)
	for _, v := range args {
		L.Push(v)
	}
	L.Call(len(args), 2)
	a, b = L.Get(-2), L.Get(-1)
	L.Pop(2)
	return a, b
}

// stack returns the calls of the running thread, the innermost first.
func (g *debugGlobal) stack(L *lua.LState, o stackOptions) []stackFrame {
	frames := []stackFrame{}
	for level := 2; len(frames) < o.depth; level++ { // 1 is the function of Debug
		v, _ := g.call(L, g.getinfo, lua.LNumber(level), lua.LString("nSlf"))
		info, ok := v.(*lua.LTable)
		if !ok {
			break
		}
		f := stackFrame{Kind: info.RawGetString("what").String(), Source: info.RawGetString("short_src").String()}
		if line, ok := info.RawGetString("currentline").(lua.LNumber); ok && line > 0 {
			f.Line = int(line)
		}
		switch name := info.RawGetString("name"); {
		case name != lua.LNil:
			f.Function = name.String()
		case f.Kind == "main":
			f.Function = "main chunk"
		default:
			f.Function = "?"
		}
		if o.locals && f.Kind != "C" {
			f.Locals = g.variables(L, g.getlocal, lua.LNumber(level))
		}
		if fn := info.RawGetString("func"); o.upvalues && f.Kind != "C" && fn.Type() == lua.LTFunction {
			f.Upvalues = g.variables(L, g.getupvalue, fn)
		}
		if o.source && f.Line > 0 {
			f.Text = g.sourceLine(info.RawGetString("source").String(), f.Line)
		}
		frames = append(frames, f)
	}
	return frames
}

// variables asks for the locals of a level or the upvalues of a function.
func (g *debugGlobal) variables(L *lua.LState, get, of lua.LValue) []stackVariable {
	var out []stackVariable
	for i := 1; i <= 250; i++ {
		name, value := g.call(L, get, of, lua.LNumber(i))
		if name == lua.LNil {
			break
		}
		if strings.HasPrefix(name.String(), "(") { // a value without a name
			continue
		}
		d := dumper{options: dumpOptions{depth: 2, text: 100, elements: 10, pairs: 10, compact: true}}
		d.value(value, 0)
		out = append(out, stackVariable{Name: name.String(), Type: value.Type().String(), Value: d.out.String()})
	}
	return out
}

// sourceLine returns a line of a chunk that is in memory, or of a file that the
// script may read.
func (g *debugGlobal) sourceLine(source string, line int) string {
	text := source
	if name, ok := strings.CutPrefix(source, "@"); ok {
		f, err := g.host.System.OpenFile(name, os.O_RDONLY, 0)
		if err != nil {
			return ""
		}
		defer f.Close()
		buf := make([]byte, 1<<20)
		n, _ := f.Read(buf)
		text = string(buf[:n])
	} else if strings.HasPrefix(source, "=") {
		return ""
	}
	lines := strings.SplitN(text, "\n", line+1)
	if len(lines) < line {
		return ""
	}
	return strings.TrimSpace(lines[line-1])
}

func (g *debugGlobal) stackTrace(L *lua.LState) int {
	var b strings.Builder
	b.WriteString("stack traceback:")
	for _, f := range g.stack(L, g.stackOptions(L, "Debug.stackTrace")) {
		fmt.Fprintf(&b, "\n\t%s", f.Source)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d", f.Line)
		}
		b.WriteString(": in " + f.Function)
		if f.Text != "" {
			b.WriteString("\n\t\t> " + f.Text)
		}
		for _, v := range f.Locals {
			fmt.Fprintf(&b, "\n\t\t%s = %s", v.Name, v.Value)
		}
		for _, v := range f.Upvalues {
			fmt.Fprintf(&b, "\n\t\t%s = %s (upvalue)", v.Name, v.Value)
		}
	}
	L.Push(lua.LString(b.String()))
	return 1
}

func (g *debugGlobal) stackTraceJSON(L *lua.LState) int {
	text, err := json.Marshal(g.stack(L, g.stackOptions(L, "Debug.stackTraceJson")))
	if err != nil {
		return g.raise(L, "Debug.stackTraceJson", "%w", err)
	}
	L.Push(lua.LString(text))
	return 1
}
