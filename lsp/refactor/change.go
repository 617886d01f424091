package refactor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// piece is a part of a new text: words, or a copy of the bytes from to to of the old one.
type piece struct {
	words    string
	from, to int
}

// code is new text. Names that are copied must mean what they meant.
type code []piece

func words(s string) code                { return code{{words: s}} }
func (p *place) copy(n syntax.Node) code { return code{{from: p.Start(n), to: p.End(n)}} }
func cut(from, to int) code              { return code{{from: from, to: to}} }

// join puts parts one after the other.
func join(parts ...code) (out code) {
	for _, x := range parts {
		out = append(out, x...)
	}
	return out
}

// change is what is to be done with a text.
type change struct {
	parts []part
	// fresh are the names that the change declares itself: where its words name them, they
	// mean a variable that its words declare.
	fresh []string
	// means says what other names in its words mean: NoVar for globals.
	means map[string]scope.Var
	// rebound are variables whose uses in copies may mean a variable of the same name that
	// the words declare: parameters that take their place.
	rebound map[scope.Var]bool
	// instead are variables whose declarations go, and those that are used in their place.
	instead map[scope.Var]scope.Var
	// local is a global that becomes a local variable, which the name at localAt declares.
	local   string
	localAt int
}

// part replaces the bytes start to end.
type part struct {
	start, end int
	code       code
}

func (c *change) replace(start, end int, with ...code) {
	c.parts = append(c.parts, part{start, end, join(with...)})
}

// origin says where the byte at of the new text comes from.
type origin struct {
	at, end int // of the new text
	from    int // in the old one; -1 for words
}

// made returns the edits of a change, the new text, and where its parts come from.
func (p *place) made(c *change) (edits []lint.Edit, text string, from []origin) {
	slices.SortStableFunc(c.parts, func(a, b part) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var b strings.Builder
	put := func(s string, at int) {
		if s != "" {
			from = append(from, origin{b.Len(), b.Len() + len(s), at})
			b.WriteString(s)
		}
	}
	at := 0
	for _, x := range c.parts {
		put(p.text[at:x.start], at)
		begin := b.Len()
		for _, k := range x.code {
			if k.to > k.from {
				put(p.text[k.from:k.to], k.from)
			} else {
				put(k.words, -1)
			}
		}
		at = x.end
		if s := b.String()[begin:]; s != p.text[x.start:x.end] {
			edits = append(edits, lint.Edit{Start: x.start, End: x.end, Text: s})
		}
	}
	put(p.text[at:], at)
	return edits, b.String(), from
}

// checked returns the edits of a change, or why the new text would not be a program in which
// every name means what it meant.
func (p *place) checked(c *change) (edits []lint.Edit, reason string) {
	edits, text, from := p.made(c)
	f := p.file.Edited(p.file.Version, text)
	t := f.Tree()
	if errs := t.Errors(); len(errs) > 0 {
		return nil, "it would be no program: " + errs[0].Message
	}
	if fault := lint.CompileFault(p.ctx, f); fault != nil {
		return nil, "it would be no program: " + fault.Message
	}
	k := &checker{place: p, c: c, tree: t, info: f.Vars(), from: from}
	return edits, k.names()
}

// checker compares what names mean before and after a change.
type checker struct {
	*place
	c    *change
	tree *syntax.Tree
	info *scope.Info
	from []origin
}

// origin returns where a byte of the new text was, -1 if it is new.
func (k *checker) origin(at int) int {
	i, found := slices.BinarySearchFunc(k.from, at, func(o origin, at int) int {
		switch {
		case o.end <= at:
			return -1
		case o.at > at:
			return 1
		}
		return 0
	})
	if !found || k.from[i].from < 0 {
		return -1
	}
	return k.from[i].from + at - k.from[i].at
}

// names says which name would mean something else, "" if none does.
func (k *checker) names() string {
	t := k.tree
	calls := k.brackets()
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		if k.ended(int(n)) {
			return "nobody waits for it"
		}
		if t.Kind(n) == syntax.Args {
			if at := k.origin(t.Start(n)); at >= 0 && k.text[at] == '(' && !calls[at] {
				return fmt.Sprintf("the bracket in line %d would call what stands before it", k.line(at))
			}
			continue
		}
		if t.Kind(n) != syntax.Name {
			continue
		}
		at := k.origin(t.Start(n))
		name := t.Source(n)
		v := k.info.Var(n)
		if at >= 0 {
			old := k.NodeAt(at)
			if k.Start(old) != at { // a name that touches what stands before it
				old = k.NodeAt(at + 1)
			}
			if k.vars.Var(old) == scope.NoVar && k.c.local == name && name != "" && !isField(k.Tree, old) {
				if v == scope.NoVar || k.declared(v) != k.c.localAt {
					return fmt.Sprintf("line %d would still name the global %s", k.line(at), name)
				}
				continue
			}
			if !k.same(k.vars.Var(old), v) {
				return fmt.Sprintf("%s of line %d would be another variable", name, k.line(at))
			}
			continue
		}
		if isField(t, n) {
			continue
		}
		if slices.Contains(k.c.fresh, name) && v != scope.NoVar && k.declared(v) < 0 {
			continue
		}
		if want, ok := k.c.means[name]; !ok || !k.same(want, v) {
			return fmt.Sprintf("the new %s would be another variable", name)
		}
	}
	return k.labels()
}

// brackets returns where the arguments of the old text's calls begin.
func (k *checker) brackets() map[int]bool {
	out := map[int]bool{}
	for n := syntax.Node(1); int(n) < k.Len() && !k.ended(int(n)); n++ {
		if k.Kind(n) == syntax.Args {
			out[k.Start(n)] = true
		}
	}
	return out
}

// declared returns where the declaration of a new variable was, -1 if it is new.
func (k *checker) declared(v scope.Var) int { return k.origin(k.tree.Start(k.info.Vars[v].Decl)) }

// same tells whether a variable of the new text is one of the old.
func (k *checker) same(old, now scope.Var) bool {
	if old == scope.NoVar || now == scope.NoVar {
		return old == now
	}
	if other, ok := k.c.instead[old]; ok {
		old = other
	}
	x, y := &k.vars.Vars[old], &k.info.Vars[now]
	at := k.declared(now)
	if at >= 0 && at == k.Start(x.Decl) && (x.Kind == scope.Self) == (y.Kind == scope.Self) {
		return true
	}
	return k.c.rebound[old] && y.Name == x.Name && (at < 0 || y.Kind == scope.Self)
}

// labels says whether a goto would lead elsewhere, "" if not.
func (k *checker) labels() string {
	led := map[int]int{} // from the start of a goto's name to that of its label
	for _, l := range k.vars.Labels {
		for _, use := range l.Uses {
			led[k.Start(use)] = k.Start(l.Decl)
		}
	}
	for _, l := range k.info.Labels {
		for _, use := range l.Uses {
			if at := k.origin(k.tree.Start(use)); at < 0 || led[at] != k.origin(k.tree.Start(l.Decl)) {
				return "a goto would lead elsewhere"
			}
		}
	}
	return ""
}

// isField tells whether a Name is that of a field or label, not of a variable.
func isField(t *syntax.Tree, n syntax.Node) bool {
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.Method:
		return t.First(parent) != n
	case syntax.NameField:
		return t.First(parent) == n
	case syntax.LabelStat, syntax.GotoStat:
		return true
	}
	return false
}

// free returns a name like the one given that the file does not use.
func (p *place) free(name string) string {
	used := func(name string) bool {
		if len(p.vars.Globals[name]) > 0 || p.snap.KnownGlobal(p.file, name) {
			return true
		}
		return slices.ContainsFunc(p.vars.Vars, func(v scope.Variable) bool { return v.Name == name })
	}
	if !used(name) {
		return name
	}
	for i := 2; ; i++ {
		if other := fmt.Sprintf("%s%d", name, i); !used(other) {
			return other
		}
	}
}
