package analysis

import (
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Misfit says why the arguments of a call are not those that the function takes.
type Misfit struct {
	Kind MisfitKind
	Func *types.Func
	// Arg is the first argument that is too many, or the one of the wrong type; None
	// for one that is missing.
	Arg syntax.Node
	// Param is the parameter that lacks its argument, or has one of the wrong type.
	Param types.Parameter
	// Got is the type of Arg.
	Got types.Type
	// Least and Most are how many arguments the function takes, Given how many it gets.
	// Most is -1 if it takes any number.
	Least, Most, Given int
}

// MisfitKind is a kind of Misfit.
type MisfitKind uint8

// The kinds of misfits.
const (
	TooManyArguments MisfitKind = iota + 1
	TooFewArguments
	WrongArgument
	// MissingReceiver: a method is called with a dot, and without its object.
	MissingReceiver
	// NeedlessReceiver: a function that takes no object is called with a colon.
	NeedlessReceiver
)

// Misfit compares the arguments of a Call with the function that it calls. It is only
// ok where the function is known for certain, its annotations say what it takes, and the
// arguments are what they are whatever the program does: literals, and variables that
// hold one all the time.
func (s *Snapshot) Misfit(f *File, call syntax.Node) (m Misfit, ok bool) {
	return m, in(s, f, func(u *unit) bool {
		if u.tree.Kind(call) == syntax.Call {
			m, ok = u.misfit(u.site(call))
		}
		return ok
	})
}

func (u *unit) misfit(s site) (Misfit, bool) {
	f, ok := u.typeOf(s.callee).(*types.Func)
	if !ok || !u.calleeIsCertain(s.callee, f) {
		return Misfit{}, false
	}
	switch f.Special {
	case "pcall", "xpcall": // the arguments are those of another function
		return Misfit{}, false
	}
	var worst Misfit
	for _, way := range append(f.Overloads[:len(f.Overloads):len(f.Overloads)], f) {
		m, wrong := u.misfitOf(s, way)
		if !wrong {
			return Misfit{}, false
		}
		// The way that takes the most of the arguments is the one that was meant.
		if worst.Kind == 0 || m.Arg > worst.Arg {
			worst = m
		}
	}
	return worst, true
}

// calleeIsCertain tells whether what is called is that function, and not something else
// that a variable holds by then.
func (u *unit) calleeIsCertain(callee syntax.Node, f *types.Func) bool {
	t := u.tree
	if fn, ok := f.Origin.(*function); ok && !fn.u.file.library {
		return u.declaredOnce(callee, f)
	}
	if !u.certain(callee, maxCertain) {
		return false
	}
	if k := t.Kind(callee); k == syntax.Index || k == syntax.Method {
		if root := t.First(callee); t.Kind(root) == syntax.Name {
			return u.fieldNeverWritten(root, t.NameOf(t.Child(callee, 1)))
		}
	}
	return true
}

// holder is a variable, or a field of what it holds.
type holder struct {
	v             scope.Var // NoVar: of the global
	global, field string
}

// neverWritten tells whether a name is a local with one value, or a global that the file
// does not assign.
func (u *unit) neverWritten(name syntax.Node) bool { return u.fieldNeverWritten(name, "") }

// fieldNeverWritten tells whether the file assigns no field of that name to the table
// that a variable holds: string.trim = … makes another function of it. "" stands for the
// variable itself.
func (u *unit) fieldNeverWritten(root syntax.Node, name string) bool {
	h := holder{v: u.file.Vars().Var(root), field: name}
	if h.v == scope.NoVar {
		h.global = u.tree.NameOf(root)
	}
	if known, ok := u.constant[h]; ok {
		return known
	}
	if u.constant == nil {
		u.constant = map[holder]bool{}
	}
	u.constant[h] = !u.holderWritten(h)
	return u.constant[h]
}

func (u *unit) holderWritten(h holder) bool {
	vars, t := u.file.Vars(), u.tree
	uses := vars.Globals[h.global]
	if h.v != scope.NoVar {
		uses = vars.Vars[h.v].Uses
	}
	for _, use := range uses {
		if h.field == "" {
			if use.Write {
				return true
			}
			continue
		}
		at := t.Parent(use.Node)
		if k := t.Kind(at); (k == syntax.Index || k == syntax.Method) && t.First(at) == use.Node && t.NameOf(t.Child(at, 1)) == h.field && u.isTarget(at) {
			return true
		}
	}
	return false
}

// declaredOnce tells whether a call names the one function that a statement declares:
// local function f as f, function M.f as M.f with an M that is never assigned again. What
// only may hold it, such as a parameter, an element or x or f, may hold another one.
func (u *unit) declaredOnce(callee syntax.Node, f *types.Func) bool {
	t := u.tree
	fn := f.Origin.(*function)
	stat := fn.u.tree.Parent(fn.body)
	switch fn.u.tree.Kind(stat) {
	case syntax.LocalFunc:
		if t.Kind(callee) != syntax.Name || fn.u.file.URI != u.file.URI {
			return false
		}
		v := u.file.Vars().Var(callee)
		return v != scope.NoVar && t.Parent(u.file.Vars().Vars[v].Decl) == stat && u.neverWritten(callee)
	case syntax.FuncStat:
		if k := t.Kind(callee); k != syntax.Index && k != syntax.Method {
			return false
		}
		target := fn.u.tree.First(stat)
		if t.NameOf(t.Child(callee, 1)) != fn.u.tree.NameOf(fn.u.tree.Child(target, 1)) || !u.heldForSure(t.First(callee)) {
			return false
		}
		if fn.single == 0 {
			fn.single = -1
			if fn.onlyField(stat) {
				fn.single = 1
			}
		}
		return fn.single > 0
	}
	return false
}

// heldForSure tells whether an object of the file is what its type says: a local that
// holds one value all the time, which is a table, a module or what a function returns, or a
// parameter with an annotation.
func (u *unit) heldForSure(n syntax.Node) bool {
	t := u.tree
	if u.certain(n, maxCertain) {
		return true
	}
	if t.Kind(n) != syntax.Name || !u.neverWritten(n) {
		return false
	}
	v := u.file.Vars().Var(n)
	if v == scope.NoVar || u.file.Vars().Vars[v].Kind != scope.Local {
		return false
	}
	return t.Kind(u.initial(&u.file.Vars().Vars[v])) == syntax.Call
}

// onlyField tells whether a function M.f is the only one that the file stores there, with
// an M that is a local and never assigned again.
func (fn *function) onlyField(stat syntax.Node) bool {
	target := fn.u.tree.First(stat)
	if fn.u.tree.Kind(target) == syntax.Name {
		return false // a global, which other files may assign
	}
	root, written := fn.u.tree.First(target), 0
	if fn.u.tree.Kind(root) != syntax.Name {
		return false
	}
	vars := fn.u.file.Vars()
	v := vars.Var(root)
	if v == scope.NoVar {
		return false
	}
	name := fn.u.tree.NameOf(fn.u.tree.Child(target, 1))
	for _, use := range vars.Vars[v].Uses {
		if use.Write {
			return false
		}
		at := fn.u.tree.Parent(use.Node)
		switch fn.u.tree.Kind(at) {
		case syntax.Index, syntax.Method:
			if fn.u.tree.First(at) == use.Node && fn.u.tree.NameOf(fn.u.tree.Child(at, 1)) == name && fn.u.isTarget(at) {
				written++
			}
		case syntax.IndexKey:
			if fn.u.isTarget(at) {
				return false
			}
		}
	}
	return written == 1
}

// misfitOf compares the arguments of a call with one way to call a function.
func (u *unit) misfitOf(s site, f *types.Func) (Misfit, bool) {
	m := Misfit{Func: f, Most: len(f.Params), Given: len(s.args)}
	if f.Vararg != nil {
		m.Most = -1
	}
	open := false // the last argument may be any number of values
	if n := len(s.args); n > 0 {
		k := u.tree.Kind(s.args[n-1])
		open = k == syntax.Call || k == syntax.Vararg
	}
	own := !fromLibrary(f)
	shift, ok := u.argumentShift(s, f)
	if !ok {
		if s.colon {
			m.Kind = NeedlessReceiver
		} else {
			m.Kind = MissingReceiver
		}
		return m, true
	}
	told := !own
	if !told {
		told = len(f.Params) > 0
		for _, p := range f.Params {
			told = told && p.Type != types.Unknown
		}
	}
	for i := range f.Params {
		if at := i - shift; at >= 0 && u.required(f.Params[i]) {
			m.Least = at + 1
		}
	}
	if m.Most >= 0 {
		m.Most -= shift
	}
	for i, arg := range s.args {
		at := i + shift
		if at < 0 || i == len(s.args)-1 && open {
			continue
		}
		if m.Most >= 0 && i >= m.Most {
			m.Kind, m.Arg = TooManyArguments, arg
			if s.colon && !f.Self && own {
				m.Kind = NeedlessReceiver
			}
			return m, told || own && s.colon == f.Self && u.tree.Kind(s.callee) == syntax.Name || m.Kind == NeedlessReceiver
		}
		p := types.Parameter{Name: "...", Type: f.Vararg}
		if at < len(f.Params) {
			p = f.Params[at]
		}
		if got, certain := u.certainType(arg); told && certain && !u.takes(p, got) {
			m.Kind, m.Arg, m.Param, m.Got = WrongArgument, arg, p, got
			return m, true
		}
	}
	if !open && m.Given < m.Least && told {
		m.Kind, m.Param = TooFewArguments, f.Params[m.Given+shift]
		return m, true
	}
	return m, false
}

// argumentShift is how much the number of an argument differs from that of its
// parameter; not ok if the receiver cannot be what the function takes.
func (u *unit) argumentShift(s site, f *types.Func) (shift int, ok bool) {
	standard := library.Standard(f.Decl.URI)
	switch {
	case s.colon && f.Self:
		return 0, true
	case s.colon && fromLibrary(f) && !standard:
		return 0, true // the kernel's functions take either
	case s.colon:
		recv := s.receiver()
		if standard && (len(f.Params) == 0 || typeName(recv) != "" && !u.takes(f.Params[0], recv)) {
			return 0, false
		}
		return 1, true
	case f.Self && fromLibrary(f) && !standard:
		return s.shift(f), true
	case f.Self:
		if len(s.args) == 0 {
			return -1, !u.usesSelf(f)
		}
		if got, certain := u.certainType(s.args[0]); certain {
			if name := typeName(got); name != "table" && name != "" && u.usesSelf(f) {
				return -1, false
			}
		}
		return -1, true
	}
	return 0, true
}

// usesSelf tells whether a method looks at its object, so that it needs one.
func (u *unit) usesSelf(f *types.Func) bool {
	fn, ok := f.Origin.(*function)
	if !ok || fn.u.file.library {
		return true
	}
	if fn.self == 0 {
		fn.self = -1
		if fn.readsSelf() {
			fn.self = 1
		}
	}
	return fn.self > 0
}

func (fn *function) readsSelf() bool {
	for _, v := range fn.u.file.Vars().Vars {
		if v.Kind != scope.Self || v.Function != fn.body {
			continue
		}
		for _, use := range v.Uses {
			at := fn.u.tree.Parent(use.Node)
			if k := fn.u.tree.Kind(at); (k == syntax.Index || k == syntax.Method) && fn.u.tree.First(at) == use.Node && v.Function == fn.u.functionAround(use.Node) {
				return true
			}
		}
	}
	return false
}

// required tells whether a parameter must be given.
func (u *unit) required(p types.Parameter) bool {
	switch p.Type {
	case types.Unknown, types.Any, nil:
		return false
	}
	return !p.Optional && !hasNil(p.Type) && !hasParam(p.Type, 0)
}

// takes tells whether a parameter may be given a value of a type. What Lua converts
// passes, and what is in doubt.
func (u *unit) takes(p types.Parameter, got types.Type) bool {
	if refuses(p.Type, got, 0) { // also of types that calls choose
		return got == types.Nil && p.Optional
	}
	if p.Type == nil || hasParam(p.Type, 0) || got == types.Nil && p.Optional || assignable(got, p.Type, 0) {
		return true
	}
	wants := func(t types.Type) bool {
		switch typeName(t) {
		case "boolean": // anything is true or false
			return true
		case "string":
			_, one := t.(*types.Literal)
			return !one && typeName(got) == "number"
		case "number":
			if l, ok := got.(*types.Literal); ok {
				if s, ok := l.Value.(string); ok {
					_, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
					return err == nil || strings.Contains(s, "x")
				}
			}
			return got == types.Type(types.String) || typeName(got) == "number"
		}
		return false
	}
	if union, ok := p.Type.(*types.Union); ok {
		for _, of := range union.Of {
			if wants(of) {
				return true
			}
		}
		return false
	}
	return wants(p.Type)
}

// refuses tells whether a type is one of tables, and a value is none.
func refuses(t, got types.Type, depth int) bool {
	if depth > maxTypeDepth {
		return false
	}
	switch t := t.(type) {
	case *types.Array, *types.Map, *types.Tuple, *types.Object:
	case types.Basic:
		if t != types.TableType {
			return false
		}
	case *types.Param:
		return t.Bound != nil && refuses(t.Bound, got, depth+1)
	case *types.Union:
		for _, of := range t.Of {
			if of == types.Nil && got == types.Nil || of != types.Nil && !refuses(of, got, depth+1) {
				return false
			}
		}
		return true
	default:
		return false
	}
	switch typeName(got) {
	case "nil", "number", "string", "boolean":
		return true
	case "function":
		_, object := t.(*types.Object)
		return !object
	}
	return false
}

// certainType is the type that an expression has whatever the program does.
func (u *unit) certainType(n syntax.Node) (types.Type, bool) { return u.certainWithin(n, 8) }

func (u *unit) certainWithin(n syntax.Node, depth int) (types.Type, bool) {
	t := u.tree
	if depth == 0 {
		return nil, false
	}
	switch t.Kind(n) {
	case syntax.Nil, syntax.True, syntax.False, syntax.Number, syntax.String:
		return u.typeOf(n), true
	case syntax.Table:
		return types.TableType, true
	case syntax.Function:
		return types.FunctionType, true
	case syntax.Paren:
		return u.certainWithin(t.First(n), depth-1)
	case syntax.Unary:
		switch t.TokenKind(t.Token(n)) {
		case syntax.Not:
			return types.Boolean, true
		case syntax.Minus:
			of, ok := u.certainWithin(t.First(n), depth-1)
			return types.Number, ok && typeName(of) == "number"
		}
	case syntax.Binary:
		switch t.TokenKind(t.Token(n)) {
		case syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
			return types.Boolean, true
		case syntax.Concat:
			for c := range t.Children(n) {
				if of, ok := u.certainWithin(c, depth-1); !ok || typeName(of) != "string" && typeName(of) != "number" {
					return nil, false // a metamethod may give anything
				}
			}
			return types.String, true
		}
	case syntax.Name:
		v := u.file.Vars().Var(n)
		if v == scope.NoVar || !u.neverWritten(n) {
			return nil, false
		}
		x := &u.file.Vars().Vars[v]
		switch x.Kind {
		case scope.LocalFunction:
			return types.FunctionType, true
		case scope.Local:
			if value := u.initial(x); value != syntax.None {
				return u.certainWithin(value, depth-1)
			}
		}
	}
	return nil, false
}
