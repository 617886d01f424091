package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrorKind is what is wrong with a field.
type ErrorKind uint8

// The kinds of errors.
const (
	WrongValue      ErrorKind = iota // the value is not as the schema says
	MissingField                     // a required property is not there
	UnknownField                     // a property is not listed
	TwiceGivenField                  // a property is given under two of its names
)

// FieldError says which field of a value is wrong, what was expected there,
// and what was found.
type FieldError struct {
	Kind       ErrorKind
	Path       string // such as rules[2].name; empty for the value itself
	Expected   string // such as "an integer between 0 and 20"
	Value      any    // what was found
	Found      string // how to call what was found, when the value itself says too little
	Problem    string // instead of "expected …, got …": such as "is not known"
	Suggestion string // what the caller probably meant
	Help       string // one more thing worth saying
}

func (e *FieldError) Error() string {
	switch {
	case e.Path == "":
		return "the parameters are wrong: " + e.Reason()
	case e.Problem != "":
		return fmt.Sprintf("parameter %q %s", e.Path, e.Reason())
	}
	return fmt.Sprintf("parameter %q is wrong: %s", e.Path, e.Reason())
}

// Reason is the error without the name of the field.
func (e *FieldError) Reason() string {
	var b strings.Builder
	switch {
	case e.Problem == "":
		b.WriteString("expected " + e.Expected + ", got " + e.found())
	case e.Expected == "":
		b.WriteString(e.Problem)
	default:
		b.WriteString(e.Problem + "; expected " + e.Expected)
	}
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Suggestion)
	}
	if e.Help != "" {
		b.WriteString(" (" + e.Help + ")")
	}
	return b.String()
}

// Details returns the error's parts for a machine to read.
func (e *FieldError) Details() map[string]any {
	d := map[string]any{"field": e.Path}
	if e.Expected != "" {
		d["expected"] = e.Expected
	}
	if e.Problem == "" {
		d["got"] = e.found()
	}
	if e.Suggestion != "" {
		d["suggestion"] = e.Suggestion
	}
	return d
}

func (e *FieldError) found() string {
	if e.Found != "" {
		return e.Found
	}
	return show(e.Value)
}

// under puts a step in front of the path.
func (e *FieldError) under(step string) *FieldError {
	switch {
	case e.Path == "" || e.Path[0] == '[':
		e.Path = step + e.Path
	default:
		e.Path = step + "." + e.Path
	}
	return e
}

// show renders a value for an error message: its type, and its beginning.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "the string " + strconv.Quote(clip(v))
	case bool:
		return "the boolean " + strconv.FormatBool(v)
	case map[string]any:
		if len(v) == 0 {
			return "an empty object"
		}
		return fmt.Sprintf("an object with %s", count(len(v), "member"))
	case []any:
		return fmt.Sprintf("an array of %s", count(len(v), "item"))
	case float64, int64, int, json.Number:
		return fmt.Sprintf("the number %v", v)
	}
	return fmt.Sprintf("a Go %T", v)
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// describe says in words what the schema accepts.
func (c *Checker) describe() string {
	s := c.schema
	if s.Enum != nil {
		return describeEnum(s.Enum)
	}
	names := make([]string, len(s.Types))
	for i, t := range s.Types {
		names[i] = article(t)
	}
	text := orList(names)
	switch {
	case text == "" && len(s.AnyOf)+len(s.OneOf) > 0:
		return alternatives(append(slices.Clone(c.combined.anyOf), c.combined.oneOf...))
	case text == "":
		text = "a value"
	}
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		text += " between " + plain(*s.Minimum) + " and " + plain(*s.Maximum)
	case s.Minimum != nil:
		text += " of at least " + plain(*s.Minimum)
	case s.Maximum != nil:
		text += " of at most " + plain(*s.Maximum)
	}
	text += span(s.MinLength, s.MaxLength, "character") + span(s.MinItems, s.MaxItems, "item")
	if s.Pattern != nil {
		text += fmt.Sprintf(" that matches %s", s.Pattern)
	}
	return text
}

// plain writes a bound as people do: 86400000 rather than 8.64e+07.
func plain(f float64) string {
	if math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func describeEnum(values []any) string {
	if len(values) == 0 {
		return "no value at all"
	}
	words := make([]string, len(values))
	for i, v := range values {
		if text, err := json.Marshal(v); err == nil {
			words[i] = string(text)
		}
	}
	if len(words) == 1 {
		return words[0]
	}
	return "one of " + strings.Join(words, ", ")
}

func span(low, high *int, noun string) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf(" of %d to %s", *low, count(*high, noun))
	case low != nil:
		return " of at least " + count(*low, noun)
	case high != nil:
		return " of at most " + count(*high, noun)
	}
	return ""
}

func article(t Type) string {
	switch t {
	case Object, Array, Integer:
		return "an " + string(t)
	case Null:
		return "null"
	}
	return "a " + string(t)
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
