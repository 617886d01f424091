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
	}
	return false
}
