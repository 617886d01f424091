package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// decoder puts the values of one layer into a Config.
type decoder struct {
	origin    Origin
	dir       string // where relative paths start
	lookup    func(string) (string, bool)
	untrusted bool // a project's file that was merely found
	origins   map[string]Origin
	seen      map[string]*node // what this layer has set, by path
	problems  []*Problem
	refused   []*Problem // what an untrusted file may not set
}

func (d *decoder) problem(at *node, path, format string, args ...any) {
	d.problems = append(d.problems, d.about(at, path, format, args...))
}

func (d *decoder) about(at *node, path, format string, args ...any) *Problem {
	return &Problem{Source: d.origin.place(), Line: at.line, Column: at.col, Key: path, Message: fmt.Sprintf(format, args...)}
}

// place is the origin without its line.
func (o Origin) place() string {
	o.Line = 0
	if o.Layer == LayerFile {
		return o.Source
	}
	return o.String()
}

// value decodes n into v, which is settable. path is the key as it stands in the
// configuration, with the names that are free.
func (d *decoder) value(v reflect.Value, f *field, n *node, path string) {
	if n.kind == kindBad { // it is said once
		return
	}
	if f.isTable() {
		if n.kind != kindTable {
			d.problem(n, path, "want a table, not %s", n.describe())
			return
		}
		if d.untrusted && f.tag.project == projectNo {
			d.refuse(f, n, path)
			return
		}
		if v.Kind() == reflect.Struct {
			d.structure(v, f, n, path)
		} else {
			d.mapping(v, f, n, path)
		}
		return
	}
	if first := d.seen[path]; first != nil {
		d.problem(n, path, "is set twice, under two names: already in line %d; keep one", first.line)
		return
	}
	d.seen[path] = n
	next := reflect.New(f.typ).Elem()
	if message := d.leaf(next, f, n, path); message != "" {
		d.problem(n, path, "%s", message)
		return
	}
	if d.untrusted && !d.admit(v, next, f, n, path) {
		return
	}
	v.Set(next)
	d.origins[path] = Origin{d.origin.Layer, d.origin.Source, n.line}
}

// refuse checks a table that the layer may not set, and sets nothing.
func (d *decoder) refuse(f *field, n *node, path string) {
	scratch := *d
	scratch.untrusted, scratch.origins = false, map[string]Origin{}
	scratch.value(reflect.New(f.typ).Elem(), f, n, path)
	d.problems = scratch.problems
	d.refused = append(d.refused, d.about(n, path, "is not read: "+untrustedFile+" may not set this; "+trustIt, d.origin.Source))
}

func (d *decoder) structure(v reflect.Value, f *field, n *node, path string) {
	for _, key := range n.keys {
		child, value := f.byName[key], n.table[key]
		switch {
		case child != nil:
			d.value(v.Field(child.index), child, value, join(path, child.name))
		case f.rest != nil:
			d.entry(v.Field(f.rest.index), f.rest, key, value, path)
		default:
			d.unknown(f, value, key, path)
		}
	}
}

// unknown reports a key that is none.
func (d *decoder) unknown(f *field, n *node, key, path string) {
	if n.keyLine > 0 { // the key is wrong, not its value
		n = &node{kind: n.kind, line: n.keyLine, col: n.keyCol}
	}
	names := slices.Collect(maps.Keys(f.byName))
	what := "unknown key"
	if n.kind == kindTable {
		what = "unknown table"
	}
	if near := nearest(key, names); near != "" {
		d.problem(n, join(path, key), "%s; did you mean %s?", what, join(path, near))
		return
	}
	if elsewhere := sameName(key); elsewhere != "" {
		d.problem(n, join(path, key), "%s; there is %s", what, elsewhere)
		return
	}
	own := make([]string, len(f.fields))
	for i, c := range f.fields {
		own[i] = c.name
	}
	d.problem(n, join(path, key), "%s; there are %s", what, strings.Join(own, ", "))
}

// sameName finds a key of another table that has the name.
func sameName(key string) (path string) {
	schema().walk(func(f *field) {
		if path == "" && (f.name == key || slices.Contains(f.tag.alias, key)) && !strings.Contains(f.path, "*") {
			path = f.path
		}
	})
	return path
}

// mapping decodes a table whose keys are free.
func (d *decoder) mapping(v reflect.Value, f *field, n *node, path string) {
	for _, key := range n.keys {
		d.entry(v, f, key, n.table[key], path)
	}
}

func (d *decoder) entry(v reflect.Value, f *field, key string, n *node, path string) {
	if strings.TrimSpace(key) == "" {
		d.problem(n, path, "an entry has no name")
		return
	}
	element := reflect.New(f.typ.Elem()).Elem()
	if v.IsNil() {
		v.Set(reflect.MakeMap(f.typ))
	} else {
		v.Set(reflect.ValueOf(cloneMap(v))) // the one below may share it
	}
	if old := v.MapIndex(reflect.ValueOf(key)); old.IsValid() {
		element.Set(old)
	} else if f.typ.Elem() == reflect.TypeFor[Provider]() {
		element.Set(reflect.ValueOf(defaultProvider()))
	}
	before := len(d.problems)
	d.value(element, f.element, n, join(path, quoteKey(key)))
	if len(d.problems) == before && !(d.untrusted && element.IsZero()) {
		v.SetMapIndex(reflect.ValueOf(key), element)
	}
}

func cloneMap(v reflect.Value) any {
	out := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		out.SetMapIndex(it.Key(), it.Value())
	}
	return out.Interface()
}

// leaf decodes what is no table, and returns what is wrong with it.
func (d *decoder) leaf(v reflect.Value, f *field, n *node, path string) string {
	switch {
	case f.typ == typeAny:
		v.Set(reflect.ValueOf(n.plain()))
		return ""
	case f.typ.Kind() == reflect.Pointer:
		p := reflect.New(f.typ.Elem())
		inner := *f
		inner.typ = f.typ.Elem()
		message := d.leaf(p.Elem(), &inner, n, path)
		v.Set(p)
		return message
	case f.typ.Kind() == reflect.Slice:
		return d.texts(v, f, n)
	}
	if message := scalar(v, f, n); message != "" {
		return message
	}
	if f.tag.path && v.String() != "" {
		p, err := d.absolute(v.String())
		if err != nil {
			return err.Error()
		}
		v.SetString(p)
	}
	return ""
}

// texts decodes a list. A list of paths may be true, which means everything.
func (d *decoder) texts(v reflect.Value, f *field, n *node) string {
	items := n.items
	switch {
	case n.kind == kindString:
		items = []*node{n}
	case n.kind == kindBool && strings.HasPrefix(f.path, "permissions."):
		if !n.boolean {
			return "" // nothing
		}
		v.Set(reflect.ValueOf([]string{Everything}))
		return ""
	case n.kind != kindArray:
		return "want a list of texts, not " + n.describe()
	}
	var out []string // an empty list is none
	for _, item := range items {
		text := item.text
		switch {
		case item.kind != kindString:
			return "want a list of texts; it holds " + item.describe()
		case len(f.tag.enum) > 0 && !slices.Contains(f.tag.enum, text):
			return fmt.Sprintf("%q is none of %s", clip(text), words(f.tag.enum))
		case f.tag.path && text != Everything:
			var err error
			if text, err = d.absolute(text); err != nil {
				return err.Error()
			}
		}
		out = append(out, text)
	}
	v.Set(reflect.ValueOf(out))
	return ""
}

// Everything is the entry of a list of permissions that means everything.
const Everything = "*"

// absolute puts variables and the home folder into a path and joins it with the
// file's folder.
func (d *decoder) absolute(path string) (string, error) {
	path, err := Expand(path, d.lookup)
	switch {
	case err != nil:
		return "", err
	case strings.TrimSpace(path) == "":
		return "", fmt.Errorf("want a path; it is empty")
	case strings.IndexByte(path, 0) >= 0:
		return "", fmt.Errorf("a path holds no zero byte")
	}
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("the home folder is not known: %w", err)
		}
		return filepath.Join(home, rest), nil
	}
	if filepath.IsAbs(path) || d.dir == "" {
		return filepath.Clean(path), nil
	}
	return filepath.Join(d.dir, path), nil
}

// plain is a value as Go sees it.
func (n *node) plain() any {
	switch n.kind {
	case kindTable:
		out := make(map[string]any, len(n.keys))
		for k, v := range n.table {
			out[k] = v.plain()
		}
		return out
	case kindArray:
		out := make([]any, len(n.items))
		for i, v := range n.items {
			out[i] = v.plain()
		}
		return out
	case kindInt:
		return n.integer
	case kindFloat:
		return n.float
	case kindBool:
		return n.boolean
	}
	return n.text
}

// quoteKey writes a key as TOML does, where it does not stand for itself.
func quoteKey(key string) string {
	bare := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
	}
	if key != "" && strings.IndexFunc(key, func(r rune) bool { return !bare(r) }) < 0 {
		return key
	}
	return tomlString(key)
}
