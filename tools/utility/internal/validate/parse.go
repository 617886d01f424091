package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// Parse reads rules: a list of rules, an object {rules: [...]}, one rule, a
// JSON Schema, the options of a field, or an object of fields with the rules of
// each. path is how errors call the place. The error is a *schema.FieldError.
func Parse(path string, v any) (Rules, error) {
	return (&parser{}).parse(path, v)
}

// parser keeps the first error.
type parser struct {
	err   *schema.FieldError
	count int
}

func (p *parser) parse(path string, v any) (Rules, error) {
	rules := p.set(path, v, 0)
	if p.err != nil {
		return nil, p.err
	}
	return rules, nil
}

func (p *parser) fail(path, problem string) {
	if p.err == nil {
		p.err = &schema.FieldError{Path: path, Problem: problem}
	}
}

func (p *parser) wrong(path, expected string, v any) {
	if p.err == nil {
		p.err = &schema.FieldError{Path: path, Expected: expected, Value: v}
	}
}

// set reads all rules of one value.
func (p *parser) set(path string, v any, depth int) Rules {
	if p.count++; p.count > MaxRules {
		p.fail(path, fmt.Sprintf("holds more than %d rules", MaxRules))
	}
	if depth > MaxDepth {
		p.fail(path, fmt.Sprintf("is nested more than %d deep", MaxDepth))
	}
	if p.err != nil {
		return nil
	}
	switch v := v.(type) {
	case string:
		return p.words(path, v)
	case []any:
		var out Rules
		for i, e := range v {
			out = append(out, p.set(path+"["+strconv.Itoa(i+1)+"]", e, depth+1)...)
		}
		return out
	case map[string]any:
		if inner, ok := v["rules"]; ok && len(v) == 1 {
			return p.set(path+".rules", inner, depth+1)
		}
		if isFieldMap(v) {
			members := p.members(path, v, nil, depth)
			return Rules{objectRule(members, nil, false)}
		}
		return p.options(path, v, depth)
	}
	p.wrong(path, "a rule, a list of rules, or an object of fields with rules", v)
	return nil
}

// words reads required|email|length:3,20 and the like.
func (p *parser) words(path, text string) Rules {
	var out Rules
	for word := range strings.SplitSeq(text, "|") {
		name, args, _ := strings.Cut(strings.TrimSpace(word), ":")
		m := map[string]any{"type": name}
		if args != "" {
			low, high, both := strings.Cut(args, ",")
			switch name {
			case "min", "min_length", "max", "max_length":
				m = map[string]any{name: p.number(path, low)}
			case "length", "range", "between":
				m["min"] = p.number(path, low)
				if both {
					m["max"] = p.number(path, high)
				}
			case "pattern", "regex":
				m["regex"] = args
			case "enum", "in":
				m["type"] = "enum"
				var values []any
				for v := range strings.SplitSeq(args, ",") {
					values = append(values, strings.TrimSpace(v))
				}
				m["values"] = values
			case "custom":
				m["name"] = args
			default:
				p.fail(path, fmt.Sprintf("holds %q, which takes no arguments", word))
			}
		}
		out = append(out, p.options(path, m, 0)...)
	}
	return out
}

func (p *parser) number(path, text string) any {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		p.wrong(path, "a number", text)
	}
	return f
}

// isFieldMap tells an object of fields from the options of one value: in the
// former every member holds rules.
func isFieldMap(m map[string]any) bool {
	if len(m) == 0 {
		return false
	}
	if _, ok := m["type"].(string); ok {
		return false
	}
	option := true // every name is one of an option
	for k := range m {
		option = option && isKeyword(k)
	}
	for k, v := range m {
		switch v := v.(type) {
		case map[string]any:
			if !option {
				continue
			}
			if k == "properties" || k == "fields" || k == "items" || k == "item_rules" || k == "items_rules" || k == "additionalProperties" ||
				(k == "length" || k == "range") && onlyBounds(v) {
				return false
			}
		case []any:
			if option && (k == "enum" || k == "values" || k == "required" || k == "type" || k == "in" || k == "one_of" || k == "allowed" || k == "rules") {
				return false
			}
		case string:
			// {name = "required"} holds rules, {pattern = "x"} is an option.
			if option {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func onlyBounds(m map[string]any) bool {
	for k := range m {
		if !slices.Contains([]string{"min", "max", "minimum", "maximum"}, k) {
			return false
		}
	}
	return len(m) > 0
}

// members reads the fields of an object. required names those that must be there.
func (p *parser) members(path string, fields map[string]any, required []string, depth int) []member {
	var out []member
	for _, name := range sortedKeys(fields) {
		m := member{name: name, required: slices.Contains(required, name)}
		if b, ok := fields[name].(bool); ok && b { // JSON Schema: anything goes
			out = append(out, m)
			continue
		}
		m.rules = p.set(path+"."+name, fields[name], depth+1)
		out = append(out, m)
	}
	for _, name := range required {
		if _, ok := fields[name]; !ok {
			out = append(out, member{name: name, required: true})
		}
	}
	return out
}

func (p *parser) pattern(path string, v any) []Rule {
	text, ok := v.(string)
	if !ok || len(text) > MaxPattern {
		p.wrong(path, fmt.Sprintf("a regular expression of at most %d bytes", MaxPattern), v)
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		p.fail(path, "is not a regular expression (RE2 syntax): "+strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	}
	return []Rule{patternRule(re)}
}
