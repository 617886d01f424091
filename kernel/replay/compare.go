package replay

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/kernel/archive"
)

// Kinds of differences.
const (
	Added       = "added"        // only the second value has it
	Removed     = "removed"      // only the first value has it
	Changed     = "changed"      // both have it, with different values of one type
	TypeChanged = "type_changed" // both have it, with values of different types
)

// MaxDifferences is how many differences a Comparison lists. The score counts
// all.
const MaxDifferences = 1000

// maxDepth is how deep values are compared; what lies below is compared as a
// whole.
const maxDepth = 128

// Difference is a place where two values differ.
type Difference struct {
	Path     string `json:"path"` // such as "$.items[2].name", counted from 0 as JSON does; "$" is the whole
	Kind     string `json:"kind"` // Added, Removed, Changed or TypeChanged
	Original any    `json:"original,omitempty"`
	Replayed any    `json:"replayed,omitempty"`
}

// Comparison says how far two values agree.
type Comparison struct {
	Identical   bool         `json:"identical"`
	Similarity  float64      `json:"similarity_score"` // the share of leaves that agree, 0 to 1
	Summary     string       `json:"summary"`          // one line for people
	Differences []Difference `json:"differences"`      // MaxDifferences at most, in the order of paths
}

// Compare compares two values of the types that archive.Encode takes. Numbers
// are equal when their values are, functions and the like when their types are.
// Items of lists are compared by position after what both lists begin and end
// with has been set aside, so that one inserted item is one difference.
func Compare(a, b any) *Comparison {
	c := &comparer{out: &Comparison{Differences: []Difference{}}}
	c.value("$", a, b, 0)
	out := c.out
	out.Identical = c.count == 0
	out.Similarity = 1
	if total := c.equal + c.unequal; total > 0 && !out.Identical {
		// A difference is never rounded away.
		out.Similarity = min(float64(c.equal)/float64(total), math.Nextafter(1, 0))
	}
	out.Summary = c.summary()
	return out
}

type comparer struct {
	out            *Comparison
	equal, unequal int            // leaves
	count          int            // differences, listed or not
	kinds          map[string]int // how many of each
}

func (c *comparer) differ(path, kind string, a, b any, leaves int) {
	c.count++
	c.unequal += leaves
	if c.kinds == nil {
		c.kinds = map[string]int{}
	}
	c.kinds[kind]++
	if len(c.out.Differences) < MaxDifferences {
		c.out.Differences = append(c.out.Differences, Difference{Path: path, Kind: kind, Original: a, Replayed: b})
	}
}

func (c *comparer) value(path string, a, b any, depth int) {
	a, b = normal(a), normal(b)
	if depth > maxDepth {
		if same(a, b) {
			c.equal++
		} else {
			c.differ(path, Changed, a, b, 1)
		}
		return
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			c.maps(path, a, b, depth)
			return
		}
	case []any:
		if b, ok := b.([]any); ok {
			c.lists(path, a, b, depth)
			return
		}
	}
	switch {
	case same(a, b):
		c.equal += leaves(a, 0)
	case typeName(a) != typeName(b):
		c.differ(path, TypeChanged, a, b, max(leaves(a, 0), leaves(b, 0)))
	default:
		c.differ(path, Changed, a, b, 1)
	}
}

func (c *comparer) maps(path string, a, b map[string]any, depth int) {
	if len(a)+len(b) == 0 {
		c.equal++
		return
	}
	keys := slices.Collect(maps.Keys(a))
	for k := range b {
		if _, both := a[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		va, inA := a[k]
		vb, inB := b[k]
		at := path + step(k)
		switch {
		case inA && inB:
			c.value(at, va, vb, depth+1)
		case inA:
			c.differ(at, Removed, va, nil, leaves(va, 0))
		default:
			c.differ(at, Added, nil, vb, leaves(vb, 0))
		}
	}
}

func (c *comparer) lists(path string, a, b []any, depth int) {
	if len(a)+len(b) == 0 {
		c.equal++
		return
	}
	start := 0
	for start < len(a) && start < len(b) && same(a[start], b[start]) {
		c.equal += leaves(a[start], 0)
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && same(a[endA-1], b[endB-1]) {
		c.equal += leaves(a[endA-1], 0)
		endA--
		endB--
	}
	for i := start; i < endA || i < endB; i++ {
		at := path + "[" + strconv.Itoa(i) + "]"
		switch {
		case i < endA && i < endB:
			c.value(at, a[i], b[i], depth+1)
		case i < endA:
			c.differ(at, Removed, a[i], nil, leaves(a[i], 0))
		default:
			c.differ(at, Added, nil, b[i], leaves(b[i], 0))
		}
	}
}

func (c *comparer) summary() string {
	if c.count == 0 {
		return "identical"
	}
	var parts []string
	for _, kind := range []string{Added, Removed, Changed, TypeChanged} {
		if n := c.kinds[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(kind, "_", " ")))
		}
	}
	noun := "differences"
	if c.count == 1 {
		noun = "difference"
	}
	return fmt.Sprintf("%d %s (%s), %.1f %% alike", c.count, noun, strings.Join(parts, ", "), math.Floor(c.out.Similarity*1000)/10)
}

// normal gives one form to what means the same.
func normal(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case archive.Opaque: // its text holds an address
		return map[string]any{"$opaque": v.Type}
	case archive.Pairs:
		out := make(map[string]any, len(v))
		for _, p := range v {
			if f, ok := p.Key.(float64); ok {
				out[strconv.FormatFloat(f, 'g', -1, 64)] = p.Value
			} else {
				out[fmt.Sprint(p.Key)] = p.Value
			}
		}
		return out
	}
	return v
}

func same(a, b any) bool { return sameAt(a, b, 0) }

func sameAt(a, b any, depth int) bool {
	a, b = normal(a), normal(b)
	if x, ok := toFloat(a); ok {
		y, ok := toFloat(b)
		if i, both := a.(int64); both { // beyond 2^53 a float64 says too little
			if j, both := b.(int64); both {
				return i == j
			}
		}
		return ok && (x == y || math.IsNaN(x) && math.IsNaN(y))
	}
	if depth > 10*maxDepth {
		return false
	}
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, va := range a {
			if vb, ok := b[k]; !ok || !sameAt(va, vb, depth+1) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, func(x, y any) bool { return sameAt(x, y, depth+1) })
	case nil:
		return b == nil
	case string:
		s, ok := b.(string)
		return ok && a == s
	case bool:
		t, ok := b.(bool)
		return ok && a == t
	}
	return reflect.DeepEqual(a, b)
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// leaves counts the values without parts in v; an empty list is one.
func leaves(v any, depth int) int {
	n := 0
	switch v := normal(v).(type) {
	case map[string]any:
		for _, item := range v {
			if depth < maxDepth {
				n += leaves(item, depth+1)
			}
		}
	case []any:
		for _, item := range v {
			if depth < maxDepth {
				n += leaves(item, depth+1)
			}
		}
	}
	return max(n, 1)
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int64, float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// step is a key as a part of a path.
func step(key string) string {
	for i, r := range key {
		if r != '_' && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') && (i == 0 || r < '0' || r > '9') {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	if key == "" {
		return `[""]`
	}
	return "." + key
}
