package validate

import (
	"regexp"
	"strings"

	"github.com/llmspell/llmspell/tools/internal/jsonschema"
	"github.com/llmspell/llmspell/tools/schema"
)

// Rule checks one value.
type Rule struct {
	name    string // as the report calls it
	message string // the caller's own words; "" for ours
	check   func(c *checker, path string, v any) string
	// absent tells whether the rule judges null too.
	absent bool
}

// Rules are all that one value must obey.
type Rules []Rule

// Violation is one value that breaks one rule.
type Violation struct {
	Field   string // such as user.tags[2], counted from 1; Root for the value itself
	Value   any    // what was found; a text about it when it is an array or an object
	Rule    string
	Message string
}

// Root is how the value itself is called in a Violation.
const Root = "input"

// Limits of a set of rules and of a report.
const (
	MaxRules      = 10_000
	MaxDepth      = 32
	MaxPattern    = 10_000 // bytes of a regular expression
	MaxViolations = 1_000
	maxShown      = 200 // characters of a value in a report
)

// bounds are the ends of a range; nil is open.
type bounds struct {
	low, high         *float64
	openLow, openHigh bool // the end itself is outside
}

func (b bounds) contains(f float64) bool {
	switch {
	case b.low != nil && (f < *b.low || b.openLow && f == *b.low):
		return false
	case b.high != nil && (f > *b.high || b.openHigh && f == *b.high):
		return false
	}
	return true
}

func (b bounds) words(unit string) string {
	low, high := "at least ", "at most "
	if b.openLow {
		low = "more than "
	}
	if b.openHigh {
		high = "less than "
	}
	if unit != "" {
		unit = " " + unit
	}
	switch {
	case b.low == nil:
		return high + plain(*b.high) + unit
	case b.high == nil:
		return low + plain(*b.low) + unit
	case *b.low == *b.high && !b.openLow && !b.openHigh:
		return "exactly " + plain(*b.low) + unit
	case !b.openLow && !b.openHigh:
		return "between " + plain(*b.low) + " and " + plain(*b.high) + unit
	}
	return low + plain(*b.low) + " and " + high + plain(*b.high) + unit
}

func requiredRule() Rule {
	return Rule{name: "required", absent: true, check: func(_ *checker, _ string, v any) string {
		switch v := v.(type) {
		case nil:
			return "is required"
		case string:
			if isBlank(v) {
				return "is required and must not be empty"
			}
		}
		return ""
	}}
}

func typeRule(types []string) Rule {
	return Rule{name: "type", absent: true, check: func(_ *checker, _ string, v any) string {
		for _, t := range types {
			if hasType(v, t) {
				return ""
			}
		}
		return "must be " + orWords(types) + ", not " + typeOf(v)
	}}
}

func lengthRule(name string, b bounds) Rule {
	return Rule{name: name, check: func(_ *checker, _ string, v any) string {
		n, unit := 0, "characters"
		switch v := v.(type) {
		case string:
			n = runes(v)
		case []any:
			n, unit = len(v), "items"
		case map[string]any:
			n, unit = len(v), "members"
		default:
			return "must be a text or an array to have a length, not " + typeOf(v)
		}
		if b.contains(float64(n)) {
			return ""
		}
		return "must have " + b.words(unit) + ", not " + plain(float64(n))
	}}
}

func rangeRule(b bounds) Rule {
	return Rule{name: "range", check: func(_ *checker, _ string, v any) string {
		f, ok := schema.ToFloat(v)
		if !ok {
			return "must be a number, not " + typeOf(v)
		}
		if b.contains(f) {
			return ""
		}
		return "must be " + b.words("")
	}}
}

func patternRule(re *regexp.Regexp) Rule {
	return textRule("pattern", re.MatchString, "must match the pattern "+re.String())
}

// textRule is a rule for texts only.
func textRule(name string, ok func(string) bool, message string) Rule {
	return Rule{name: name, check: func(_ *checker, _ string, v any) string {
		s, isText := v.(string)
		switch {
		case !isText:
			return "must be a text, not " + typeOf(v)
		case ok(s):
			return ""
		}
		return message
	}}
}

func enumRule(values []any) Rule {
	return Rule{name: "enum", absent: true, check: func(_ *checker, _ string, v any) string {
		for _, e := range values {
			if jsonschema.Equal(e, v) {
				return ""
			}
		}
		return "must be one of " + list(values)
	}}
}

func arrayRule(count bounds, unique bool, items Rules) Rule {
	return Rule{name: "array", check: func(c *checker, path string, v any) string {
		l, ok := asList(v)
		if !ok {
			return "must be an array, not " + typeOf(v)
		}
		var problems []string
		if !count.contains(float64(len(l))) {
			problems = append(problems, "must have "+count.words("items")+", not "+plain(float64(len(l))))
		}
		if len(items) > 0 {
			for i, e := range l {
				if c.full() {
					break
				}
				c.value(index(path, i), e, items)
			}
		}
		if unique {
			if first, second := duplicate(l); second > 0 {
				problems = append(problems, "must not hold the same item twice; items "+plain(float64(first))+" and "+plain(float64(second))+" are equal")
			}
		}
		return strings.Join(problems, ", and ")
	}}
}

// objectRule checks the members of an object. others is what members that are
// not listed must obey; closed refuses them.
func objectRule(members []member, others Rules, closed bool) Rule {
	known := make(map[string]bool, len(members))
	for _, m := range members {
		known[m.name] = true
	}
	return Rule{name: "object", check: func(c *checker, path string, v any) string {
		o, ok := asObject(v)
		if !ok {
			return "must be an object, not " + typeOf(v)
		}
		for _, m := range members {
			c.member(child(path, m.name), o[m.name], m)
		}
		if !closed && len(others) == 0 {
			return ""
		}
		for _, name := range sortedKeys(o) {
			switch {
			case known[name] || c.full():
			case closed:
				c.report(child(path, name), o[name], "additional_properties", "is not expected here")
			default:
				c.value(child(path, name), o[name], others)
			}
		}
		return ""
	}}
}

// member is a named part of an object. Without required among its rules it may
// be missing.
type member struct {
	name     string
	required bool // by the object's list
	rules    Rules
}
