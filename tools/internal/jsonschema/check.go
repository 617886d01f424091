package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Violation is one place of a value that breaks one keyword.
type Violation struct {
	Path    []any // of names (string) and positions (int, from 0)
	Keyword string
	Value   any
	Words   string // what would be right, such as "must be at least 5"
}

// maxDepth bounds how deep values and references may lead.
const maxDepth = 1000

var errDepth = errors.New("the schema refers to itself without end, or the value is nested more than 1000 deep")

// Check returns the violations of the schema by a value, at most max. The error
// is the context's, or says that checking leads too deep.
func (s *Schema) Check(ctx context.Context, v any, max int) ([]Violation, error) {
	c := &checker{ctx: ctx, schema: s, max: max}
	c.value(s.root, v, nil, 0)
	if c.err != nil {
		return nil, c.err
	}
	return c.found, nil
}

// path is a list from the value back to the root.
type path struct {
	up   *path
	part any
}

func (p *path) list() []any {
	n := 0
	for q := p; q != nil; q = q.up {
		n++
	}
	out := make([]any, n)
	for q := p; q != nil; q = q.up {
		n--
		out[n] = q.part
	}
	return out
}

type checker struct {
	ctx    context.Context
	schema *Schema
	err    error
	steps  int
	quiet  bool // only whether, not what: within anyOf, not and the like
	max    int
	found  []Violation
	bad    bool
}

// full tells that nothing more can change the answer.
func (c *checker) full() bool { return c.err != nil || c.quiet && c.bad || len(c.found) >= c.max }

func (c *checker) report(at *path, keyword string, v any, format string, args ...any) {
	c.bad = true
	if c.quiet || len(c.found) >= c.max {
		return
	}
	c.found = append(c.found, Violation{at.list(), keyword, v, fmt.Sprintf(format, args...)})
}

// fits tells whether a value obeys a schema, without a report.
func (c *checker) fits(n *node, v any, at *path, depth int) bool {
	quiet, bad := c.quiet, c.bad
	c.quiet, c.bad = true, false
	c.value(n, v, at, depth)
	ok := !c.bad
	c.quiet, c.bad = quiet, bad
	return ok
}

func (c *checker) value(n *node, v any, at *path, depth int) {
	if c.steps++; c.steps%256 == 0 && c.err == nil {
		c.err = c.ctx.Err()
	}
	if depth > maxDepth && c.err == nil {
		c.err = errDepth
	}
	if c.full() {
		return
	}
	if n.never {
		c.report(at, "false", v, "is not allowed")
		return
	}
	if n.ref != nil {
		c.value(n.ref, v, at, depth+1)
	}
	if len(n.types) > 0 && !hasTypes(v, n.types, c.schema.LuaTables) {
		c.report(at, "type", v, "must be %s, not %s", orWords(n.types), typeOf(v))
		return // the other keywords would say the same in other words
	}
	if n.hasEnum {
		c.enum(n, v, at)
	}
	switch v := v.(type) {
	case string:
		c.text(n, v, at)
	case []any:
		c.array(n, v, at, depth)
	case map[string]any:
		c.object(n, v, at, depth)
		if c.schema.LuaTables && len(v) == 0 && len(n.types) == 1 && n.types[0] == "array" {
			c.array(n, nil, at, depth)
		}
	default:
		if f, ok := number(v); ok {
			c.number(n, v, f, at)
		}
	}
	c.combined(n, v, at, depth)
}

func (c *checker) enum(n *node, v any, at *path) {
	for _, e := range n.enum {
		if Equal(e, v) {
			return
		}
	}
	if len(n.enum) == 1 {
		c.report(at, "const", v, "must be %s", short(n.enum[0]))
		return
	}
	words := make([]string, 0, 20)
	for i, e := range n.enum {
		if i == 20 {
			words = append(words, "…")
			break
		}
		words = append(words, short(e))
	}
	c.report(at, "enum", v, "must be one of %s", strings.Join(words, ", "))
}

func (c *checker) number(n *node, v any, f float64, at *path) {
	switch {
	case n.low != nil && n.openLow && f <= *n.low:
		c.report(at, "exclusiveMinimum", v, "must be more than %s", plain(*n.low))
	case n.low != nil && f < *n.low:
		c.report(at, "minimum", v, "must be at least %s", plain(*n.low))
	}
	switch {
	case n.high != nil && n.openHigh && f >= *n.high:
		c.report(at, "exclusiveMaximum", v, "must be less than %s", plain(*n.high))
	case n.high != nil && f > *n.high:
		c.report(at, "maximum", v, "must be at most %s", plain(*n.high))
	}
	if n.multipleOf != nil && !isMultiple(v, *n.multipleOf) {
		c.report(at, "multipleOf", v, "must be a multiple of %s", plain(*n.multipleOf))
	}
}

func (c *checker) size(at *path, v any, low, high *float64, n int, lowKey, highKey, unit string) {
	if low != nil && float64(n) < *low {
		c.report(at, lowKey, v, "must have at least %s %s, not %d", plain(*low), unit, n)
	}
	if high != nil && float64(n) > *high {
		c.report(at, highKey, v, "must have at most %s %s, not %d", plain(*high), unit, n)
	}
}

func (c *checker) text(n *node, s string, at *path) {
	if n.minLength != nil || n.maxLength != nil {
		c.size(at, s, n.minLength, n.maxLength, utf8.RuneCountInString(s), "minLength", "maxLength", "characters")
	}
	if n.pattern != nil && !n.pattern.MatchString(s) {
		c.report(at, "pattern", s, "must match the pattern %s", n.pattern)
	}
	if n.format != "" && c.schema.format != nil && !c.schema.format(n.format, s) {
		c.report(at, "format", s, "must be of the format %s", n.format)
	}
}

func (c *checker) array(n *node, l []any, at *path, depth int) {
	c.size(at, l, n.minItems, n.maxItems, len(l), "minItems", "maxItems", "items")
	if n.unique {
		if first, second := duplicate(l); second > 0 {
			c.report(at, "uniqueItems", l, "must not hold the same item twice; items %d and %d are equal", first, second)
		}
	}
	for i, v := range l {
		if c.full() {
			return
		}
		switch {
		case i < len(n.prefix):
			c.value(n.prefix[i], v, &path{at, i}, depth+1)
		case n.items != nil && n.items.never:
			c.report(&path{at, i}, "items", v, "is not expected here")
		case n.items != nil:
			c.value(n.items, v, &path{at, i}, depth+1)
		}
	}
	if n.contains == nil {
		return
	}
	count, low := 0, 1.0
	if n.minContains != nil {
		low = *n.minContains
	}
	for i, v := range l {
		if c.fits(n.contains, v, &path{at, i}, depth+1) {
			count++
		}
		if c.err != nil {
			return
		}
	}
	if float64(count) < low {
		c.report(at, "contains", l, "must hold at least %s items of the kind that contains describes, not %d", plain(low), count)
	}
	if n.maxContains != nil && float64(count) > *n.maxContains {
		c.report(at, "maxContains", l, "must hold at most %s items of the kind that contains describes, not %d", plain(*n.maxContains), count)
	}
}

func (c *checker) object(n *node, m map[string]any, at *path, depth int) {
	for _, name := range n.required {
		if _, ok := m[name]; !ok {
			c.report(&path{at, name}, "required", nil, "is required")
		}
	}
	c.size(at, m, n.minProperties, n.maxProperties, len(m), "minProperties", "maxProperties", "members")
	if len(n.properties)+len(n.patterns) > 0 || n.others != nil || n.names != nil {
		for _, name := range sorted(m) {
			if c.full() {
				return
			}
			c.member(n, name, m[name], &path{at, name}, depth+1)
		}
	}
	for _, name := range sorted(n.dependentRequired) {
		if _, ok := m[name]; !ok {
			continue
		}
		for _, other := range n.dependentRequired[name] {
			if _, ok := m[other]; !ok {
				c.report(&path{at, other}, "dependentRequired", nil, "is required where there is %s", name)
			}
		}
	}
	for _, name := range sorted(n.dependent) {
		if _, ok := m[name]; ok {
			c.value(n.dependent[name], m, at, depth+1)
		}
	}
}

func (c *checker) member(n *node, name string, v any, at *path, depth int) {
	if n.names != nil && !c.fits(n.names, name, at, depth) {
		c.report(at, "propertyNames", name, "has a name that is not allowed")
	}
	part, known := n.properties[name]
	if known {
		c.value(part, v, at, depth)
	}
	for _, p := range n.patterns {
		if p.re.MatchString(name) {
			known = true
			c.value(p.n, v, at, depth)
		}
	}
	switch {
	case known || n.others == nil:
	case n.others.never:
		c.report(at, "additionalProperties", v, "is not expected here")
	default:
		c.value(n.others, v, at, depth)
	}
}

// combined applies the keywords that hold other schemas for the same value.
func (c *checker) combined(n *node, v any, at *path, depth int) {
	for _, b := range n.all {
		c.value(b, v, at, depth+1)
	}
	if len(n.any) > 0 && !c.anyOf(n.any, v, at, depth+1) {
		if likely := c.likely(n.any, v); likely != nil && !c.quiet {
			c.value(likely, v, at, depth+1) // what is wrong in detail
		} else {
			c.report(at, "anyOf", v, "must obey one at least of the %d schemas of anyOf", len(n.any))
		}
	}
	if len(n.one) > 0 {
		count := 0
		for _, b := range n.one {
			if c.fits(b, v, at, depth+1) {
				count++
			}
		}
		if count != 1 && c.err == nil {
			c.report(at, "oneOf", v, "must obey exactly one of the %d schemas of oneOf, not %d", len(n.one), count)
		}
	}
	if n.not != nil && c.fits(n.not, v, at, depth+1) && c.err == nil {
		c.report(at, "not", v, "must not obey the schema of not")
	}
	if n.condition != nil {
		if c.fits(n.condition, v, at, depth+1) {
			if n.then != nil {
				c.value(n.then, v, at, depth+1)
			}
		} else if n.otherwise != nil {
			c.value(n.otherwise, v, at, depth+1)
		}
	}
}

func (c *checker) anyOf(branches []*node, v any, at *path, depth int) bool {
	for _, b := range branches {
		if c.fits(b, v, at, depth) || c.err != nil {
			return true
		}
	}
	return false
}

// Field writes the place as user.tags[2], counted from 1; "" is the whole value.
func (v *Violation) Field() string {
	var b strings.Builder
	for _, p := range v.Path {
		switch p := p.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", p+1)
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(p)
		}
	}
	return b.String()
}

// likely returns the one branch that is for values of this type, if there is
// just one: the caller meant that.
func (c *checker) likely(branches []*node, v any) *node {
	var found *node
	for _, b := range branches {
		if len(b.types) > 0 && !hasTypes(v, b.types, c.schema.LuaTables) {
			continue
		}
		if found != nil || len(b.types) == 0 {
			return nil
		}
		found = b
	}
	return found
}
