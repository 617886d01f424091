package analysis

import (
	"strings"
	"sync"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// slotKinds are the providers by the alias that a parameter's or field's type has.
// The library declares most functions; what it does not know yet is in slotTable.
var slotKinds = sync.OnceValue(library.Slots)

// slotEntry says of a function which provider the strings in one argument have.
type slotEntry struct {
	// function is its name as it is written, without the object of a method.
	function string
	// argument is the number of the argument from 0, key the path of keys in it.
	argument int
	key      string
	kind     string
}

// slotTable are the slots of functions that no library file declares: those of
// the parts of llmspell that come later, and of Lua's own functions whose strings
// name files and modules.
var slotTable = []slotEntry{
	{"require", 0, "", "require"},
	{"dofile", 0, "", "file"},
	{"loadfile", 0, "", "file"},
	{"io.open", 0, "", "file"},
	{"io.lines", 0, "", "file"},
	{"io.input", 0, "", "file"},
	{"io.output", 0, "", "file"},
	{"os.remove", 0, "", "file"},
	{"os.rename", 0, "", "file"},
	{"os.rename", 1, "", "file"},
	{"Agent.get", 0, "", "agent"},
	{"Agent.create", 0, "model", "model"},
	{"Agent.create", 0, "tools", "tool"},
	{"Agent.create", 0, "allowed_tools", "tool"},
	{"Template.get", 0, "", "template"},
	{"Template.info", 0, "", "template"},
	{"Template.execute", 0, "", "template"},
	{"Workflow.sequential", 0, "steps.tool", "tool"},
	{"Workflow.parallel", 0, "steps.tool", "tool"},
	{"Workflow.parallel", 0, "branches.steps.tool", "tool"},
	{"Workflow.loop", 0, "body.tool", "tool"},
	{"Workflow.conditional", 0, "branches.steps.tool", "tool"},
	{":allow_tool", 0, "", "tool"},
	{":allowed_tools", 0, "", "tool"},
	{":tool", 0, "", "tool"},
	{":tools", 0, "", "tool"},
	{":model", 0, "", "model"},
	{":agent", 0, "", "agent"},
	{":template", 0, "", "template"},
	{":step", 0, "tool", "tool"},
	{":add_step", 0, "tool", "tool"},
}

// SlotOf tells what a String names, by where it stands.
func (s *Snapshot) SlotOf(f *File, n syntax.Node) (Slot, bool) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.unit(f).slotOf(n)
}

// SlotAt tells what the string at an offset names. It may be unfinished.
func (s *Snapshot) SlotAt(f *File, offset int) (Slot, bool) {
	n := f.Tree().NodeAt(offset)
	if f.Tree().Kind(n) != syntax.String {
		return Slot{}, false
	}
	slot, ok := s.SlotOf(f, n)
	if !ok || offset < slot.Start || offset > slot.End {
		return Slot{}, false
	}
	return slot, true
}

// Slots yields the strings of a file that name something, in the order of the text.
func (s *Snapshot) Slots(f *File) func(yield func(Slot) bool) {
	return func(yield func(Slot) bool) {
		for n := range f.NodesOf(syntax.String) {
			if slot, ok := s.SlotOf(f, n); ok && !yield(slot) {
				return
			}
		}
	}
}

func (u *unit) slotOf(n syntax.Node) (Slot, bool) {
	t := u.tree
	if t.Kind(n) != syntax.String {
		return Slot{}, false
	}
	q, ok := t.Quote(n)
	if !ok {
		return Slot{}, false
	}
	value, _ := t.String(n)
	slot := Slot{Node: n, Start: q.Start, End: q.End, Value: value}
	if u.file.marked {
		if before, after, ok := strings.Cut(value, syntax.Marker); ok {
			slot.Value = before + after
			slot.End -= len(syntax.Marker)
		}
	}
	if kind, arg := u.slotKind(n); kind != "" {
		slot.Kind, slot.Arg = kind, arg
		return slot, true
	}
	if parent := t.Parent(n); t.Kind(parent) == syntax.KeyField && t.First(parent) == n {
		o := paramsOf(u.expected(t.Parent(parent)))
		slot.Kind, slot.Expected = "key", o
		return slot, o != nil
	}
	if kind, arg := u.slotLater(n); kind != "" {
		slot.Kind, slot.Arg, slot.Later = kind, arg, true
		return slot, true
	}
	if parent := t.Parent(n); t.Kind(parent) == syntax.IndexKey && t.First(parent) != n {
		o, ok := u.typeOf(t.First(parent)).(*types.Object)
		if !ok {
			return Slot{}, false
		}
		slot.Kind, slot.Expected = "field", o
		if o.Name == "Tool" {
			slot.Kind = "tool"
		}
		return slot, true
	}
	want := u.expected(n)
	if literals(want) == 0 {
		return Slot{}, false
	}
	slot.Kind, slot.Expected = "enum", want
	return slot, true
}

// literals counts the strings that a type names.
func literals(t types.Type) int {
	switch t := t.(type) {
	case *types.Literal:
		if _, ok := t.Value.(string); ok {
			return 1
		}
	case *types.Union:
		n := 0
		for _, of := range t.Of {
			n += literals(of)
		}
		return n
	}
	return 0
}

// slotKind returns the provider of a string, and what narrows it, by the place.
func (u *unit) slotKind(n syntax.Node) (kind, arg string) {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Paren:
		return u.slotKind(parent)
	case syntax.Binary:
		if op := t.TokenKind(t.Token(parent)); op == syntax.Or || op == syntax.And && t.First(parent) != n {
			return u.slotKind(parent)
		}
		return "", ""
	case syntax.Args:
		if kind, arg := u.slotOfArgument(parent, n); kind != "" {
			return kind, arg
		}
		return u.slotAtPlace(n), ""
	case syntax.PosField, syntax.NameField, syntax.KeyField:
		if t.Kind(parent) != syntax.PosField && t.First(parent) == n {
			return "", ""
		}
		if kind := u.slotOfField(parent); kind != "" {
			return kind, ""
		}
		if table := t.Parent(parent); t.Kind(parent) == syntax.PosField && t.Kind(t.Parent(table)) == syntax.Args {
			return u.slotOfArgument(t.Parent(table), table) // a list of what the parameter takes one of
		}
		return "", ""
	case syntax.ExprList:
		return u.slotAtPlace(n), ""
	}
	return "", ""
}

// slotOfArgument is the provider that a parameter has.
func (u *unit) slotOfArgument(args, n syntax.Node) (kind, arg string) {
	s := u.site(u.tree.Parent(args))
	at := 0
	for at < len(s.args) && s.args[at] != n {
		at++
	}
	f, inner, i := u.calledAt(s, at)
	if f == nil {
		return u.slotInTable(s, nil, at, ""), ""
	}
	if p := i + inner.shift(f); p >= 0 && p < len(f.Params) {
		if kind := u.paramSlot(f, p); kind != "" {
			return kind, u.slotArg(inner, f, p)
		}
	}
	return u.slotInTable(inner, f, i, ""), ""
}

// globalScope is the scope of a state key where none is given.
const globalScope = "global"

// slotArg returns what narrows the provider of parameter number i: for a key of a
// state, the scope that the other arguments say, "" if that is not known.
func (u *unit) slotArg(s site, f *types.Func, i int) string {
	if f.Params[i].Slot != "state" {
		return ""
	}
	for j, p := range f.Params {
		arg := syntax.None
		if at := j - s.shift(f); at >= 0 && at < len(s.args) {
			arg = s.args[at]
		}
		switch {
		case j == i:
		case p.Slot == "scope" || p.Name == "scope":
			name, _ := u.literal(arg)
			return name
		case p.Name == "agent" || p.Name == "tool": // State.agent_get(ID, key)
			if id, ok := u.literal(arg); ok {
				return p.Name + ":" + id
			}
			return ""
		case p.Name == "options" && j > i && takesScope(p.Type):
			return u.scopeOption(s, arg)
		}
	}
	return globalScope
}

// takesScope tells whether a table of options may have a scope.
func takesScope(t types.Type) bool {
	o := paramsOf(t)
	if o == nil {
		return false
	}
	from, ok := o.Origin.(*object)
	return ok && from.c.field(o, "scope") != nil
}

// scopeOption is the scope that options say, "" if that is not known.
func (u *unit) scopeOption(s site, options syntax.Node) string {
	t := u.tree
	switch t.Kind(options) {
	case syntax.Invalid:
		if last := len(s.args) - 1; last >= 0 && (t.Kind(s.args[last]) == syntax.Call || t.Kind(s.args[last]) == syntax.Vararg) {
			return "" // what it gives may be options
		}
		return globalScope
	case syntax.Nil:
		return globalScope
	case syntax.Table:
		for f := range t.Children(options) {
			switch name, ok := u.fieldName(f); {
			case ok && name == "scope":
				value, _ := u.literal(t.Child(f, 1))
				return value
			case !ok && t.Kind(f) == syntax.KeyField:
				return ""
			}
		}
		return globalScope
	}
	return ""
}

// slotInTable looks a function up in slotTable.
func (u *unit) slotInTable(s site, f *types.Func, at int, key string) string {
	t := u.tree
	name, method := "", ""
	if f != nil {
		name = f.Name
	}
	if k := t.Kind(s.callee); k == syntax.Method {
		if m, ok := u.keyName(s.callee); ok {
			method = ":" + m
		}
	}
	written := t.Source(s.callee)
	for _, e := range slotTable {
		if e.argument == at && e.key == key && (e.function == written || e.function == name || e.function == method) {
			return e.kind
		}
	}
	return ""
}

// slotOfField is the provider of the strings that a field in a constructor wants.
func (u *unit) slotOfField(field syntax.Node) string {
	t := u.tree
	table := t.Parent(field)
	name, named := u.fieldName(field)
	value := t.First(field)
	if t.Kind(field) != syntax.PosField {
		value = t.Next(value)
	}
	if kind := u.slotAtPlace(value); kind != "" {
		return kind
	}
	if !named {
		// A list of names: {"calculator", "file-operations"}.
		return u.slotOfPath(table, "")
	}
	return u.slotOfPath(table, name)
}

// slotOfPath looks up the slot of a key in a table that is, or lies in, an argument.
func (u *unit) slotOfPath(table syntax.Node, key string) string {
	t := u.tree
	for depth := 0; depth < 8; depth++ {
		switch parent := t.Parent(table); t.Kind(parent) {
		case syntax.Args:
			s := u.site(t.Parent(parent))
			at := 0
			for at < len(s.args) && s.args[at] != table {
				at++
			}
			return u.slotInTable(s, u.calledFunc(u.typeOf(s.callee)), at, key)
		case syntax.PosField:
			table = t.Parent(parent)
		case syntax.NameField:
			name, _ := u.fieldName(parent)
			if key == "" {
				key = name
			} else {
				key = name + "." + key
			}
			table = t.Parent(parent)
		default:
			return ""
		}
	}
	return ""
}
