package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// DataBreakpointInfo tells whether a variable can be watched: the child `name`
// of a container, or with ref 0 what the expression `name` stands for in a
// frame (0: a global). The ids of local variables are good for this stop, and
// for as long as they are set.
func (e *Engine) DataBreakpointInfo(ref int, name string, frame int) (out DataInfo, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		v, why, err := e.findVariable(at, ref, name, frame)
		if err != nil {
			return err
		}
		if v == nil {
			out.Description = why.Error()
			return nil
		}
		id := e.remember(v).id
		out = DataInfo{
			ID: id, Description: v.about, CanPersist: strings.HasPrefix(id, globalPrefix),
			Access: []DataAccess{AccessRead, AccessWrite, AccessReadWrite, AccessChange},
		}
		return nil
	})
	return out, err
}

// findVariable finds what is to be watched, or says why it cannot be.
func (e *Engine) findVariable(at *stop, ref int, name string, frame int) (v *variable, why error, err error) {
	if ref == 0 {
		r := frameRef{th: at.L}
		if frame != 0 {
			if r, err = e.frameOf(frame); err != nil {
				return nil, nil, err
			}
		}
		v, why = e.variableOf(r, name)
		return v, why, nil
	}
	c, ok := e.handles.get(ref).(container)
	if !ok {
		return nil, nil, fmt.Errorf("variables %d: %w", ref, ErrStale)
	}
	if rest, ok := c.(*restOf); ok {
		c = rest.container
	}
	v, why = e.childVariable(c, name)
	return v, why, nil
}

// childVariable is a child of a container as a variable.
func (e *Engine) childVariable(c container, name string) (*variable, error) {
	switch c := c.(type) {
	case *localScope:
		active := c.r.code.ActiveLocals(c.r.code.RawPc(c.r.f.Pc()))
		for i := len(active) - 1; i >= 0; i-- {
			if l := active[i]; !hidden(l) && (l.Name == name || fmt.Sprintf(shadowed, l.Name, l.Reg) == name) {
				return e.localVariable(c.r, l), nil
			}
		}
	case *upvalueScope:
		for i, n := range c.r.fn.Proto.DbgUpvalues {
			if n == name {
				return e.upvalueVariable(c.r, i)
			}
		}
	case *tableScope:
		if key, ok := keyNamed(c.t, name); ok {
			return fieldVariable(c.t, key, c.expr), nil
		}
	case *globalScope:
		return e.globalOf(c.env, name)
	case *listScope:
		return e.globalOf(c.env, name)
	}
	return nil, fmt.Errorf("%s cannot be watched: it is no variable", name)
}

// globalOf is an entry of an environment; name is as keyName gives it.
func (e *Engine) globalOf(env *lua.LTable, name string) (*variable, error) {
	key, ok := keyNamed(env, name)
	if !ok {
		return nil, fmt.Errorf("%s cannot be watched: it is no variable", name)
	}
	if env == e.st.L.G.Global && isIdentifier(name) {
		return globalVariable(env, name), nil
	}
	v := fieldVariable(env, key, "")
	v.about = v.name + " (global of this function)"
	return v, nil
}

// keyNamed finds the key that a client has been given the name of, which need
// not exist yet if it is an identifier or an index.
func keyNamed(t *lua.LTable, name string) (lua.LValue, bool) {
	if isIdentifier(name) {
		return lua.LString(name), true
	}
	if p := (&pathParser{text: name}); p.accept('[') {
		if key, ok := p.literal(); ok && p.accept(']') && p.text == "" {
			return key, true
		}
	}
	key, err := keyOf(&tableScope{t: t}, name)
	return key, err == nil
}

func fieldVariable(t *lua.LTable, key lua.LValue, container string) *variable {
	v := &variable{name: keyName(key), word: keyWord(key), target: &fieldTarget{table: t, key: key}}
	if container != "" {
		if name := keyExpr(container, key); name != "" {
			v.name = name
		}
	}
	v.about = v.name
	return v
}

// localVariable is a local that is in scope in a frame.
func (e *Engine) localVariable(r frameRef, l compile.Local) *variable {
	return &variable{
		name: l.Name, word: l.Name, about: fmt.Sprintf("%s (local of %s)", l.Name, e.frameName(r)),
		target: &cellTarget{
			decl: r.code, local: l, alive: true, thread: r.th, index: r.f.Index(), runs: r.fn,
			cell: vm.OpenCell(r.th, r.f.LocalBase()+l.Reg),
		},
	}
}

// upvalueVariable is an upvalue of a frame's function. While the activation
// that declares it is there, it is a local of that.
func (e *Engine) upvalueVariable(r frameRef, i int) (*variable, error) {
	name := r.fn.Proto.DbgUpvalues[i]
	decl, l, ok := (*compile.Function)(nil), compile.Local{}, false
	if r.code != nil {
		decl, l, ok = declarationOf(r.code, i)
	}
	if !ok {
		return nil, fmt.Errorf("%s cannot be watched: its declaration is not known", name)
	}
	up := r.fn.Upvalues[i]
	c := &cellTarget{decl: decl, local: l, cell: vm.CellOf(up), up: up}
	for _, th := range append(e.st.Threads(), e.st.L) {
		index, open := c.cell.OpenIn(th)
		if !open {
			continue
		}
		for f := currentFrame(th); f.Valid(); f = f.Parent() {
			if !f.IsGo() && f.LocalBase()+l.Reg == index {
				c.alive, c.thread, c.index, c.runs = true, th, f.Index(), functionOf(th, f)
				break
			}
		}
	}
	return &variable{name: name, word: name, about: fmt.Sprintf("%s (upvalue of %s)", name, e.frameName(r)), target: c}, nil
}

// variableOf is what a name with fields stands for in a frame.
func (e *Engine) variableOf(r frameRef, text string) (*variable, error) {
	p := &pathParser{text: text}
	path, ok := p.path()
	if !ok || p.text != "" {
		return nil, fmt.Errorf("%s cannot be watched: only variables and their fields, such as a.b[1], have a place that can", text)
	}
	if len(path.keys) == 0 {
		return e.named(r, path.name)
	}
	value := e.valueNamed(r, path.name)
	for i := 0; ; i++ {
		t, ok := value.(*lua.LTable)
		if !ok {
			return nil, fmt.Errorf("%s cannot be watched: %s is a %s value here, not a table", text, path.upTo(i), value.Type())
		}
		key, err := e.keyIn(r, path.keys[i])
		if err != nil {
			return nil, fmt.Errorf("%s cannot be watched: %w", text, err)
		}
		if i == len(path.keys)-1 {
			return fieldVariable(t, key, path.upTo(i)), nil
		}
		value = orNil(t.RawGet(key))
	}
}

// named is a local, an upvalue or a global.
func (e *Engine) named(r frameRef, name string) (*variable, error) {
	if r.code != nil {
		active := r.code.ActiveLocals(r.code.RawPc(r.f.Pc()))
		for i := len(active) - 1; i >= 0; i-- {
			if active[i].Name == name {
				return e.localVariable(r, active[i]), nil
			}
		}
		for i, n := range r.fn.Proto.DbgUpvalues {
			if n == name {
				return e.upvalueVariable(r, i)
			}
		}
	}
	return e.globalOf(environmentOf(r), name)
}

func environmentOf(r frameRef) *lua.LTable {
	if r.fn == nil || r.fn.IsG || r.fn.Env == nil {
		return r.th.G.Global
	}
	return r.fn.Env
}

// valueNamed is the value of a name.
func (e *Engine) valueNamed(r frameRef, name string) lua.LValue {
	v, err := e.named(r, name)
	if err != nil {
		return lua.LNil
	}
	value, _ := v.target.load()
	return orNil(value)
}

// keyIn is the value of a key of a path, which cannot be nil or NaN.
func (e *Engine) keyIn(r frameRef, k pathKeyPart) (lua.LValue, error) {
	if k.path == nil {
		return k.value, nil
	}
	value := e.valueNamed(r, k.path.name)
	for i, inner := range k.path.keys {
		t, ok := value.(*lua.LTable)
		if !ok {
			return nil, fmt.Errorf("%s is a %s value here, not a table", k.path.upTo(i), value.Type())
		}
		key, err := e.keyIn(r, inner)
		if err != nil {
			return nil, err
		}
		value = orNil(t.RawGet(key))
	}
	if n, ok := value.(lua.LNumber); value == lua.LNil || ok && n != n {
		return nil, errors.New("the key is " + value.String() + " here")
	}
	return value, nil
}
