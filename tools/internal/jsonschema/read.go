package jsonschema

import (
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
)

// reader reads the keywords of one schema object.
type reader struct {
	c       *compiler
	pointer string
	m       map[string]any
	depth   int
}

func (r *reader) place(keyword string) string { return r.pointer + "/" + escape(keyword) }

func (r *reader) read(n *node) {
	for _, k := range []string{"$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems"} {
		if _, ok := r.m[k]; ok {
			r.c.fail(r.place(k), "the keyword %q is not supported", k)
		}
	}
	if id, ok := r.m["$id"].(string); ok && r.pointer == "" {
		r.c.id, _ = cutFragment(id)
	}
	if id, ok := r.m["$id"].(string); ok && len(id) > 1 && id[0] == '#' { // an anchor, until draft 7
		r.c.anchors[id[1:]] = r.pointer
	}
	if name, ok := r.m["$anchor"].(string); ok {
		r.c.anchors[name] = r.pointer
	}
	for _, k := range []string{"$defs", "definitions"} { // read for their anchors and mistakes
		r.schemas(k)
	}
	if target, ok := r.text("$ref"); ok {
		r.c.refs = append(r.c.refs, pending{n, r.place("$ref"), target})
	}
	n.types = r.types()
	if list, ok := r.m["enum"]; ok {
		n.enum, n.hasEnum = r.list("enum", list), true
	}
	if v, ok := r.m["const"]; ok {
		if n.hasEnum { // both must hold
			same := slices.ContainsFunc(n.enum, func(e any) bool { return Equal(e, v) })
			if n.enum = nil; same {
				n.enum = []any{v}
			}
		} else {
			n.enum, n.hasEnum = []any{v}, true
		}
	}
	r.numbers(n)
	n.pattern = r.expression("pattern")
	n.format, _ = r.text("format")
	r.arrays(n)
	r.objects(n)
	n.all, n.any, n.one = r.branches("allOf"), r.branches("anyOf"), r.branches("oneOf")
	n.not, n.condition, n.then, n.otherwise = r.schema("not"), r.schema("if"), r.schema("then"), r.schema("else")
}

func cutFragment(s string) (string, string) {
	for i := range len(s) {
		if s[i] == '#' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func (r *reader) text(k string) (string, bool) {
	v, ok := r.m[k]
	if !ok {
		return "", false
	}
	s, isText := v.(string)
	if !isText {
		r.c.fail(r.place(k), "%s must be a string", k)
	}
	return s, isText
}

func (r *reader) flag(k string) bool {
	v, ok := r.m[k]
	if !ok {
		return false
	}
	b, isBool := v.(bool)
	if !isBool {
		r.c.fail(r.place(k), "%s must be a boolean", k)
	}
	return b
}

func (r *reader) number(k string) *float64 {
	v, ok := r.m[k]
	if !ok {
		return nil
	}
	f, isNumber := number(v)
	if !isNumber {
		r.c.fail(r.place(k), "%s must be a number", k)
		return nil
	}
	return &f
}

func (r *reader) count(k string) *float64 {
	f := r.number(k)
	if f != nil && (*f < 0 || *f != math.Trunc(*f)) {
		r.c.fail(r.place(k), "%s must be a whole number from 0", k)
	}
	return f
}

func (r *reader) list(k string, v any) []any {
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		return nil
	}
	l, ok := v.([]any)
	if !ok {
		r.c.fail(r.place(k), "%s must be an array", k)
	}
	return l
}

func (r *reader) names(k string, v any) []string {
	var out []string
	for _, e := range r.list(k, v) {
		s, ok := e.(string)
		if !ok {
			r.c.fail(r.place(k), "%s must be an array of strings", k)
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (r *reader) types() []string {
	v, ok := r.m["type"]
	if !ok {
		return nil
	}
	var out []string
	if s, isText := v.(string); isText {
		out = []string{s}
	} else {
		out = r.names("type", v)
	}
	for _, t := range out {
		if !slices.Contains([]string{"null", "boolean", "object", "array", "number", "string", "integer"}, t) {
			r.c.fail(r.place("type"), "%q is no JSON type; types are null, boolean, object, array, number, string and integer", t)
		}
	}
	return out
}

func (r *reader) expression(k string) *regexp.Regexp {
	text, ok := r.text(k)
	if !ok {
		return nil
	}
	return r.regexp(k, text)
}

func (r *reader) regexp(k, text string) *regexp.Regexp {
	if len(text) > maxPattern {
		r.c.fail(r.place(k), "an expression has more than %d bytes", maxPattern)
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		r.c.fail(r.place(k), "%q is no regular expression in RE2 syntax: %v", text, err)
		return nil
	}
	return re
}

func (r *reader) numbers(n *node) {
	if n.multipleOf = r.number("multipleOf"); n.multipleOf != nil && *n.multipleOf <= 0 {
		r.c.fail(r.place("multipleOf"), "multipleOf must be more than 0")
	}
	n.low, n.high = r.number("minimum"), r.number("maximum")
	for _, e := range []struct {
		k    string
		to   **float64
		open *bool
		more func(a, b float64) bool
	}{
		{"exclusiveMinimum", &n.low, &n.openLow, func(a, b float64) bool { return a >= b }},
		{"exclusiveMaximum", &n.high, &n.openHigh, func(a, b float64) bool { return a <= b }},
	} {
		if b, old := r.m[e.k].(bool); old { // as in draft 4
			*e.open = b
		} else if f := r.number(e.k); f != nil && (*e.to == nil || e.more(*f, **e.to)) {
			*e.to, *e.open = f, true
		}
	}
	n.minLength, n.maxLength = r.count("minLength"), r.count("maxLength")
	n.minItems, n.maxItems = r.count("minItems"), r.count("maxItems")
	n.minContains, n.maxContains = r.count("minContains"), r.count("maxContains")
	n.minProperties, n.maxProperties = r.count("minProperties"), r.count("maxProperties")
}

func (r *reader) schema(k string) *node {
	v, ok := r.m[k]
	if !ok {
		return nil
	}
	return r.c.at(r.place(k), v, r.depth+1)
}

func (r *reader) branches(k string) []*node {
	v, ok := r.m[k]
	if !ok {
		return nil
	}
	list := r.list(k, v)
	if len(list) == 0 {
		r.c.fail(r.place(k), "%s must be an array of at least one schema", k)
	}
	out := make([]*node, len(list))
	for i, e := range list {
		out[i] = r.c.at(r.place(k)+"/"+strconv.Itoa(i), e, r.depth+1)
	}
	return out
}

func (r *reader) object(k string) map[string]any {
	v, ok := r.m[k]
	if !ok {
		return nil
	}
	if l, isList := v.([]any); isList && len(l) == 0 { // Lua's empty table
		return nil
	}
	m, isObject := v.(map[string]any)
	if !isObject {
		r.c.fail(r.place(k), "%s must be an object", k)
	}
	return m
}

func (r *reader) schemas(k string) map[string]*node {
	m := r.object(k)
	out := make(map[string]*node, len(m))
	for _, name := range sorted(m) { // the same error every time
		out[name] = r.c.at(r.place(k)+"/"+escape(name), m[name], r.depth+1)
	}
	return out
}

func (r *reader) arrays(n *node) {
	n.unique = r.flag("uniqueItems")
	n.contains = r.schema("contains")
	n.prefix = nil
	if _, ok := r.m["prefixItems"]; ok {
		n.prefix = r.branches("prefixItems")
	}
	if l, ok := r.m["items"].([]any); ok { // until draft 2019-09 items held what prefixItems does
		if len(l) > 0 {
			n.prefix = r.branches("items")
		}
		n.items = r.schema("additionalItems")
		return
	}
	n.items = r.schema("items")
}

func (r *reader) objects(n *node) {
	if v, ok := r.m["required"]; ok {
		if _, old := v.(bool); !old { // draft 3 said it in the member
			n.required = r.names("required", v)
		} else {
			r.c.fail(r.place("required"), "required must be an array of names, beside properties")
		}
	}
	n.properties = r.schemas("properties")
	n.others, n.names = r.schema("additionalProperties"), r.schema("propertyNames")
	m := r.object("patternProperties")
	for _, text := range sorted(m) {
		n.patterns = append(n.patterns, patternNode{r.regexp("patternProperties", text), r.c.at(r.place("patternProperties")+"/"+escape(text), m[text], r.depth+1)})
	}
	n.dependentRequired, n.dependent = map[string][]string{}, r.schemas("dependentSchemas")
	required := r.object("dependentRequired")
	for name := range required {
		n.dependentRequired[name] = r.names("dependentRequired", required[name])
	}
	older := r.object("dependencies")
	for name, v := range older {
		if _, isList := v.([]any); isList {
			n.dependentRequired[name] = r.names("dependencies", v)
		} else {
			n.dependent[name] = r.c.at(r.place("dependencies")+"/"+escape(name), v, r.depth+1)
		}
	}
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
