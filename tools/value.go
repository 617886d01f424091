package tools

import (
	"encoding/binary"
	"encoding/json"
	"hash"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/llmspell/llmspell/tools/tool"
)

// maxCacheDepth bounds the recursion over values of tools.
const maxCacheDepth = 1000

// copier copies JSON-like values, so that nobody can change what another
// sees, and estimates the memory of the copy.
type copier struct {
	size int64
	bad  bool // the value holds something that cannot be copied
}

// What a value takes beside its contents, roughly.
const (
	perValue  = 16
	perMember = 48
	perMap    = 96
)

func (c *copier) copy(v any, depth int) any {
	c.size += perValue
	if depth > maxCacheDepth {
		c.bad = true
	}
	if c.bad {
		return nil
	}
	switch v := v.(type) {
	case nil, bool, float64, int64, int:
		return v
	case string:
		c.size += int64(len(v))
		return v
	case json.Number:
		c.size += int64(len(v))
		return v
	case map[string]any:
		if v == nil {
			return v
		}
		c.size += perMap
		out := make(map[string]any, len(v))
		for k, e := range v {
			c.size += perMember + int64(len(k))
			out[k] = c.copy(e, depth+1)
		}
		return out
	case []any:
		return copyList(c, v, func(e any) any { return c.copy(e, depth+1) })
	case []map[string]any:
		return copyList(c, v, func(e map[string]any) map[string]any { m, _ := c.copy(e, depth+1).(map[string]any); return m })
	case []string:
		return copyList(c, v, func(e string) string { c.size += perValue + int64(len(e)); return e })
	case []float64:
		return copyList(c, v, func(e float64) float64 { c.size += perValue; return e })
	case []int:
		return copyList(c, v, func(e int) int { c.size += perValue; return e })
	case map[string]string:
		c.size += perMap
		for k, e := range v {
			c.size += perMember + int64(len(k)+len(e))
		}
		return maps.Clone(v)
	}
	c.bad = true
	return nil
}

func copyList[T any](c *copier, list []T, each func(T) T) []T {
	if list == nil {
		return nil
	}
	c.size += perValue
	out := make([]T, len(list))
	for i, e := range list {
		out[i] = each(e)
	}
	return out
}

// copyResult copies a result with all that it holds. ok is false when it holds
// something other than JSON-like values.
func copyResult(r *tool.Result) (out *tool.Result, size int64, ok bool) {
	c := copier{size: 256}
	out = &tool.Result{Value: c.copy(r.Value, 0), Message: r.Message, NoStore: r.NoStore}
	c.size += int64(len(r.Message))
	if r.Text != nil {
		text := *r.Text
		out.Text = &text
		c.size += int64(len(text))
	}
	if r.Metadata != nil {
		out.Metadata, _ = c.copy(r.Metadata, 0).(map[string]any)
	}
	return out, c.size, !c.bad
}

// digest feeds a hash with values so that no two different ones give the same
// bytes: each has a tag of its type, and its length where that is not fixed.
type digest struct {
	to      hash.Hash
	scratch [9]byte
	bad     bool // a value is of a type that parameters cannot have
}

func (d *digest) head(tag byte, n uint64) {
	d.scratch[0] = tag
	binary.LittleEndian.PutUint64(d.scratch[1:], n)
	d.to.Write(d.scratch[:])
}

func (d *digest) text(tag byte, s string) {
	d.head(tag, uint64(len(s)))
	_, _ = io.WriteString(d.to, s) // a hash never fails
}

func (d *digest) value(v any, depth int) {
	if depth > maxCacheDepth {
		d.bad = true
	}
	if d.bad {
		return
	}
	switch v := v.(type) {
	case nil:
		d.head('n', 0)
	case bool:
		n := uint64(0)
		if v {
			n = 1
		}
		d.head('b', n)
	case float64:
		d.head('f', math.Float64bits(v))
	case int64:
		d.head('i', uint64(v))
	case int:
		d.head('i', uint64(v))
	case string:
		d.text('s', v)
	case json.Number:
		d.text('j', string(v))
	case []any:
		d.head('l', uint64(len(v)))
		for _, e := range v {
			d.value(e, depth+1)
		}
	case map[string]any:
		d.head('m', uint64(len(v)))
		var few [16]string
		keys := few[:0]
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			d.text('k', k)
			d.value(v[k], depth+1)
		}
	default:
		d.bad = true
	}
}
