package luacheck

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// option reads an option of the whole project.
func (r *reader) option(name string, at, value syntax.Node) {
	switch name {
	case "files":
		r.entries(value, "files", func(glob string, entry syntax.Node) { r.override(glob, entry) })
	case "stds":
		r.entries(value, "stds", func(name string, entry syntax.Node) { r.std(name, entry) })
	case "include_files":
		if list, ok := r.strings(value, name); ok {
			r.s.include, r.s.included = list, true
		}
	case "exclude_files":
		r.s.exclude, _ = r.strings(value, name)
	default:
		if !slices.Contains(others(), name) {
			r.set(&r.s.top, name, at, value)
		}
	}
}

// entries reads a table with names.
func (r *reader) entries(value syntax.Node, name string, read func(key string, value syntax.Node)) {
	table := r.constant(value, 0)
	if r.t.Kind(table) != syntax.Table {
		r.computed(value, name, "a table")
		return
	}
	for entry := range r.t.Children(table) {
		if key, ok := r.key(entry); ok {
			read(key, r.t.Child(entry, 1))
		} else {
			r.fault(entry, "%s needs a name here: [\"…\"] = {…}", name)
		}
	}
}

// computed reports a value that is not what an option takes.
func (r *reader) computed(value syntax.Node, name, want string) {
	switch r.t.Kind(r.constant(value, 0)) {
	case syntax.String, syntax.Number, syntax.True, syntax.False, syntax.Nil, syntax.Table, syntax.Function:
		r.fault(value, "%s takes %s: this is not read", name, want)
	default:
		r.fault(value, "%s is worked out by a program: it is not read, as this file is not run", name)
	}
}

// layer are the options of files[glob].
func (r *reader) layer(glob string) *options {
	o := r.overrides[glob]
	if o == nil {
		o = &options{}
		r.overrides[glob] = o
	}
	return o
}

// override reads files[glob] = value.
func (r *reader) override(glob string, value syntax.Node) {
	delete(r.overrides, glob)
	o := r.layer(glob)
	r.entries(value, "files", func(name string, entry syntax.Node) { r.set(o, name, entry, entry) })
}

// std reads stds.name = value.
func (r *reader) std(name string, value syntax.Node) {
	if c := r.custom(value, "stds."+name); c != nil {
		r.s.stds[name] = c
	}
}

func (r *reader) custom(value syntax.Node, name string) *custom {
	table := r.constant(value, 0)
	if r.t.Kind(table) != syntax.Table {
		r.computed(value, name, "a table with globals and read_globals")
		return nil
	}
	c := &custom{}
	for entry := range r.t.Children(table) {
		switch key, _ := r.key(entry); key {
		case "globals":
			c.globals = r.fields(r.t.Child(entry, 1), key, 0)
		case "read_globals":
			c.readGlobals = r.fields(r.t.Child(entry, 1), key, 0)
		}
	}
	return c
}

// set reads one option of a layer.
func (r *reader) set(o *options, name string, at, value syntax.Node) {
	t := r.t
	constant := r.constant(value, 0)
	switch {
	case slices.Contains(flags(), name):
		switch t.Kind(constant) {
		case syntax.True, syntax.False:
			if o.flags == nil {
				o.flags = map[string]bool{}
			}
			o.flags[name] = t.Kind(constant) == syntax.True
		case syntax.Nil:
		default:
			r.computed(value, name, "true or false")
		}
	case name == "std":
		r.stdOf(o, value, constant)
	case slices.Contains(limits(), name): // there are no such findings
	default:
		r.list(o, name, at, value)
	}
}

func (r *reader) stdOf(o *options, value, constant syntax.Node) {
	text, ok := r.t.String(constant)
	switch {
	case ok:
		o.std = splitStd(text)
		r.named = append(r.named, constant)
	case r.t.Kind(constant) == syntax.Table:
		if c := r.custom(constant, "std"); c != nil {
			o.std = &std{table: c}
		}
	default:
		r.computed(value, "std", "a text or a table")
	}
}

// checkStd reports names of standards that there are not.
func (r *reader) checkStd(value syntax.Node) {
	text, _ := r.t.String(value)
	for _, name := range splitStd(text).names {
		if !knownStd(name, r.s.stds) {
			r.fault(value, "there is no standard %q", name)
		}
	}
}

// list reads an option that is a list.
func (r *reader) list(o *options, name string, at, value syntax.Node) {
	switch name {
	case "globals":
		o.globals = r.fields(value, name, 0)
	case "read_globals":
		o.readGlobals = r.fields(value, name, 0)
	case "new_globals":
		o.newGlobals = r.fields(value, name, 0)
	case "new_read_globals":
		o.newReadGlobals = r.fields(value, name, 0)
	case "not_globals":
		o.notGlobals, _ = r.strings(value, name)
	case "ignore":
		o.ignore, _ = r.patterns(value, name)
	case "enable":
		o.enable, _ = r.patterns(value, name)
	case "only":
		o.only, o.onlyGiven = r.patterns(value, name)
	default:
		if near := nearOption(name); near != "" {
			r.fault(at, "there is no option %q; did you mean %q?", name, near)
		} else {
			r.fault(at, "there is no option %q", name)
		}
	}
}

// strings reads a list of texts. What is not one is a fault, and the rest counts; a text
// alone is a list of it.
func (r *reader) strings(value syntax.Node, name string) (list []string, ok bool) {
	table := r.constant(value, 0)
	if s, ok := r.t.String(table); ok {
		r.fault(value, "%s takes a list: {%q}", name, s)
		return []string{s}, true
	}
	if r.t.Kind(table) != syntax.Table {
		r.computed(value, name, "a list of texts")
		return nil, false
	}
	for entry := range r.t.Children(table) {
		item := r.t.First(entry)
		if s, ok := r.t.String(r.constant(item, 0)); ok && r.t.Kind(entry) == syntax.PosField {
			list = append(list, s)
		} else {
			r.computed(entry, "an entry of "+name, "a text")
		}
	}
	return list, true
}

func (r *reader) patterns(value syntax.Node, name string) (list []pattern, ok bool) {
	texts, ok := r.strings(value, name)
	for _, s := range texts {
		p, err := newPattern(s)
		if err != nil {
			r.fault(value, "%s: %q is not read: %v", name, s, err)
			continue
		}
		list = append(list, p)
	}
	return list, ok
}

// fields reads definitions of globals or fields.
func (r *reader) fields(value syntax.Node, name string, depth int) *fields {
	t, f := r.t, &fields{}
	table := r.constant(value, 0)
	if s, ok := t.String(table); ok {
		r.fault(value, "%s takes a list: {%q}", name, s)
		f.names = []string{s}
		return f
	}
	if t.Kind(table) != syntax.Table || depth > maxDepth {
		r.computed(value, name, "a list of names, or a table of what they have")
		return f
	}
	for entry := range t.Children(table) {
		if key, ok := r.key(entry); ok {
			if f.defs == nil {
				f.defs = map[string]*field{}
			}
			f.defs[key] = r.field(t.Child(entry, 1), name, depth+1)
		} else if s, ok := t.String(r.constant(t.First(entry), 0)); ok && t.Kind(entry) == syntax.PosField {
			f.names = append(f.names, s)
		} else {
			r.computed(entry, "an entry of "+name, "a name")
		}
	}
	return f
}

func (r *reader) field(value syntax.Node, name string, depth int) *field {
	t := r.t
	table := r.constant(value, 0)
	if t.Kind(table) != syntax.Table {
		r.computed(value, "a field of "+name, "a table with fields, read_only, other_fields")
		yes := true
		return &field{otherFields: &yes} // nothing is said of what it has
	}
	f := &field{}
	for entry := range t.Children(table) {
		key, ok := r.key(entry)
		if !ok {
			r.fault(entry, "a global has fields, read_only and other_fields here: this is not read")
			continue
		}
		value := t.Child(entry, 1)
		switch key {
		case "read_only":
			f.readOnly = r.flag(value, key)
		case "other_fields":
			f.otherFields = r.flag(value, key)
		case "fields":
			f.fields = r.fields(value, key, depth)
		default:
			r.fault(entry, "a global has no %q here: there are fields, read_only, other_fields", key)
		}
	}
	return f
}

func (r *reader) flag(value syntax.Node, name string) *bool {
	on := false
	switch r.t.Kind(r.constant(value, 0)) {
	case syntax.True:
		on = true
	case syntax.False:
	default:
		r.computed(value, name, "true or false")
		return nil
	}
	return &on
}

// nearOption is the option that a name was probably meant to be, "" if none is near.
func nearOption(name string) string {
	for _, have := range slices.Concat(flags(), lists(), limits(), others(), []string{"std", "stds", "files"}) {
		a, b := strings.ReplaceAll(name, "-", "_"), have
		if a == b || a+"s" == b || a == b+"s" || len(a) > 3 && oneSlip(a, b) {
			return have
		}
	}
	return ""
}

// oneSlip tells whether two texts differ in one letter: another, one more, two swapped.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case a == "" || b == "":
		return len(a)+len(b) == 1
	case a[1:] == b[1:] || a[1:] == b || a == b[1:]:
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
