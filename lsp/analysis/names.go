package analysis

import (
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Named is a place where a script names a state key, a scope, an event or a hook point of
// its own in a direct call.
type Named struct {
	types.Location
	// Slot is the kind, as in Slot; Arg the scope of a state key, "" where it is not known.
	Slot, Name, Arg string
	// Write: what is named is made or changed there.
	Write bool
	// Kind is what a value that is written is, as far as its text says it: "table",
	// "number", …; Type its type, in the file that was asked about.
	Kind string
	Type types.Type

	value syntax.Node
}

// namedIn says of a function what its arguments name.
type namedIn struct {
	slot     string
	name     int // the number of the argument, from 0
	scope    int // of the argument that is the scope; -1: the option scope; -2: prefix and argument 0
	value    int // that is written, -1 for none
	write    bool
	ofPrefix string
	// scopeFirst: where argument 1 is a text it is the name, and argument 0 the scope.
	scopeFirst bool
}

const (
	scopeOption = -1
	scopePrefix = -2
)

// namedFunctions are the functions of the kernel whose strings name what scripts make, by
// the global and the function.
func namedFunctions(global, function string) (namedIn, bool) {
	switch global {
	case "State":
		switch function {
		case "get", "exists", "info", "history":
			return namedIn{slot: "state", scope: scopeOption, value: -1}, true
		case "delete":
			return namedIn{slot: "state", scope: scopeOption, value: -1, write: true, scopeFirst: true}, true
		case "set":
			return namedIn{slot: "state", scope: scopeOption, value: 1, write: true}, true
		case "compare_and_set":
			return namedIn{slot: "state", scope: scopeOption, value: 2, write: true}, true
		case "increment":
			return namedIn{slot: "state", scope: scopeOption, value: -1, write: true}, true
		case "save":
			return namedIn{slot: "state", name: 1, value: 2, write: true}, true
		case "load":
			return namedIn{slot: "state", name: 1, value: -1}, true
		case "agent_get", "tool_get":
			return namedIn{slot: "state", name: 1, scope: scopePrefix, ofPrefix: strings.TrimSuffix(function, "_get") + ":", value: -1}, true
		case "agent_set", "tool_set":
			return namedIn{slot: "state", name: 1, scope: scopePrefix, ofPrefix: strings.TrimSuffix(function, "_set") + ":", value: 2, write: true}, true
		}
	case "Event":
		switch function {
		case "publish":
			return namedIn{slot: "event", value: 1, write: true}, true
		case "subscribe", "on", "history":
			return namedIn{slot: "event", value: -1}, true
		}
	case "Hook":
		switch function {
		case "register":
			return namedIn{slot: "hook", value: -1}, true
		case "fire":
			return namedIn{slot: "hook", value: 1, write: true}, true
		}
	}
	return namedIn{}, false
}

// maxNamed is how many names of a file are kept.
const maxNamed = 2000

// named finds what the file names, in no order. It needs no types.
func (f *File) named() []Named {
	f.namedOnce.Do(func() {
		if f.library {
			return
		}
		for _, global := range [...]string{"State", "Event", "Hook"} {
			for _, use := range f.Vars().Globals[global] {
				if !use.Write {
					f.namedBy(global, use.Node, 0)
				}
			}
		}
	})
	return f.names
}

// namedBy follows an expression that is a global of the kernel.
func (f *File) namedBy(global string, n syntax.Node, depth int) {
	t := f.Tree()
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.Method:
		call := t.Parent(parent)
		if t.First(parent) != n || t.Kind(call) != syntax.Call || t.First(call) != parent {
			return
		}
		if in, ok := namedFunctions(global, t.NameOf(t.Child(parent, 1))); ok {
			f.namedCall(in, t.Child(call, 1))
		}
	case syntax.ExprList: // local S = State
		stat := t.Parent(parent)
		if t.Kind(stat) != syntax.LocalStat || t.First(parent) != n || depth == maxAliases {
			return
		}
		if v := f.Vars().Var(t.First(t.First(stat))); v != scope.NoVar && !written(&f.Vars().Vars[v]) {
			for _, use := range f.Vars().Vars[v].Uses {
				f.namedBy(global, use.Node, depth+1)
			}
		}
	}
}

// namedCall notes what the arguments of a call name.
func (f *File) namedCall(in namedIn, args syntax.Node) {
	t := f.Tree()
	if k := t.Kind(t.Child(args, 1)); in.scopeFirst && (k == syntax.String || k == syntax.Number) {
		in.name, in.scope = 1, 0
	}
	arg := t.Child(args, in.name)
	if t.Kind(arg) == syntax.Table { // Event.on({"a", "b"}, …)
		for item := range t.Children(arg) {
			f.name(in, args, t.First(item))
		}
		return
	}
	f.name(in, args, arg)
}

func (f *File) name(in namedIn, args, n syntax.Node) {
	t := f.Tree()
	value, ok := t.String(n)
	if !ok || t.Kind(n) != syntax.String || value == "" || len(value) > maxIndexedString || len(f.names) >= maxNamed || strings.Contains(value, syntax.Marker) {
		return
	}
	q, closed := t.Quote(n)
	if !closed || !q.Closed {
		return
	}
	x := Named{Location: types.Location{URI: f.URI, Start: q.Start, End: q.End}, Slot: in.slot, Name: strings.Clone(value), Write: in.write}
	switch in.slot {
	case "state":
		x.Arg = strings.Clone(f.scopeOf(in, args))
	case "event":
		if strings.ContainsAny(value, "*?") {
			return
		}
	case "hook":
		if !strings.HasPrefix(value, "custom:") {
			return
		}
	}
	if in.value >= 0 {
		x.value = t.Child(args, in.value)
		x.Kind = writtenKind(t, x.value)
	}
	f.names = append(f.names, x)
}

// scopeOf is the scope of a state key, "global" if none is given, "" if it is not known.
func (f *File) scopeOf(in namedIn, args syntax.Node) string {
	t := f.Tree()
	switch in.scope {
	case scopeOption:
		// Options are the last argument, and there may be none.
		for arg := t.Child(args, in.name+1); arg != syntax.None; arg = t.Next(arg) {
			if t.Next(arg) == syntax.None && (in.value < 0 || arg != t.Child(args, in.value)) {
				if t.Kind(arg) != syntax.Table {
					return ""
				}
				return f.scopeIn(arg)
			}
		}
		return "global"
	case scopePrefix:
		if s, ok := t.String(t.First(args)); ok {
			return in.ofPrefix + s
		}
	default:
		if s, ok := t.String(t.Child(args, in.scope)); ok {
			return s
		}
	}
	return ""
}

func (f *File) scopeIn(table syntax.Node) string {
	t := f.Tree()
	for field := range t.Children(table) {
		if t.Kind(field) == syntax.NameField && t.NameOf(t.First(field)) == "scope" {
			s, _ := t.String(t.Child(field, 1))
			return s
		}
	}
	return "global"
}

// writtenKind is what an expression gives, as far as its text says it; "" if it does not.
func writtenKind(t *syntax.Tree, n syntax.Node) string {
	switch t.Kind(n) {
	case syntax.Nil:
		return "nil"
	case syntax.True, syntax.False:
		return "boolean"
	case syntax.Number:
		return "number"
	case syntax.String:
		return "string"
	case syntax.Table:
		return "table"
	case syntax.Function:
		return "function"
	}
	return ""
}

// NamedIn returns what a file names in direct calls, of one kind, in no order. The types
// of what is written are worked out if types is set.
func (s *Snapshot) NamedIn(f *File, slot string, typed bool) []Named {
	var list []Named
	for _, x := range f.named() {
		if x.Slot == slot {
			if typed && x.value != syntax.None {
				x.Type = s.TypeOf(f, x.value)
			}
			list = append(list, x)
		}
	}
	return list
}

// NamedElsewhere returns what the other files of the workspace name in direct calls, of
// one kind, in the order of URIs.
func (s *Snapshot) NamedElsewhere(f *File, slot string) []Named {
	var list []Named
	add := func(all []Named) {
		for _, x := range all {
			if x.Slot == slot && x.URI != f.URI {
				list = append(list, x)
			}
		}
	}
	for _, uri := range slices.Sorted(maps.Keys(s.open)) {
		add(s.open[uri].named())
	}
	for _, uri := range s.disk.namers {
		if s.open[uri] == nil {
			add(s.disk.entries[uri].named)
		}
	}
	slices.SortStableFunc(list, func(a, b Named) int { return strings.Compare(a.URI, b.URI) })
	return list
}
