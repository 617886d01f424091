package config

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// WriteTOML writes the values of a section ("" for all), secrets masked, as TOML
// that Load would take, where nothing is masked. With origins each line says
// where its value comes from. Values that are not set are left out.
func (l *Loaded) WriteTOML(w io.Writer, section string, origins bool) error {
	var b strings.Builder
	table := ""
	for _, v := range tablesLast(l.Values(section)) {
		if v.Value == nil {
			continue
		}
		t, name := splitLast(v.Key)
		if t != table || b.Len() == 0 && t != "" {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString("[" + t + "]\n")
			table = t
		}
		line := quoteKey(name) + " = " + tomlValue(v.Value)
		if origins {
			line = fmt.Sprintf("%-44s # %s", line, strings.ReplaceAll(v.Origin.String(), "\n", " "))
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoteKey(n)
	}
	return out
}

// tablesLast puts the values of each table together, before those of the tables
// in it: TOML has no way back to a table.
func tablesLast(values []Value) []Value {
	order, byTable := []string{}, map[string][]Value{}
	for _, v := range values {
		t, _ := splitLast(v.Key)
		if byTable[t] == nil {
			order = append(order, t)
		}
		byTable[t] = append(byTable[t], v)
	}
	if top := byTable[""]; top != nil {
		order = append([]string{""}, slices.DeleteFunc(order, func(t string) bool { return t == "" })...)
	}
	out := values[:0:0]
	for _, t := range order {
		out = append(out, byTable[t]...)
	}
	return out
}

// tomlValue writes a value as TOML.
func tomlValue(v any) string {
	switch x := v.(type) {
	case string:
		return tomlString(x)
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		s := strconv.FormatFloat(x, 'f', -1, 64)
		if !strings.ContainsAny(s, ".") {
			s += ".0"
		}
		return s
	case []string:
		return "[" + strings.Join(each(x, tomlString), ", ") + "]"
	case []any:
		return "[" + strings.Join(each(x, tomlValue), ", ") + "]"
	case map[string]any:
		parts := make([]string, 0, len(x))
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, quoteKey(k)+" = "+tomlValue(x[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return tomlString(fmt.Sprint(v))
}

func each[T any](list []T, f func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}

// tomlString writes a basic string.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Template writes a configuration in which every key stands, with what it means:
// those that profiles set with their values, the others as comments with their
// defaults. It is for llmspell config init.
func Template(w io.Writer, profiles string) error {
	l, err := Load(Options{File: os.DevNull, Profile: profiles, Environ: []string{}})
	if err != nil {
		return err
	}
	t := templateWriter{values: map[string]Value{}, tables: map[string]bool{"": true}}
	for _, v := range l.Values("") {
		t.values[v.Key] = v
	}
	t.b.WriteString(templateHead)
	schema().walk(t.field)
	t.rest(l.Values(""))
	_, err = io.WriteString(w, t.b.String())
	return err
}

type templateWriter struct {
	b      strings.Builder
	values map[string]Value
	tables map[string]bool // whose heads are written
}

func (t *templateWriter) field(f *field) {
	parent, _ := splitLast(f.path)
	v, hasValue := t.values[f.path]
	set := hasValue && v.Origin.Layer != LayerDefault
	switch {
	case strings.Contains(f.path, "*") || f.tag.planned && !set || !f.isTable() && !t.tables[parent]:
		return
	case !f.isTable():
		mark := "# "
		if set {
			mark = ""
		}
		fmt.Fprintf(&t.b, "# %s%s\n%s%s = %s\n", f.tag.doc, f.hint(), mark, f.name, tomlValue(v.Value))
		delete(t.values, f.path)
	case f.element != nil:
		fmt.Fprintf(&t.b, "\n# %s\n# [%s]\n", f.tag.doc, f.path)
	case f.hasLeaf():
		fmt.Fprintf(&t.b, "\n# %s\n[%s]\n", f.tag.doc, f.path)
		t.tables[f.path] = true
	default:
		fmt.Fprintf(&t.b, "\n# %s\n", f.tag.doc)
	}
}

// rest writes the values in tables whose names are free, and in those that nothing
// uses yet.
func (t *templateWriter) rest(values []Value) {
	table := ""
	for _, v := range tablesLast(values) {
		if _, left := t.values[v.Key]; !left || v.Origin.Layer == LayerDefault {
			continue
		}
		if parent, _ := splitLast(v.Key); parent != table {
			table = parent
			fmt.Fprintf(&t.b, "\n[%s]\n", table)
		}
		_, name := splitLast(v.Key)
		fmt.Fprintf(&t.b, "%s = %s\n", quoteKey(name), tomlValue(v.Value))
	}
}

// splitLast splits a key into its table and its name.
func splitLast(key string) (table, name string) {
	parts := splitKey(key)
	last := len(parts) - 1
	return strings.Join(quoteAll(parts[:last]), "."), parts[last]
}

const templateHead = `# llmspell's configuration: docs/config.md describes it. What stands here as a
# comment is the default; remove the # to change it.
# Check it with: llmspell config validate
`

// hasLeaf tells whether a table has values of its own, and not only tables.
func (f *field) hasLeaf() bool {
	return slices.ContainsFunc(f.fields, func(c *field) bool { return !c.isTable() && !c.tag.planned })
}

// hint says what a key takes beyond its meaning.
func (f *field) hint() string {
	var parts []string
	if len(f.tag.enum) > 0 {
		parts = append(parts, words(f.tag.enum))
	}
	if f.tag.unit != "" && f.tag.unit != "bytes" {
		parts = append(parts, "in "+f.tag.unit)
	}
	if f.tag.min != "" && f.tag.max != "" {
		parts = append(parts, f.tag.min+" to "+f.tag.max)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}
