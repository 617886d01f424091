// Package jsondiff compares two JSON values: what was added, removed and
// modified, by JSON Pointer, and the JSON Patch (RFC 6902) that turns one into
// the other.
package jsondiff

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/internal/jsonschema"
	"github.com/llmspell/llmspell/tools/utility/internal/textdiff"
)

// Limits of a comparison.
const (
	MaxDepth   = 200
	MaxChanges = 100_000
)

// Modification is a value that was replaced.
type Modification struct{ Old, New any }

// Diff is how two values differ. Removed is by pointers into the old value, all
// else by pointers into the new one. "" points to the whole value.
type Diff struct {
	Added     map[string]any
	Removed   map[string]any
	Modified  map[string]Modification
	Unchanged []string         // the largest parts that are equal
	Patch     []map[string]any // operations of RFC 6902, to apply in this order
}

// Compare compares two values of the types that encoding/json decodes to. Items
// of arrays are matched by content, so that inserting one moves the others
// rather than changing them.
func Compare(ctx context.Context, before, after any) (*Diff, error) {
	c := &comparison{ctx: ctx, d: &Diff{Added: map[string]any{}, Removed: map[string]any{}, Modified: map[string]Modification{}}}
	if err := c.value("", "", before, after, 0); err != nil {
		return nil, err
	}
	return c.d, nil
}

type comparison struct {
	ctx   context.Context
	d     *Diff
	count int
}

func (c *comparison) value(was, is string, before, after any, depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("the values are nested more than %d deep", MaxDepth)
	}
	if c.count++; c.count > MaxChanges {
		return fmt.Errorf("the values differ in more than %d places", MaxChanges)
	}
	if c.count%64 == 0 {
		if err := c.ctx.Err(); err != nil {
			return err
		}
	}
	if a, ok := before.(map[string]any); ok {
		if b, ok := after.(map[string]any); ok && len(a)+len(b) > 0 {
			return c.object(was, is, a, b, depth)
		}
	}
	if a, ok := before.([]any); ok {
		if b, ok := after.([]any); ok && len(a)+len(b) > 0 {
			return c.array(was, is, a, b, depth)
		}
	}
	if jsonschema.Equal(before, after) {
		c.d.Unchanged = append(c.d.Unchanged, is)
		return nil
	}
	c.d.Modified[is] = Modification{before, after}
	c.d.Patch = append(c.d.Patch, map[string]any{"op": "replace", "path": is, "value": after})
	return nil
}

func (c *comparison) object(was, is string, a, b map[string]any, depth int) error {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		step := "/" + escape(name)
		if after, ok := b[name]; ok {
			if err := c.value(was+step, is+step, a[name], after, depth+1); err != nil {
				return err
			}
			continue
		}
		c.removed(was+step, is+step, a[name])
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; !ok {
			c.added(is+"/"+escape(name), b[name])
		}
	}
	return nil
}

// array matches items by content. What stands where others were removed is
// compared with those, one by one.
func (c *comparison) array(was, is string, a, b []any, depth int) error {
	x, err := contents(c.ctx, a)
	if err != nil {
		return err
	}
	y, err := contents(c.ctx, b)
	if err != nil {
		return err
	}
	ops, err := textdiff.Compare(c.ctx, x, y)
	if err != nil {
		return err
	}
	at := func(path string, i int) string { return path + "/" + strconv.Itoa(i) }
	for k := 0; k < len(ops); k++ {
		op := ops[k]
		switch op.Kind {
		case textdiff.Equal:
			for i := range op.N {
				c.d.Unchanged = append(c.d.Unchanged, at(is, op.New+i))
			}
		case textdiff.Insert:
			for i := range op.N {
				c.added(at(is, op.New+i), b[op.New+i])
			}
		case textdiff.Delete:
			paired := 0
			if k+1 < len(ops) && ops[k+1].Kind == textdiff.Insert {
				paired = min(op.N, ops[k+1].N)
				for i := range paired {
					if err := c.value(at(was, op.Old+i), at(is, op.New+i), a[op.Old+i], b[op.New+i], depth+1); err != nil {
						return err
					}
				}
				next := &ops[k+1]
				next.New, next.N = next.New+paired, next.N-paired
			}
			for i := paired; i < op.N; i++ {
				// Each removal moves the rest up, so the place stays the same.
				c.removed(at(was, op.Old+i), at(is, op.New+paired), a[op.Old+i])
			}
		}
	}
	return nil
}

func (c *comparison) added(is string, v any) {
	c.count++
	c.d.Added[is] = v
	c.d.Patch = append(c.d.Patch, map[string]any{"op": "add", "path": is, "value": v})
}

func (c *comparison) removed(was, is string, v any) {
	c.count++
	c.d.Removed[was] = v
	c.d.Patch = append(c.d.Patch, map[string]any{"op": "remove", "path": is})
}

// contents writes equal items equally.
func contents(ctx context.Context, items []any) ([]string, error) {
	out := make([]string, len(items))
	for i, v := range items {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("item %d of an array cannot be compared: %w", i+1, err)
		}
		out[i] = string(text)
	}
	return out, nil
}

func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
