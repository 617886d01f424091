package analysis

import (
	"slices"

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

// Misfits compares the arguments of a Call with the function that it calls. There are only
// some where the function is known for certain, its annotations say what it takes, and the
// arguments are what they are whatever the program does: literals, and variables that
// hold one all the time.
func (s *Snapshot) Misfits(f *File, call syntax.Node) []Misfit {
	return in(s, f, func(u *unit) []Misfit {
		if u.tree.Kind(call) != syntax.Call {
			return nil
		}
		return u.misfits(u.site(call))
	})
}

func (u *unit) misfits(s site) []Misfit {
	f, ok := u.typeOf(s.callee).(*types.Func)
	if !ok || !u.calleeIsCertain(s.callee, f) {
		return nil
	}
	switch f.Special {
	case "pcall", "xpcall": // the arguments are those of another function
		return nil
	}
	if len(f.Overloads) == 0 {
		return u.misfitsOf(s, f, f)
	}
	var worst Misfit
	counts := false // whether as many arguments as worst takes are given
	for _, way := range append(f.Overloads[:len(f.Overloads):len(f.Overloads)], f) {
		list := u.misfitsOf(s, way, f)
		if len(list) == 0 {
			return nil
		}
		// The way that takes as many arguments is the one that was meant, else that which takes
		// the most of them, of several the ordinary one. What else does not fit it may fit another one.
		m, fits := list[0], !slices.ContainsFunc(list, func(m Misfit) bool { return m.Kind == TooManyArguments || m.Kind == TooFewArguments })
		if worst.Kind == 0 || fits && !counts || fits == counts && (m.Arg > worst.Arg || way == f && m.Kind == worst.Kind && m.Arg == worst.Arg) {
			worst, counts = m, fits
		}
	}
	return []Misfit{worst}
}

// misfitsOf compares the arguments of a call with one way to call a function: f itself, or
// what an annotation of declared says.
func (u *unit) misfitsOf(s site, f, declared *types.Func) (list []Misfit) {
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
	converts := !fromLibrary(declared) || library.Standard(declared.Decl.URI)
	shift, ok := u.argumentShift(s, f)
	if !ok {
		if s.colon {
			m.Kind = NeedlessReceiver
		} else {
			m.Kind = MissingReceiver
		}
		return []Misfit{m}
	}
	told := !own
	if !told {
		told = len(f.Params) > 0
		for _, p := range f.Params {
			told = told && p.Type != types.Unknown
		}
	}
	for i := range f.Params {
		if at := i - shift; at >= 0 && u.required(f.Params[i], !own) {
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
			if told || own && s.colon == f.Self && u.tree.Kind(s.callee) == syntax.Name || m.Kind == NeedlessReceiver {
				list = append(list, m)
			}
			return list
		}
		p := types.Parameter{Name: "...", Type: f.Vararg}
		if at < len(f.Params) {
			p = f.Params[at]
		}
		if got, certain := u.certainType(arg); told && certain && (!u.takes(p, got, !fromLibrary(declared)) || !converts && !takesExactly(p, declared, got)) {
			wrong := m
			wrong.Kind, wrong.Arg, wrong.Param, wrong.Got = WrongArgument, arg, p, got
			list = append(list, wrong)
		}
	}
	if !open && m.Given < m.Least && told {
		m.Kind, m.Param = TooFewArguments, f.Params[m.Given+shift]
		list = append(list, m)
	}
	return list
}

// argumentShift is how much the number of an argument differs from that of its
// parameter; not ok if the receiver cannot be what the function takes.
func (u *unit) argumentShift(s site, f *types.Func) (shift int, ok bool) {
	standard, own := library.Standard(f.Decl.URI), !fromLibrary(f)
	switch {
	case s.colon && f.Self:
		return 0, true
	case s.colon && fromLibrary(f) && !standard:
		return 0, true // the kernel's functions take either
	case s.colon:
		recv := s.receiver()
		if standard && (len(f.Params) == 0 || typeName(recv) != "" && !u.takes(f.Params[0], recv, own)) {
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
	u := fn.u
	if u.selfOf == nil {
		u.selfOf = map[syntax.Node]scope.Var{}
		for v := range u.file.Vars().Vars {
			if x := &u.file.Vars().Vars[v]; x.Kind == scope.Self {
				u.selfOf[x.Function] = scope.Var(v)
			}
		}
	}
	v, ok := u.selfOf[fn.body]
	if !ok {
		return false
	}
	for _, use := range u.file.Vars().Vars[v].Uses {
		at := u.tree.Parent(use.Node)
		if k := u.tree.Kind(at); (k == syntax.Index || k == syntax.Method) && u.tree.First(at) == use.Node && fn.body == u.functionAround(use.Node) {
			return true
		}
	}
	return false
}
