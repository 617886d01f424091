package config

import (
	"fmt"
	"reflect"
)

// Change is a key whose value differs between two configurations. Secrets are
// masked, so Old and New may look the same.
type Change struct {
	Key      string
	Old, New any
	Origin   Origin // of the new value
	// Live changes are taken by a running kernel. Others need a restart.
	Live bool
}

// String is as "log.level: warn → debug (/home/ada/llmspell.toml:3)".
func (c Change) String() string {
	return fmt.Sprintf("%s: %v → %v (%s)", c.Key, c.Old, c.New, c.Origin)
}

// Reload loads the configuration again, in the way in which l was loaded. When
// that fails l stays in force, and the error says why.
func (l *Loaded) Reload() (*Loaded, error) { return Load(l.options) }

// Diff lists what differs from an older configuration, in the order of the keys.
func (l *Loaded) Diff(old *Loaded) []Change {
	before := map[string]flat{}
	flatten(reflect.ValueOf(old.Config).Elem(), schema(), "", func(path string, f *field, v reflect.Value) {
		before[path] = flat{f, v}
	})
	var out []Change
	flatten(reflect.ValueOf(l.Config).Elem(), schema(), "", func(path string, f *field, v reflect.Value) {
		was, ok := before[path]
		delete(before, path)
		c := Change{Key: path, New: shown(f, path, v), Origin: l.originOf(path), Live: f.tag.live}
		if ok {
			if reflect.DeepEqual(was.value.Interface(), v.Interface()) {
				return
			}
			c.Old = shown(f, path, was.value)
		}
		out = append(out, c)
	})
	flatten(reflect.ValueOf(old.Config).Elem(), schema(), "", func(path string, f *field, v reflect.Value) {
		if _, gone := before[path]; gone {
			out = append(out, Change{Key: path, Old: shown(f, path, v), Origin: Origin{Layer: LayerDefault}, Live: f.tag.live})
		}
	})
	return out
}

type flat struct {
	field *field
	value reflect.Value
}

// Live returns the configuration that a running kernel goes on with: the new
// values of what may change while it runs, the old ones of everything else.
func (l *Loaded) Live(old *Loaded) *Loaded {
	merged := *old.Config
	mix(reflect.ValueOf(&merged).Elem(), reflect.ValueOf(l.Config).Elem(), schema())
	out := &Loaded{Config: &merged, Files: l.Files, Profiles: l.Profiles, Warnings: l.Warnings, Refused: l.Refused, options: l.options, origins: map[string]Origin{}}
	for path, o := range old.origins {
		if !isLive(path) {
			out.origins[path] = o
		}
	}
	for path, o := range l.origins {
		if isLive(path) {
			out.origins[path] = o
		}
	}
	return out
}

func isLive(path string) bool {
	f := schema()
	for _, name := range splitKey(path) {
		if f = f.child(name); f == nil {
			return false
		}
	}
	return f.tag.live
}

// mix takes the live values of next.
func mix(v, next reflect.Value, f *field) {
	switch {
	case f.tag.live:
		v.Set(next)
	case v.Kind() == reflect.Struct:
		for _, child := range f.fields {
			mix(v.Field(child.index), next.Field(child.index), child)
		}
	}
}
