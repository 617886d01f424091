package utility

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func textDefinition() tool.Definition {
	settings := []schema.Property{
		schema.Optional("from", schema.Text("What to replace (replace)")),
		schema.Optional("to", schema.Text("What to put in its place (replace)")),
		schema.Optional("start", schema.Int("First character, counted from 0 (substring)", 0, 1<<31)),
		schema.Optional("end", schema.Int("The character after the last (substring); the default is the end of the text", 0, 1<<31)),
		schema.Optional("delimiter", schema.Text("What stands between the parts (split, join); split takes white space by default, join a space")),
		schema.Optional("max_length", schema.Int("Longest result in characters, the ellipsis included (truncate)", 0, 1<<31)),
		schema.Optional("ellipsis", schema.Text("What marks the cut (truncate); the default is ...")),
		schema.Optional("spaces", schema.Int("How far to indent (indent); the default is 4", 0, 1000)),
		schema.Optional("width", schema.Int("Longest line in characters (word_wrap); the default is 80", 1, 1<<31)),
	}
	operations := []string{"uppercase", "lowercase", "reverse", "trim", "replace", "substring", "split", "join", "snake_case", "camel_case",
		"pascal_case", "kebab_case", "title_case", "sanitize", "truncate", "indent", "dedent", "normalize_whitespace", "word_wrap"}
	params := append([]schema.Property{
		schema.Required("input", &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Items: schema.Text("A part"),
			Description: "The text; for join, an array of strings or one string a line"}, "text"),
		schema.Required("operation", schema.Choice("What to do", operations...).WithAliases(map[string]string{
			"upper": "uppercase", "to_upper": "uppercase", "lower": "lowercase", "to_lower": "lowercase"})),
		schema.Optional("options", schema.Map("The operation's settings, which may also stand beside operation", settings...)),
	}, settings...)
	return tool.Static(&tool.Descriptor{
		Name: "text-manipulator", Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"text", "string", "case", "format"},
		Description: "Changes text: case, trimming, replacing, splitting and joining, wrapping, indenting, truncating, sanitizing",
		Parameters:  schema.Map("", params...),
		Result: schema.Map("",
			schema.Required("result", &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Description: "The new text; for split, the parts"}),
			schema.Required("operation", schema.Text("What was done")),
			schema.Required("original_length", schema.Int("Characters before", 0, 1<<31)),
			schema.Required("result_length", schema.Int("Characters after; for split, the number of parts", 0, 1<<31))),
		Examples: []tool.Example{
			{Description: "Upper case", Params: object("operation", "uppercase", "input", "hello"), Want: object("result", "HELLO")},
			{Description: "Lower case", Params: object("operation", "lowercase", "input", "HeLLo"), Want: object("result", "hello")},
			{Description: "Reverse", Params: object("operation", "reverse", "input", "abc"), Want: object("result", "cba")},
			{Description: "Trim", Params: object("operation", "trim", "input", "  a b "), Want: object("result", "a b")},
			{Description: "Replace", Params: object("operation", "replace", "input", "a-b-c", "options", object("from", "-", "to", "+")), Want: object("result", "a+b+c")},
			{Description: "A part", Params: object("operation", "substring", "input", "hello", "start", 1.0, "end", 3.0), Want: object("result", "el")},
			{Description: "Split", Params: object("operation", "split", "input", "a,b,c", "delimiter", ","), Want: object("result", array("a", "b", "c"))},
			{Description: "Join lines", Params: object("operation", "join", "input", "a\nb", "delimiter", "-"), Want: object("result", "a-b")},
			{Description: "Snake case", Params: object("operation", "snake_case", "input", "Hello World"), Want: object("result", "hello_world")},
			{Description: "Camel case", Params: object("operation", "camel_case", "input", "hello world"), Want: object("result", "helloWorld")},
			{Description: "Pascal case", Params: object("operation", "pascal_case", "input", "hello world"), Want: object("result", "HelloWorld")},
			{Description: "Kebab case", Params: object("operation", "kebab_case", "input", "Hello World"), Want: object("result", "hello-world")},
			{Description: "Title case", Params: object("operation", "title_case", "input", "the art of LUA"), Want: object("result", "The Art Of Lua")},
			{Description: "Sanitize", Params: object("operation", "sanitize", "input", "a<b>")},
			{Description: "Truncate", Params: object("operation", "truncate", "input", "hello world", "max_length", 8.0), Want: object("result", "hello...")},
			{Description: "Indent", Params: object("operation", "indent", "input", "a\nb", "spaces", 2.0), Want: object("result", "  a\n  b")},
			{Description: "Dedent", Params: object("operation", "dedent", "input", "  a\n    b"), Want: object("result", "a\n  b")},
			{Description: "One space between words", Params: object("operation", "normalize_whitespace", "input", " a \n b"), Want: object("result", "a b")},
			{Description: "Wrap", Params: object("operation", "word_wrap", "input", "one two three", "width", 7.0), Want: object("result", "one two\nthree")},
		},
	}, manipulateText)
}

func manipulateText(_ context.Context, call *tool.Call) (*tool.Result, error) {
	o := textOptions{call: call, opts: call.Params.Map("options")}
	input, parts, err := textInput(call)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"operation": call.Operation, "original_length": utf8.RuneCountInString(input)}
	switch call.Operation {
	case "split":
		list := splitText(input, o)
		answer["result"], answer["result_length"] = list, len(list)
		return tool.Value(answer), nil
	case "join":
		if parts == nil {
			parts = strings.Split(strings.TrimSuffix(input, "\n"), "\n")
		}
		input = strings.Join(parts, o.text("delimiter", " "))
	default:
		if input, err = changeText(call.Operation, input, o); err != nil {
			return nil, err
		}
	}
	answer["result"], answer["result_length"] = input, utf8.RuneCountInString(input)
	return &tool.Result{Value: answer}, nil
}

// textInput returns the text, and for an array its parts.
func textInput(call *tool.Call) (string, []string, error) {
	switch v := call.Params["input"].(type) {
	case string:
		return v, nil, nil
	case []any:
		if call.Operation != "join" {
			return "", nil, &schema.FieldError{Path: "input", Expected: "a string", Value: v, Help: "only join takes an array"}
		}
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i], _ = p.(string) // the schema has seen to it
		}
		return strings.Join(parts, ""), parts, nil
	}
	return "", nil, call.Missing("input")
}

// textOptions reads a setting beside operation or in options.
type textOptions struct {
	call *tool.Call
	opts map[string]any
}

func (o textOptions) get(name string) (any, bool) {
	if v, ok := o.opts[name]; ok {
		return v, true
	}
	v, ok := o.call.Params[name]
	return v, ok
}

func (o textOptions) text(name, def string) string {
	if v, ok := o.get(name); ok {
		s, _ := v.(string)
		return s
	}
	return def
}

func (o textOptions) int(name string, def int) int {
	if v, ok := o.get(name); ok {
		return tool.Params{name: v}.Int(name)
	}
	return def
}

func (o textOptions) need(names ...string) error {
	for _, n := range names {
		if _, ok := o.get(n); !ok {
			return o.call.Missing(n)
		}
	}
	return nil
}

func splitText(input string, o textOptions) []any {
	var parts []string
	if d, given := o.get("delimiter"); given {
		parts = strings.Split(input, d.(string))
	} else {
		parts = strings.Fields(input)
	}
	out := make([]any, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

func changeText(operation, input string, o textOptions) (string, error) {
	switch operation {
	case "uppercase":
		return strings.ToUpper(input), nil
	case "lowercase":
		return strings.ToLower(input), nil
	case "reverse":
		runes := []rune(input)
		slices.Reverse(runes)
		return string(runes), nil
	case "trim":
		return strings.TrimSpace(input), nil
	case "replace":
		return replaceText(input, o)
	case "substring":
		return substring(input, o)
	case "snake_case":
		return strings.ToLower(strings.Join(identifierWords(input), "_")), nil
	case "camel_case":
		return capitalized(identifierWords(input), 1), nil
	case "pascal_case":
		return capitalized(identifierWords(input), 0), nil
	case "kebab_case":
		return strings.ToLower(strings.Join(identifierWords(input), "-")), nil
	case "title_case":
		return titleCase(input), nil
	case "sanitize":
		return sanitize(input), nil
	case "truncate":
		return truncate(input, o)
	case "indent":
		return indent(input, strings.Repeat(" ", o.int("spaces", 4))), nil
	case "dedent":
		return dedent(input), nil
	case "normalize_whitespace":
		return strings.Join(strings.Fields(input), " "), nil
	case "word_wrap":
		return wordWrap(input, o.int("width", 80)), nil
	}
	return "", fmt.Errorf("the operation %q is not implemented", operation)
}
