package debug

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// container is what a variables handle stands for.
type container interface {
	// size counts the named and the indexed children.
	size() (named, indexed int)
	// named returns count named children from start on, indexed likewise.
	named(start, count int) []child
	indexed(start, count int) []child
	// set changes a child.
	set(name string, v lua.LValue) error
}

// cells is a container whose children can be looked at again and set.
type cells interface {
	container
	get(ch child) lua.LValue
	put(ch child, v lua.LValue) error
}

// child is a variable in a container. expr gives its value in the frame that
// the container belongs to.
type child struct {
	name     string
	key      lua.LValue // of entries of tables, nil for others
	value    lua.LValue
	expr     string
	kind     VariableKind
	nested   container // for children that are no Lua values
	text     string    // their text
	lazy     bool      // nested is opened only on demand, for one value
	readOnly bool
}

// word is the name by which secrets know a child.
func (ch *child) word() string {
	if ch.key != nil {
		return keyWord(ch.key)
	}
	name, _, _ := strings.Cut(ch.name, " (shadowed")
	return name
}

// maxChildren is how many children are given at once to a client that does not
// page; the rest is behind a last child.
const maxChildren = 500

func (v *view) children(c container, filter VariableFilter, start, count int) []child {
	named, indexed := c.size()
	switch filter {
	case FilterIndexed:
		named = 0
	case FilterNamed:
		indexed = 0
	}
	limit := count
	if count <= 0 {
		limit = maxChildren
	}
	var out []child
	if start < indexed {
		out = c.indexed(start, min(limit, indexed-start))
	}
	from := max(start-indexed, 0)
	if room := limit - len(out); room > 0 && from < named {
		out = append(out, c.named(from, min(room, named-from))...)
	}
	if left := named + indexed - start - limit; count <= 0 && left > 0 {
		rest := &restOf{container: c, filter: filter, start: start + limit}
		out = append(out, child{name: fmt.Sprintf("… %d more", left), kind: KindVirtual, nested: rest, readOnly: true})
	}
	return out
}

// restOf stands for the children that did not fit.
type restOf struct {
	container
	filter VariableFilter
	start  int
}

// variable gives a child of a container its text and handle.
func (v *view) variable(c container, ch child) Variable {
	if ch.nested != nil {
		out := Variable{Name: ch.name, Value: ch.text, Kind: ch.kind, ReadOnly: true, Lazy: ch.lazy, Ref: v.e.handles.add(ch.nested)}
		if _, rest := ch.nested.(*restOf); !rest && !ch.lazy {
			out.Named, out.Indexed = ch.nested.size()
		}
		return out
	}
	if v.secrets.hides(ch.word(), ch.value) {
		return Variable{Name: v.childName(ch), Value: masked, EvaluateName: v.evaluateName(ch.expr), Kind: KindData, ReadOnly: ch.readOnly}
	}
	out := v.describe(v.childName(ch), ch.value, ch.expr)
	out.ReadOnly = ch.readOnly
	if ch.kind != "" {
		out.Kind = ch.kind
	}
	if c, ok := c.(cells); ok {
		out.Memory = v.memory(&memoryRef{c: c, ch: ch, value: ch.value})
	}
	return out
}

// childName is the name of a child as shown.
func (v *view) childName(ch child) string {
	if n, ok := ch.key.(lua.LNumber); ok && v.format.Hex {
		return "[" + v.number(n) + "]"
	}
	return v.secrets.redact(ch.name)
}

// evaluateName is an expression, unless a secret stands in it.
func (v *view) evaluateName(expr string) string {
	if v.secrets.touches(expr) {
		return ""
	}
	return expr
}

// describe is the Variable of a Lua value.
func (v *view) describe(name string, value lua.LValue, expr string) Variable {
	expr = v.evaluateName(expr)
	out := Variable{Name: name, Value: v.text(value, maxText), Type: value.Type().String(), EvaluateName: expr, Kind: KindData, Place: v.e.place(value)}
	switch x := value.(type) {
	case *lua.LTable:
		c := &tableScope{t: x, expr: expr, shape: v.e.st.ShapeOf(x)}
		out.Named, out.Indexed = c.size()
		if out.Named+out.Indexed > 0 {
			out.Ref = v.e.handles.add(c)
		}
	case *lua.LUserData:
		c := &userdataScope{x, expr}
		if out.Named, _ = c.size(); out.Named > 0 {
			out.Ref = v.e.handles.add(c)
		}
	case *lua.LFunction:
		out.Kind = KindMethod
	}
	return out
}

// --- locals ---

// localNames are the names of the locals in scope in a frame.
func (r frameRef) localNames() map[string]bool {
	names := map[string]bool{}
	if r.code != nil {
		for _, l := range r.code.ActiveLocals(r.code.RawPc(r.f.Pc())) {
			names[l.Name] = true
		}
	}
	return names
}

// localScope holds the locals of a frame and its varargs.
type localScope struct{ r frameRef }

func (s *localScope) frame() frameRef { return s.r }

// entries are the locals that the program can name, outermost first: those that
// are shadowed by a later one of the same name come with their register.
func (s *localScope) entries() []child {
	d := vm.Debug(s.r.th, s.r.f)
	active := s.r.code.ActiveLocals(s.r.code.RawPc(s.r.f.Pc()))
	last := map[string]int{}
	for i, l := range active {
		last[l.Name] = i
	}
	var out []child
	for i, l := range active {
		if hidden(l) {
			continue
		}
		ch := child{name: l.Name, value: vm.Register(s.r.th, d, l.Reg), expr: l.Name}
		if last[l.Name] != i {
			ch.name, ch.expr = fmt.Sprintf(shadowed, l.Name, l.Reg), ""
		}
		out = append(out, ch)
	}
	for i, v := range varargs(s.r.th, d, s.r.f, s.r.fn) {
		name := fmt.Sprintf("(...)[%d]", i+1)
		out = append(out, child{name: name, value: v, expr: fmt.Sprintf("(select(%d, ...))", i+1), readOnly: true})
	}
	return out
}

// shadowed is how a local is called that a later one of its name hides.
const shadowed = "%s (shadowed, register %d)"

func hidden(l compile.Local) bool { return l.Name[0] == '(' }

func (s *localScope) size() (int, int)         { return len(s.entries()), 0 }
func (s *localScope) indexed(int, int) []child { return nil }
func (s *localScope) named(start, count int) []child {
	return page(s.entries(), start, count)
}

func page(all []child, start, count int) []child {
	start = min(start, len(all))
	return all[start:min(start+count, len(all))]
}

func (s *localScope) set(name string, v lua.LValue) error {
	d := vm.Debug(s.r.th, s.r.f)
	reg := -1
	for _, l := range s.r.code.ActiveLocals(s.r.code.RawPc(s.r.f.Pc())) {
		if !hidden(l) && (l.Name == name || fmt.Sprintf(shadowed, l.Name, l.Reg) == name) {
			reg = l.Reg
		}
	}
	if reg < 0 {
		return fmt.Errorf("no local variable %q can be set here", name)
	}
	s.r.th.SetLocal(d, reg+1, v)
	return nil
}

func (s *localScope) get(ch child) lua.LValue          { return valueOf(s.entries(), ch.name) }
func (s *localScope) put(ch child, v lua.LValue) error { return s.set(ch.name, v) }

// valueOf finds a child by its name.
func valueOf(all []child, name string) lua.LValue {
	for _, ch := range all {
		if ch.name == name {
			return ch.value
		}
	}
	return lua.LNil
}

// --- upvalues ---

type upvalueScope struct{ r frameRef }

func (s *upvalueScope) frame() frameRef          { return s.r }
func (s *upvalueScope) size() (int, int)         { return len(s.r.fn.Upvalues), 0 }
func (s *upvalueScope) indexed(int, int) []child { return nil }
func (s *upvalueScope) named(start, count int) []child {
	var all []child
	locals := s.r.localNames()
	for i, u := range s.r.fn.Upvalues {
		ch := child{name: s.r.fn.Proto.DbgUpvalues[i], value: orNil(u.Value())}
		if !locals[ch.name] {
			ch.expr = ch.name
		}
		all = append(all, ch)
	}
	return page(all, start, count)
}

func (s *upvalueScope) set(name string, v lua.LValue) error {
	for i, n := range s.r.fn.Proto.DbgUpvalues {
		if n == name {
			s.r.fn.Upvalues[i].SetValue(v)
			return nil
		}
	}
	return fmt.Errorf("no upvalue %q", name)
}

func (s *upvalueScope) get(ch child) lua.LValue {
	return valueOf(s.named(0, len(s.r.fn.Upvalues)), ch.name)
}
func (s *upvalueScope) put(ch child, v lua.LValue) error { return s.set(ch.name, v) }

func orNil(v lua.LValue) lua.LValue {
	if v == nil {
		return lua.LNil
	}
	return v
}
