package config

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// field is what the tags of the struct say of one key, or of a table.
type field struct {
	path    string // dotted, "*" standing for names that are free
	name    string
	typ     reflect.Type
	index   int // in the struct
	tag     tags
	fields  []*field          // of a struct
	byName  map[string]*field // with aliases
	rest    *field            // what takes the keys that no field has
	element *field            // of a map
}

// tags are the attributes of a field. Those of a table hold for all in it.
type tags struct {
	alias, env, enum    []string
	doc, unit, min, max string
	prefix              string // further beginning of variables
	path, live, planned bool
	secret, project     string
}

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeSize     = reflect.TypeFor[Size]()
	typeFree     = reflect.TypeFor[Free]()
	typeAny      = reflect.TypeFor[any]()
)

// schema is made once, when something asks for it, and never changes.
var schema = sync.OnceValue(func() *field {
	root := &field{typ: reflect.TypeFor[Config]()}
	root.fill()
	return root
})

// fill reads the fields of f's type.
func (f *field) fill() {
	switch {
	case f.typ.Kind() == reflect.Struct:
		f.byName = map[string]*field{}
		for i := range f.typ.NumField() {
			sf := f.typ.Field(i)
			child := &field{name: sf.Tag.Get("toml"), typ: sf.Type, index: i, tag: readTags(sf.Tag, f.tag)}
			if child.name == "*" {
				child.path = f.path
				child.fill()
				f.rest = child
				continue
			}
			child.path = join(f.path, child.name)
			child.fill()
			f.fields = append(f.fields, child)
			for _, name := range append([]string{child.name}, child.tag.alias...) {
				f.byName[name] = child
			}
		}
	case f.typ.Kind() == reflect.Map:
		tag := f.tag
		tag.alias, tag.env, tag.prefix, tag.doc = nil, nil, "", ""
		f.element = &field{path: join(f.path, "*"), name: "*", typ: f.typ.Elem(), tag: tag}
		if f.typ.Elem() != typeAny {
			f.element.fill()
		}
	}
}

func readTags(t reflect.StructTag, outer tags) tags {
	return tags{
		alias: list(t.Get("alias"), ","), env: list(t.Get("env"), ","), enum: list(t.Get("enum"), "|"),
		doc: t.Get("doc"), unit: t.Get("unit"), min: t.Get("min"), max: t.Get("max"), prefix: t.Get("prefix"),
		path: t.Get("path") == "yes", live: t.Get("live") == "yes" || outer.live, planned: t.Get("planned") == "yes" || outer.planned,
		secret: either(t.Get("secret"), outer.secret), project: either(t.Get("project"), outer.project),
	}
}

func list(text, separator string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, separator)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// isTable tells whether a field's value is a table in TOML.
func (f *field) isTable() bool { return f.typ.Kind() == reflect.Struct || f.typ.Kind() == reflect.Map }

// child finds the field of a key, which may be an alias; nil if there is none.
func (f *field) child(name string) *field {
	switch {
	case f.byName[name] != nil:
		return f.byName[name]
	case f.rest != nil:
		return f.rest.element
	}
	return f.element
}

// find follows a dotted path; nil if nothing is there.
func (f *field) find(path string) *field {
	for _, name := range list(path, ".") {
		if f = f.child(name); f == nil {
			return nil
		}
	}
	return f
}

// walk calls visit for all fields below f, tables before what is in them.
func (f *field) walk(visit func(*field)) {
	all := f.fields
	for _, more := range []*field{f.rest, f.element} {
		if more != nil {
			all = append(all[:len(all):len(all)], more)
		}
	}
	for _, child := range all {
		if child != f.rest {
			visit(child)
		}
		child.walk(visit)
	}
}

// Key says what a key of the configuration is, for documentation and completion.
type Key struct {
	Path    string // dotted; "*" stands for a name that is free
	Aliases []string
	Type    string // as a user writes it: "number", "text", "list of texts", …
	Unit    string
	Min     string // "" if there is no least value
	Max     string
	Enum    []string
	Doc     string
	Env     []string // the variables that set it; none within tables whose names are free
	Table   bool
	Live    bool   // a running kernel takes a new value
	Planned bool   // nothing uses it yet
	Secret  bool   // never shown
	Project string // what a project's file may do: "", no, false, lower, stricter, add
}

// Keys lists all keys, tables before what is in them.
func Keys() []Key {
	byPath := map[string][]string{}
	for name, f := range variables() {
		byPath[f.path] = append(byPath[f.path], name)
	}
	var out []Key
	schema().walk(func(f *field) {
		out = append(out, Key{
			Path: f.path, Aliases: f.tag.alias, Type: f.typeName(), Unit: f.tag.unit, Min: f.tag.min, Max: f.tag.max, Enum: f.tag.enum,
			Doc: f.tag.doc, Env: sortedVariables(byPath[f.path], f.path), Table: f.isTable(), Live: f.tag.live, Planned: f.tag.planned,
			Secret: f.tag.secret != "", Project: f.tag.project,
		})
	})
	return out
}

// typeName says what a user writes.
func (f *field) typeName() string {
	t := f.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == typeDuration:
		return "duration"
	case t == typeSize:
		return "size"
	case t == typeAny:
		return "anything"
	case f.isTable():
		return "table"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list of texts"
	}
	return "text"
}
