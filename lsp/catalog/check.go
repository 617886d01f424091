package catalog

import (
	"slices"
	"strconv"

	"github.com/llmspell/llmspell/tools/schema"
)

// Place is the part of an entry that a Problem is about.
type Place uint8

// The places of problems.
const (
	OnTable Place = iota // the table that At leads to, or the whole
	OnKey                // the key of the entry that At leads to
	OnValue              // its value
)

// Code is a kind of problem, stable for configurations.
type Code string

// The kinds of problems.
const (
	UnknownTool    Code = "unknown-tool"
	UnknownHook    Code = "unknown-hook"
	InvalidEvent   Code = "invalid-event"
	UnknownKey     Code = "unknown-parameter"
	MissingKey     Code = "missing-parameter"
	TwiceGivenKey  Code = "twice-given-parameter"
	WrongValue     Code = "invalid-parameter"
	NotConvertible Code = "unusable-value"
	DeprecatedKey  Code = "deprecated-parameter"
	UnlistedName   Code = "unlisted-property"
	HookResult     Code = "hook-result"
	UnknownGroup   Code = "unknown-category"
	WrongArgument  Code = "argument-type"
)

// Problem is something that the runtime would refuse, or a deprecated parameter.
type Problem struct {
	Code Code
	// At leads to the entry: indices into Fields of the table, of the table that is
	// that entry's value, and so on. It is empty for the table itself.
	At []int
	// Path is the same as keys: strings as they are written, and ints from 1 for the
	// items of lists. A missing parameter's name is not in it.
	Path    []any
	On      Place
	Message string // in the runtime's words
	// Fixes are what mends it, the likeliest first. There may be none.
	Fixes []Fix
}

// maxProblems bounds what is said about one table.
const maxProblems = 50

// CheckCall returns what is wrong with the parameters of a call, in the order in
// which the runtime finds it: the first message is what it would say. Values that
// are not literal are taken to fit. A parameter is missing only in a table whose keys
// are all known: one that the schema requires, or that the operation needs. Nothing is said of a tool of which the text does not say all.
func CheckCall(t *Tool, table *LiteralTable) []Problem {
	if t.unsure {
		return nil
	}
	if table == nil {
		table = &LiteralTable{}
	}
	problems := check(t.Checker(), t.Params, t.aliases, table)
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Code != DeprecatedKey }) {
		return problems // the tool is not called
	}
	return append(problems, t.missedProblem(table)...)
}

// What the kernel says of parameters that are no table with names, and of what no tool is given.
const (
	paramsTable = "a table with names, such as {input = ...}"
	noParams    = "cannot be passed to a tool: "
)

// check lets the runtime's checker look at the table again and again, each time with
// the last mistake taken out.
func check(c *schema.Checker, s *schema.Schema, aliases func() map[string][]string, table *LiteralTable) []Problem {
	root := literal(table, 1)
	if root.bad != nil {
		return []Problem{unusable(root, "", noParams)}
	}
	if list, ok := root.value.([]any); ok {
		err := &schema.FieldError{Expected: paramsTable, Value: list}
		return []Problem{{Code: WrongValue, Message: err.Error()}}
	}
	m, ok := root.value.(map[string]any)
	if !ok {
		return nil
	}
	if _, err := c.CheckObject(m); err == nil { // nearly always
		return deprecated(s, root, nil, nil, nil)
	}
	w := &checking{schema: s, root: root, aliases: aliases}
	for range maxProblems {
		_, err := c.CheckObject(m)
		e, ok := err.(*schema.FieldError)
		if !ok || !w.report(e) {
			break
		}
		if m, ok = root.value.(map[string]any); !ok {
			break
		}
	}
	return deprecated(s, root, nil, nil, w.problems)
}

// checking is one check of a table.
type checking struct {
	schema   *schema.Schema
	root     *node
	aliases  func() map[string][]string
	problems []Problem
}

// report notes an error and takes it out of the value. It is false if that cannot be
// done.
func (w *checking) report(e *schema.FieldError) bool {
	if e.Kind == schema.MissingField {
		return w.missing(e)
	}
	trail, ok := w.find(e)
	if !ok {
		w.problems = append(w.problems, Problem{Code: WrongValue, Message: e.Error()})
		return false
	}
	if e.Kind != schema.WrongValue {
		if trail = w.unnamed(trail); len(trail) == 0 {
			return false
		}
	}
	p := Problem{Code: WrongValue, On: OnValue, Message: e.Error()}
	p.At, p.Path = trail.place()
	switch e.Kind {
	case schema.UnknownField:
		p.Code, p.On = UnknownKey, OnKey
		p.Fixes = w.unknownFixes(trail, e)
		trail.drop()
	case schema.TwiceGivenField:
		p.Code, p.On = TwiceGivenKey, OnKey
		p.Fixes = []Fix{removeKey(trail.last().key)}
		trail.drop()
	default:
		if len(trail) == 0 {
			p.On = OnTable
		}
		if w.undecided(trail) {
			trail.forget(w.root)
			return true
		}
		p.Fixes = valueFixes(e, w.at(trail))
		trail.forget(w.root)
	}
	w.problems = append(w.problems, p)
	return true
}

// unnamed goes on to the key "", which a path does not show, where the one that it
// shows is right.
func (w *checking) unnamed(t trail) trail {
	n := w.root
	if len(t) > 0 {
		n = t.last().node
		if s := w.at(t[:len(t)-1]); s != nil && part(s, t.last()) == nil {
			return t
		}
	}
	m, _ := n.value.(map[string]any)
	if _, ok := m[""]; !ok {
		return t
	}
	for i := range n.of {
		if b := &n.of[i]; b.key == "" && b.index == 0 {
			return append(slices.Clip(t), step{n, "", b})
		}
	}
	return t
}

// undecided tells whether a table may be right after all: there is more in it, or in
// a table within it, than is known.
func (w *checking) undecided(trail trail) bool {
	n := w.root
	if len(trail) > 0 {
		n = trail.last().node
	}
	if !n.holdsMore() {
		return false
	}
	s := w.at(trail)
	return s == nil || len(s.Types) == 0 || slices.Contains(s.Types, schema.Object) || slices.Contains(s.Types, schema.Array)
}

func (n *node) holdsMore() bool {
	return n.open || slices.ContainsFunc(n.of, func(b branch) bool { return b.node.holdsMore() })
}

// missing notes that parameters are missing in a table, all of them at once, and
// takes them to be there.
func (w *checking) missing(e *schema.FieldError) bool {
	above, name := w.parent(e.Path)
	if name == "" {
		w.problems = append(w.problems, Problem{Code: MissingKey, Message: e.Error()})
		return false
	}
	n := w.root
	if len(above) > 0 {
		n = above.last().node
	}
	if !n.open {
		p := Problem{Code: MissingKey, Message: e.Error()}
		if p.At, p.Path = above.place(); len(above) > 0 {
			p.On = OnValue
		}
		p.Fixes = insertFixes(w.at(above), n, name)
		w.problems = append(w.problems, p)
	}
	m, ok := n.value.(map[string]any)
	if !ok {
		return false
	}
	m[name] = schema.Unknown{}
	return true
}

// unusable is the problem of a value that cannot become one that tools take. what
// says which argument it is, and why begins the reason, as the runtime has it.
func unusable(root *node, what, why string) Problem {
	bad := root.bad
	reason := bad.reason
	if bad.path != "" {
		reason = bad.path + ": " + reason
	}
	err := &schema.FieldError{Path: what, Problem: why + reason}
	p := Problem{Code: NotConvertible, Message: err.Error(), At: bad.at}
	n := root
	for _, at := range bad.at {
		p.On = OnValue
		i := slices.IndexFunc(n.of, func(b branch) bool { return b.at == at })
		if i < 0 { // a key that cannot be
			p.On = OnKey
			break
		}
		if b := n.of[i]; b.index > 0 {
			p.Path = append(p.Path, b.index)
		} else {
			p.Path = append(p.Path, b.key)
		}
		n = n.of[i].node
	}
	return p
}

// deprecated adds the properties of which the schema says so.
func deprecated(s *schema.Schema, n *node, at []int, path []any, out []Problem) []Problem {
	for i := range n.of {
		b := &n.of[i]
		sub := part(s, step{n, b.key, b})
		if sub == nil {
			continue
		}
		at, path := append(slices.Clip(at), b.at), append(slices.Clip(path), any(b.key))
		if b.index > 0 {
			path[len(path)-1] = b.index
		}
		if sub.Deprecated && len(out) < maxProblems {
			out = append(out, Problem{Code: DeprecatedKey, At: at, Path: path, On: OnKey, Message: "parameter " + strconv.Quote(b.key) + " is deprecated",
				Fixes: []Fix{removeKey(b.key)}})
		}
		out = deprecated(sub, b.node, at, path, out)
	}
	return out
}
