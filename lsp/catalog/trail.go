package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// trail leads to a part of a value: the branches from the root, and the nodes that
// have them.
type trail []step

type step struct {
	in   *node
	name string // the property's own name, where the key is another spelling
	*branch
}

func (t trail) last() step { return t[len(t)-1] }

func (t trail) place() (at []int, path []any) {
	for _, s := range t {
		at = append(at, s.at)
		if s.index > 0 {
			path = append(path, s.index)
		} else {
			path = append(path, s.key)
		}
	}
	return at, path
}

// drop takes the entry out of its table.
func (t trail) drop() {
	last := t.last()
	delete(last.in.value.(map[string]any), last.key)
}

// forget makes the value one that is not known.
func (t trail) forget(root *node) {
	if len(t) == 0 {
		root.value = schema.Unknown{}
		return
	}
	last := t.last()
	last.node.value = schema.Unknown{}
	switch v := last.in.value.(type) {
	case map[string]any:
		v[last.key] = schema.Unknown{}
	case []any:
		v[last.index-1] = schema.Unknown{}
	}
}

// find follows the path of an error. Of several parts that have the same path, as
// those with a dot in a key, it is the one with the value that is wrong.
func (w *checking) find(e *schema.FieldError) (trail, bool) {
	open := func(_ trail, n *node) bool { // else it was found before
		_, unknown := n.value.(schema.Unknown)
		return !unknown
	}
	if e.Kind == schema.WrongValue {
		t, ok := w.follow(w.root, e.Path, nil, func(t trail, n *node) bool {
			switch n.value.(type) {
			case string, bool, int64, float64:
				return n.value == e.Value
			}
			return open(t, n)
		})
		if ok {
			return t, true
		}
	}
	if t, ok := w.follow(w.root, e.Path, nil, open); ok || e.Kind == schema.WrongValue {
		return t, ok
	}
	// The value of a key that should not be there need not be known.
	return w.follow(w.root, e.Path, nil, func(t trail, _ *node) bool {
		if len(t) == 0 {
			return false
		}
		m, ok := t.last().in.value.(map[string]any)
		_, there := m[t.last().key]
		return ok && there
	})
}

// parent follows all steps of a path but the last, which is the name of a property
// that is not there.
func (w *checking) parent(path string) (trail, string) {
	if t, name, ok := w.followMissing(w.root, path, nil); ok {
		return t, name
	}
	return nil, ""
}

func (w *checking) follow(n *node, path string, done trail, meant func(trail, *node) bool) (trail, bool) {
	if path == "" {
		return done, meant(done, n)
	}
	for _, next := range w.next(n, path) {
		if t, ok := w.follow(next.step.node, next.rest, append(slices.Clip(done), next.step), meant); ok {
			return t, true
		}
	}
	return nil, false
}

func (w *checking) followMissing(n *node, path string, done trail) (trail, string, bool) {
	for _, next := range w.next(n, path) {
		if next.rest == "" {
			continue
		}
		if t, name, ok := w.followMissing(next.step.node, next.rest, append(slices.Clip(done), next.step)); ok {
			return t, name, true
		}
	}
	if _, isMap := n.value.(map[string]any); isMap && path != "" && path[0] != '[' {
		return done, path, true
	}
	return nil, "", false
}

type nextStep struct {
	step step
	rest string // of the path
}

// next are the parts of n with which a path can begin. A property may be there under
// another spelling than the path names.
func (w *checking) next(n *node, path string) []nextStep {
	var out []nextStep
	for i := range n.of {
		b := &n.of[i]
		if b.index > 0 {
			if rest, ok := strings.CutPrefix(path, "["+strconv.Itoa(b.index)+"]"); ok {
				out = append(out, nextStep{step{n, "", b}, strings.TrimPrefix(rest, ".")})
			}
			continue
		}
		for _, name := range w.names(b.key) {
			rest, ok := strings.CutPrefix(path, name)
			if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				out = append(out, nextStep{step{n, name, b}, strings.TrimPrefix(rest, ".")})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b nextStep) int { return len(a.rest) - len(b.rest) }) // the longest name first
	return out
}

// names are those that a key can stand for.
func (w *checking) names(key string) []string {
	out := []string{key}
	for name, spellings := range w.aliases() {
		if slices.Contains(spellings, key) && name != key {
			out = append(out, name)
		}
	}
	return out
}

// at is the schema of the value at the end of a trail, nil if alternatives describe it.
func (w *checking) at(t trail) *schema.Schema {
	s := w.schema
	for _, step := range t {
		if s == nil {
			return nil
		}
		s = part(s, step)
	}
	return s
}

func part(s *schema.Schema, step step) *schema.Schema {
	if step.index > 0 {
		return s.Items
	}
	for _, p := range s.Properties {
		if p.Name == step.key || p.Name == step.name {
			return p.Schema
		}
	}
	return s.Additional
}
