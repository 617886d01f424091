package lsp

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// What strings name - keys of the state, events, hook points of one's own - can be
// renamed if each place of the workspace that may name it says so: no name is computed,
// and nothing shows the names themselves.

// stringKind is how one kind of names can be seen.
type stringKind struct {
	global string // the kernel's table: "State"
	// shows are functions that give names, or take parts of them.
	shows []string
	// fields of what the kernel gives that hold the name.
	fields []string
}

var stringKinds = map[string]stringKind{
	"state": {"State", []string{"State.list", "State.list_keys", "State.workflow_get", "State.workflow_list", "State.register_migration"}, []string{"key"}},
	"event": {"Event", []string{"Event.list_subscriptions"}, []string{"event_type", "pattern", "patterns"}},
	"hook":  {"Hook", []string{"Hook.list", "Hook.points"}, []string{"point", "hook_point"}},
}

// ownHook is what names of hook points begin with that a script fires itself.
const ownHook = "custom:"

// stringPlaces are the places that name what a string names.
func (n *renaming) stringPlaces(ctx context.Context, to string) ([]types.Location, error) {
	kind := stringKinds[n.sym.Slot]
	for _, e := range n.r.snap.Files() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		loads := e.Mentions("loadstring") || e.Mentions("load")
		if !loads && !e.Mentions(kind.global) && !e.Mentions(n.sym.Name) {
			continue
		}
		f := n.r.snap.File(e.URI)
		if f == nil || f.Notes().Meta { // a file that only declares runs nothing
			continue
		}
		if err := n.allNamed(f, kind, to); err != nil {
			return nil, err
		}
	}
	var list []types.Location
	for _, ref := range n.r.snap.References(ctx, n.sym) {
		if !n.r.belongs(ref.URI) {
			return nil, refuse("%q is named in %s, which is not in the workspace", n.sym.Name, ref.URI)
		}
		list = append(list, ref.Location)
	}
	return list, ctx.Err()
}

// allNamed refuses what in a file may name the same in a way that is not known, or shows
// the name.
func (n *renaming) allNamed(f *analysis.File, kind stringKind, to string) error {
	t := f.Tree()
	no := func(at syntax.Node, why string) error {
		return refuse("the %s %q cannot be renamed safely: %s (%s)", n.sym.Slot, n.sym.Name, why, n.r.lineOf(f.URI, t.Start(at)))
	}
	if at, why := givenAway(f, kind.global); at != syntax.None {
		return no(at, why)
	}
	for _, a := range n.r.snap.Arguments(f, n.sym.Slot) {
		if !n.sameScope(a.Arg) {
			continue
		}
		name := short(t.Source(a.Node))
		if a.Known && a.From != syntax.None && a.Arg == n.sym.Arg && n.r.snap.SymbolOf(f, a.From) == n.sym {
			continue // the string that the variable holds is changed
		}
		switch {
		case !a.Known:
			return no(a.Node, a.Function+" is given the name "+name+", which is computed")
		case !a.Direct && (a.Value == n.sym.Name || a.Value == to):
			return no(a.Node, a.Function+" is given the name in "+name)
		case n.sym.Slot == "state" && a.Value == n.sym.Name && a.Arg != n.sym.Arg:
			return no(a.Node, "it is not known whether the scope here is the same")
		case a.Value == n.sym.Name && n.r.snap.SymbolOf(f, a.Node) != n.sym:
			return no(a.Node, "it is not known whether "+name+" here is the same")
		case strings.ContainsAny(a.Value, "*?") && matches(a.Value, n.sym.Name) && (to == "" || !matches(a.Value, to)):
			if to != "" {
				return no(a.Node, "the pattern "+name+" stands for it, and not for "+to)
			}
		case to != "" && strings.ContainsAny(a.Value, "*?") && matches(a.Value, to) && !matches(a.Value, n.sym.Name):
			return no(a.Node, "the pattern "+name+" would stand for it")
		}
	}
	for _, call := range n.r.snap.CallsOf(f, "loadstring", "load") {
		text, known := n.r.snap.Text(f, t.First(t.Child(call, 1)))
		switch {
		case !known:
			return no(call, short(t.Source(t.First(call)))+" runs a text that is not known")
		case strings.Contains(text, n.sym.Name):
			return no(call, "the text that "+short(t.Source(t.First(call)))+" runs may name it")
		}
	}
	for _, call := range n.r.snap.CallsOf(f, kind.shows...) {
		return no(call, short(t.Source(t.First(call)))+" uses names as texts")
	}
	for node := syntax.Node(1); int(node) < t.Len(); node++ {
		if t.Kind(node) != syntax.Name || t.Kind(t.Parent(node)) != syntax.Index || t.First(t.Parent(node)) == node {
			continue
		}
		for _, field := range kind.fields {
			if t.Source(node) == field && n.ofKernel(f, node) {
				return no(node, "the name itself is read here")
			}
		}
	}
	return nil
}

// ofKernel tells whether a field may be one of what the kernel gives: it is declared by
// the library, or nothing is known of it.
func (n *renaming) ofKernel(f *analysis.File, name syntax.Node) bool {
	sym := n.r.snap.SymbolOf(f, name)
	if sym.Kind != analysis.FieldSymbol {
		return true
	}
	from := n.r.snap.File(sym.URI)
	return from == nil || from.Library()
}

// sameScope tells whether a key of a scope may be one of the symbol's.
func (n *renaming) sameScope(arg string) bool {
	own := n.sym.Arg
	if own == "" || arg == "" || own == arg {
		return true
	}
	session := func(s string) bool { return s == "session" || strings.HasPrefix(s, "session:") }
	return session(own) && session(arg) && (own == "session" || arg == "session")
}

// givenAway finds where a table of the kernel is used otherwise than by its functions:
// what happens with it then is not known.
func givenAway(f *analysis.File, global string) (syntax.Node, string) {
	t := f.Tree()
	why := global + " is used here in a way that is not followed"
	var check func(uses []scope.Use, depth int) syntax.Node
	check = func(uses []scope.Use, depth int) syntax.Node {
		for _, use := range uses {
			parent := t.Parent(use.Node)
			switch k := t.Kind(parent); {
			case k == syntax.Index && t.First(parent) == use.Node:
				// As an argument a function is called by nobody knows whom, unless pcall is.
				if args := t.Parent(parent); t.Kind(args) == syntax.Args {
					if callee := t.Source(t.First(t.Parent(args))); callee != "pcall" && callee != "xpcall" {
						return use.Node
					}
				}
				continue
			case k == syntax.Method && t.First(parent) == use.Node:
				continue
			case k == syntax.IndexKey && t.First(parent) == use.Node && t.Kind(t.Child(parent, 1)) == syntax.String:
				continue
			case k == syntax.IfClause || k == syntax.ElseIfClause:
				continue // if State then
			case k == syntax.Binary:
				if op := t.TokenKind(t.Token(parent)); op == syntax.Equal || op == syntax.NotEqual {
					continue
				}
			case k == syntax.ExprList && t.Kind(t.Parent(parent)) == syntax.LocalStat && depth == 0:
				names := t.First(t.Parent(parent))
				at := 0
				for c := t.First(parent); c != use.Node; c = t.Next(c) {
					at++
				}
				if name := t.Child(names, at); name != syntax.None {
					if v := f.Vars().Var(name); v != scope.NoVar {
						if bad := check(f.Vars().Vars[v].Uses, depth+1); bad != syntax.None {
							return bad
						}
						continue
					}
				}
			}
			return use.Node
		}
		return syntax.None
	}
	if bad := check(f.Vars().Globals[global], 0); bad != syntax.None {
		return bad, why
	}
	// State.transaction(function(tx) …): tx is the table too.
	for n := syntax.Node(1); global == "State" && int(n) < t.Len(); n++ {
		if t.Kind(n) != syntax.Call {
			continue
		}
		if _, method, ok := strings.Cut(t.Source(t.First(n)), "transaction"); !ok || method != "" {
			continue
		}
		fn := t.First(t.Child(n, 1))
		if t.Kind(fn) != syntax.Function {
			return n, why
		}
		if tx := t.First(t.First(t.First(fn))); t.Kind(tx) == syntax.Name {
			if v := f.Vars().Var(tx); v != scope.NoVar {
				if bad := check(f.Vars().Vars[v].Uses, 1); bad != syntax.None {
					return bad, why
				}
			}
		}
	}
	return syntax.None, why
}

// matches tells whether a pattern of events stands for a name: * for any text, ? for one
// character.
func matches(pattern, name string) bool {
	p, s := []rune(pattern), []rune(name)
	star, from := -1, 0
	i, k := 0, 0
	for k < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, k
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[k]):
			i++
			k++
		case star >= 0:
			from++
			i, k = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// short is a piece of a program as a message can hold it.
func short(s string) string { return shorten(s, 40) }
