package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// keywords are the options that a rule, a field or a JSON Schema may hold.
func keywords() []string {
	return []string{"type", "required", "expected", "min", "max", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
		"min_length", "max_length", "minLength", "maxLength", "length", "range", "pattern", "regex", "enum", "values", "in", "one_of",
		"allowed", "const", "format", "name", "custom", "email", "url", "date", "min_items", "max_items", "minItems", "maxItems", "unique",
		"uniqueItems", "items", "item_rules", "items_rules", "properties", "fields", "additional_properties", "additionalProperties",
		"message", "title", "description", "default", "examples", "$schema", "$id", "$comment", "rules", "nullable"}
}

func isKeyword(k string) bool { return slices.Contains(keywords(), k) }

// reader takes options from one object, and knows which have been taken.
type reader struct {
	p     *parser
	path  string
	m     map[string]any
	taken map[string]bool
	depth int
}

func (r *reader) get(names ...string) (string, any, bool) {
	for _, n := range names {
		r.taken[n] = true
	}
	for _, n := range names {
		if v, ok := r.m[n]; ok && v != nil {
			return r.path + "." + n, v, true
		}
	}
	return "", nil, false
}

func (r *reader) num(names ...string) *float64 {
	at, v, ok := r.get(names...)
	if !ok {
		return nil
	}
	f, ok := schema.ToFloat(v)
	if !ok {
		r.p.wrong(at, "a number", v)
	}
	return &f
}

func (r *reader) flag(names ...string) bool {
	at, v, ok := r.get(names...)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		r.p.wrong(at, "a boolean", v)
	}
	return b
}

func (r *reader) strings(at string, v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	l, ok := asList(v)
	if !ok {
		r.p.wrong(at, "a string or an array of strings", v)
	}
	var out []string
	for _, e := range l {
		s, ok := e.(string)
		if !ok {
			r.p.wrong(at, "an array of strings", v)
		}
		out = append(out, s)
	}
	return out
}

// options reads {type = …, …}.
func (p *parser) options(path string, m map[string]any, depth int) Rules {
	r := &reader{p: p, path: path, m: m, taken: map[string]bool{}, depth: depth}
	var out Rules
	kind := "" // of rule, or "" when type is a JSON type or missing
	if at, v, ok := r.get("type"); ok {
		types := r.strings(at, v)
		if len(types) == 1 && isRule(types[0]) {
			kind = types[0]
		} else {
			out = append(out, r.types(at, types)...)
		}
	}
	required := kind == "required" // of the value itself
	var names []string             // of members
	if at, v, ok := r.get("required"); ok {
		if b, isBool := v.(bool); isBool {
			required = required || b
		} else {
			names = r.strings(at, v)
		}
	}
	if required {
		out = append(Rules{requiredRule()}, out...)
	}
	out = append(out, r.kind(kind)...)
	out = append(out, r.limits(kind)...)
	out = append(out, r.formats(kind)...)
	out = append(out, r.containers(kind, names)...)
	if at, v, ok := r.get("rules"); ok {
		out = append(out, p.set(at, v, depth+1)...)
	}
	if at, v, ok := r.get("message"); ok {
		text, ok := v.(string)
		if !ok {
			p.wrong(at, "a string", v)
		}
		for i := range out {
			out[i].message = text
		}
	}
	r.get("title", "description", "default", "examples", "$schema", "$id", "$comment", "nullable")
	for _, k := range sortedKeys(m) {
		if !r.taken[k] && p.err == nil {
			p.err = &schema.FieldError{Path: path + "." + k, Problem: "is no rule that this tool knows",
				Suggestion: schema.Nearest(k, keywords()), Help: "rules are " + strings.Join(Names(), ", ")}
		}
	}
	return out
}

// Names lists the kinds of rules.
func Names() []string {
	return []string{"required", "type", "length", "range", "pattern", "enum", "email", "url", "date", "custom", "array", "object"}
}

func isRule(name string) bool {
	return slices.Contains(Names(), name) && name != "array" && name != "object" || name == "between" || name == "regex" || isCheck(name)
}

var jsonTypes = map[string]string{"string": "string", "text": "string", "number": "number", "float": "number", "integer": "integer", "int": "integer",
	"boolean": "boolean", "bool": "boolean", "array": "array", "list": "array", "object": "object", "table": "object", "map": "object", "null": "null"}

func (r *reader) types(at string, names []string) Rules {
	types := make([]string, len(names))
	for i, n := range names {
		t, ok := jsonTypes[strings.ToLower(n)]
		if !ok && r.p.err == nil {
			all := append(Names(), "string", "number", "integer", "boolean", "null")
			r.p.err = &schema.FieldError{Path: at, Expected: "a rule (" + strings.Join(Names(), ", ") + ") or a JSON type", Value: n,
				Suggestion: schema.Nearest(n, all)}
		}
		types[i] = t
	}
	if r.m["nullable"] == true {
		types = append(types, "null")
	}
	return Rules{typeRule(types)}
}

// kind reads what belongs to one kind of rule only.
func (r *reader) kind(kind string) Rules {
	switch {
	case kind == "type":
		at, v, ok := r.get("expected")
		if !ok {
			r.p.fail(r.path, "lacks expected, the JSON type that the value must have")
			return nil
		}
		return r.types(at, r.strings(at, v))
	case kind == "custom":
		at, v, ok := r.get("name", "custom")
		name, isText := v.(string)
		if !ok || !isText {
			r.p.fail(r.path, "lacks name, one of "+strings.Join(Checks(), ", "))
			return nil
		}
		return r.custom(at, name)
	case kind != "" && kind != "date" && isCheck(kind):
		return r.custom(r.path+".type", kind)
	}
	return nil
}

func (r *reader) custom(at, name string) Rules {
	c, ok := checks[strings.ToLower(strings.ReplaceAll(name, "-", "_"))]
	if !ok {
		if r.p.err == nil {
			r.p.err = &schema.FieldError{Path: at, Expected: "one of " + strings.Join(Checks(), ", "), Value: name, Suggestion: schema.Nearest(name, Checks())}
		}
		return nil
	}
	rule := "custom"
	if name == "email" || name == "url" {
		rule = name
	}
	return Rules{textRule(rule, c.ok, "must be "+c.words)}
}

// limits reads lengths, ranges, patterns and enumerations.
func (r *reader) limits(kind string) Rules {
	var out Rules
	length := bounds{low: r.num("min_length", "minLength"), high: r.num("max_length", "maxLength")}
	span := bounds{low: r.num("minimum"), high: r.num("maximum")}
	if f := r.num("exclusiveMinimum"); f != nil {
		span.low, span.openLow = f, true
	}
	if f := r.num("exclusiveMaximum"); f != nil {
		span.high, span.openHigh = f, true
	}
	for _, n := range []struct {
		name string
		to   *bounds
	}{{"length", &length}, {"range", &span}} {
		if at, v, ok := r.get(n.name); ok {
			m, ok := v.(map[string]any)
			if !ok || !onlyBounds(m) {
				r.p.wrong(at, "an object with min and max", v)
				continue
			}
			in := &reader{p: r.p, path: at, m: m, taken: map[string]bool{}}
			n.to.low, n.to.high = in.num("min", "minimum"), in.num("max", "maximum")
		}
	}
	low, high := r.num("min"), r.num("max")
	if low != nil || high != nil {
		// min and max bound the length of texts and arrays, and the value of numbers.
		target := &span
		if kind == "length" || kind != "range" && kind != "between" && isSized(r.m["type"]) {
			target = &length
		}
		target.low, target.high = low, high
	}
	if length.low != nil || length.high != nil {
		out = append(out, lengthRule("length", length))
	} else if kind == "length" {
		r.p.fail(r.path, "lacks min or max")
	}
	if span.low != nil || span.high != nil {
		out = append(out, rangeRule(span))
	} else if kind == "range" || kind == "between" {
		r.p.fail(r.path, "lacks min or max")
	}
	if at, v, ok := r.get("regex", "pattern"); ok {
		out = append(out, r.p.pattern(at, v)...)
	} else if kind == "pattern" || kind == "regex" {
		r.p.fail(r.path, "lacks regex, the regular expression")
	}
	if at, v, ok := r.get("values", "enum", "in", "one_of", "allowed"); ok {
		l, ok := asList(v)
		if !ok || len(l) == 0 {
			r.p.wrong(at, "an array of the allowed values", v)
		}
		out = append(out, enumRule(l))
	} else if kind == "enum" {
		r.p.fail(r.path, "lacks values, the array of allowed values")
	}
	if _, v, ok := r.get("const"); ok {
		out = append(out, enumRule([]any{v}))
	}
	return out
}

func isSized(t any) bool { return t == "string" || t == "text" || t == "array" || t == "list" }

// formats reads email, url, date, custom and the formats of JSON Schema.
func (r *reader) formats(kind string) Rules {
	var out Rules
	for _, name := range []string{"email", "url"} {
		if r.flag(name) {
			out = append(out, r.custom(r.path+"."+name, name)...)
		}
	}
	if kind != "custom" {
		if at, v, ok := r.get("custom"); ok {
			name, isText := v.(string)
			if !isText {
				r.p.wrong(at, "the name of a check", v)
			}
			out = append(out, r.custom(at, name)...)
		}
	}
	if kind == "date" {
		_, v, _ := r.get("format")
		return append(out, r.date(r.path+".format", v)...)
	}
	if at, v, ok := r.get("date"); ok && v != false {
		if v == true {
			v = nil
		}
		return append(out, r.date(at, v)...)
	}
	if at, v, ok := r.get("format"); ok {
		name, _ := v.(string)
		if to, known := formats[name]; known {
			name = to
		}
		switch name {
		case "date":
			return append(out, r.date(at, "%Y-%m-%d")...)
		case "datetime":
			return append(out, r.date(at, nil)...)
		}
		if !isCheck(name) {
			r.p.fail(at, fmt.Sprintf("names the format %q, which this tool does not check; it checks %s", name, strings.Join(Checks(), ", ")))
			return out
		}
		out = append(out, r.custom(at, name)...)
	}
	return out
}

func (r *reader) date(at string, v any) Rules {
	format, ok := v.(string)
	if v != nil && !ok {
		r.p.wrong(at, "a string such as %Y-%m-%d", v)
		return nil
	}
	check, words, problem := dateCheck(format)
	if problem != "" {
		r.p.fail(at, problem)
		return nil
	}
	return Rules{textRule("date", check, "must be "+words)}
}

// containers reads what arrays and objects must hold.
func (r *reader) containers(kind string, names []string) Rules {
	var out Rules
	count := bounds{low: r.num("min_items", "minItems"), high: r.num("max_items", "maxItems")}
	unique := r.flag("unique", "uniqueItems")
	var items Rules
	at, v, hasItems := r.get("items", "item_rules", "items_rules")
	if hasItems {
		items = r.p.set(at, v, r.depth+1)
	}
	if hasItems || unique || count.low != nil || count.high != nil {
		out = append(out, arrayRule(count, unique, items))
	}
	at, v, hasFields := r.get("properties", "fields")
	fields := map[string]any{}
	if hasFields {
		var ok bool
		if fields, ok = asObject(v); !ok {
			r.p.wrong(at, "an object of fields with rules", v)
		}
	}
	var others Rules
	closed := false
	if at, v, ok := r.get("additional_properties", "additionalProperties"); ok {
		if b, isBool := v.(bool); isBool {
			closed = !b
		} else {
			others = r.p.set(at, v, r.depth+1)
		}
	}
	if hasFields || closed || len(names) > 0 || len(others) > 0 {
		out = append(out, objectRule(r.p.members(at, fields, names, r.depth), others, closed))
	}
	return out
}
