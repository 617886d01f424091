package example

import (
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// Type says in a few words what a schema accepts: "integer, 1 to 100",
// "evaluate, validate or functions", "array of string".
func Type(s *schema.Schema) string {
	if s == nil {
		return "any"
	}
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = marshal(v)
			if text, ok := v.(string); ok && text != "" {
				words[i] = text
			}
		}
		if len(words) == 1 {
			return words[0]
		}
		return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	}
	if len(s.Types) == 0 {
		return "any"
	}
	names := make([]string, len(s.Types))
	for i, t := range s.Types {
		names[i] = string(t)
		if t == schema.Array && s.Items != nil && len(s.Items.Types) > 0 && len(s.Items.Enum) == 0 {
			names[i] = "array of " + strings.Join(typeNames(s.Items.Types), "|")
		}
	}
	return strings.Join(names, " or ") + bounds(s)
}

func typeNames(types []schema.Type) []string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = string(t)
	}
	return out
}

func bounds(s *schema.Schema) string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	span := func(low, high *float64, unit string) string {
		switch {
		case low != nil && high != nil:
			return ", " + number(*low) + " to " + number(*high) + unit
		case low != nil:
			return ", from " + number(*low) + unit
		case high != nil:
			return ", up to " + number(*high) + unit
		}
		return ""
	}
	asFloat := func(n *int) *float64 {
		if n == nil {
			return nil
		}
		f := float64(*n)
		return &f
	}
	return span(s.Minimum, s.Maximum, "") + span(asFloat(s.MinLength), asFloat(s.MaxLength), " characters") +
		span(asFloat(s.MinItems), asFloat(s.MaxItems), " items")
}
