package jsonschema

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Limits of a schema.
const (
	maxNodes   = 20_000 // schemas within it
	maxNesting = 200
	maxPattern = 10_000 // bytes of a regular expression
)

// Error is a mistake in a schema.
type Error struct {
	Pointer string // a JSON Pointer to the place, "" for the whole
	Problem string
}

func (e *Error) Error() string {
	if e.Pointer == "" {
		return e.Problem
	}
	return "at " + e.Pointer + ": " + e.Problem
}

// Schema is a schema that was read.
type Schema struct {
	// LuaTables takes an empty object for an array too: Lua writes both alike.
	LuaTables bool

	root   *node
	format func(name, text string) bool
}

// Compile reads a schema: a boolean, or an object as encoding/json decodes it.
// format checks a text against a named format, and takes any for a name that it
// does not know; without one, formats are not checked. The error is an *Error.
func Compile(v any, format func(name, text string) bool) (*Schema, error) {
	c := &compiler{doc: v, known: map[string]*node{}, anchors: map[string]string{}}
	root := c.at("", v, 0)
	for len(c.refs) > 0 && c.err == nil {
		r := c.refs[len(c.refs)-1]
		c.refs = c.refs[:len(c.refs)-1]
		c.resolve(r)
	}
	if c.err != nil {
		return nil, c.err
	}
	return &Schema{root: root, format: format}, nil
}

// node is one schema within the schema.
type node struct {
	never                           bool // the schema false
	ref                             *node
	types                           []string
	enum                            []any
	hasEnum                         bool
	multipleOf                      *float64
	low, high                       *float64
	openLow, openHigh               bool
	minLength, maxLength            *float64
	minItems, maxItems              *float64
	minProperties, maxProperties    *float64
	minContains, maxContains        *float64
	pattern                         *regexp.Regexp
	unique                          bool
	prefix                          []*node
	items, contains, names          *node
	required                        []string
	properties                      map[string]*node
	patterns                        []patternNode
	others                          *node // additionalProperties
	dependentRequired               map[string][]string
	dependent                       map[string]*node
	all, any, one                   []*node
	not, condition, then, otherwise *node
	format                          string
}

type patternNode struct {
	re *regexp.Regexp
	n  *node
}

type pending struct {
	n       *node
	pointer string // of the keyword
	target  string
}

type compiler struct {
	doc     any
	err     error
	known   map[string]*node // by pointer
	anchors map[string]string
	refs    []pending
	id      string
}

func (c *compiler) fail(pointer, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{pointer, fmt.Sprintf(format, args...)}
	}
}

func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func (c *compiler) at(pointer string, v any, depth int) *node {
	if n, ok := c.known[pointer]; ok {
		return n
	}
	n := &node{}
	c.known[pointer] = n
	switch {
	case len(c.known) > maxNodes:
		c.fail(pointer, "the schema holds more than %d schemas", maxNodes)
	case depth > maxNesting:
		c.fail(pointer, "the schema is nested more than %d deep", maxNesting)
	}
	if c.err != nil {
		return n
	}
	switch v := v.(type) {
	case bool:
		n.never = !v
	case map[string]any:
		(&reader{c, pointer, v, depth}).read(n)
	case []any:
		if len(v) > 0 { // Lua's empty table may be an object
			c.fail(pointer, "a schema must be an object or a boolean, not an array")
		}
	default:
		c.fail(pointer, "a schema must be an object or a boolean")
	}
	return n
}

// resolve finds what a reference leads to.
func (c *compiler) resolve(r pending) {
	target := r.target
	if base, fragment, found := strings.Cut(target, "#"); base != "" {
		if c.id == "" || base != c.id {
			c.fail(r.pointer, "the reference %q leads out of the schema; only references within it, such as #/$defs/name, are followed", target)
			return
		}
		target = "#"
		if found {
			target += fragment
		}
	}
	fragment := strings.TrimPrefix(target, "#")
	if text, err := url.PathUnescape(fragment); err == nil {
		fragment = text
	}
	if fragment != "" && fragment[0] != '/' {
		pointer, ok := c.anchors[fragment]
		if !ok {
			c.fail(r.pointer, "the reference %q leads nowhere: there is no $anchor of that name", r.target)
			return
		}
		fragment = pointer
	}
	v := c.doc
	if fragment != "" {
		for _, part := range strings.Split(fragment[1:], "/") {
			part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
			var ok bool
			switch holder := v.(type) {
			case map[string]any:
				v, ok = holder[part]
			case []any:
				if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(holder) {
					v, ok = holder[i], true
				}
			}
			if !ok {
				c.fail(r.pointer, "the reference %q leads nowhere", r.target)
				return
			}
		}
	}
	r.n.ref = c.at(fragment, v, 0)
}
