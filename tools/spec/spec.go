// Package spec reads what a program says of a tool that it makes itself: the table of
// Tool.register, as plain data. The kernel registers what it reads, and the language
// server knows it before it runs: so both say the same of it, in the same words.
package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Read makes the descriptor of a tool. m has the keys name, description, parameters,
// result, category, version, tags and aliases, with values as encoding/json decodes
// them, whole numbers being int64 or float64. The error says which of them is wrong,
// and what is expected: it is a *schema.FieldError or an *Error.
func Read(m map[string]any) (*tool.Descriptor, error) {
	p, err := checker().CheckObject(m)
	if err != nil {
		return nil, err
	}
	params := tool.Params(p)
	d := &tool.Descriptor{
		Name: Canonical(params.String("name")), Description: params.String("description"),
		Category: params.String("category"), Version: params.String("version"), Security: tool.Restricted, SideEffects: true,
		Tags: Texts(p["tags"]), Aliases: Texts(p["aliases"]),
	}
	if err := CheckName(params.String("name")); err != nil {
		return nil, err
	}
	if d.Parameters, err = Parameters(p["parameters"]); err != nil {
		return nil, err
	}
	if result, ok := p["result"]; ok {
		if d.Result, err = Result(result); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Schema describes the table that Read takes. It must not be changed.
func Schema() *schema.Schema { return described() }

// Checker checks a table against Schema.
func Checker() *schema.Checker { return checker() }

var checker = sync.OnceValue(func() *schema.Checker { return schema.Compile(described()) })

var described = sync.OnceValue(func() *schema.Schema {
	name := schema.Text("lower case words joined by hyphens")
	name.MaxLength = schema.Ptr(64)
	texts := schema.List("", schema.Text(""))
	return schema.Map("",
		schema.Required("name", name), schema.Required("description", schema.Text("what the tool does")),
		schema.Optional("parameters", &schema.Schema{Types: []schema.Type{schema.Object, schema.Array}}, "schema"),
		schema.Optional("result", &schema.Schema{Types: []schema.Type{schema.Object}}),
		schema.Optional("category", schema.Text("").WithDefault("custom")), schema.Optional("version", schema.Text("").WithDefault("1.0.0")),
		schema.Optional("tags", texts), schema.Optional("aliases", texts),
	)
})

// CheckName returns what is wrong with the name of a tool, nil if nothing is. The error is a
// *schema.FieldError.
func CheckName(name string) error {
	if isName(Canonical(name)) {
		return nil
	}
	return &schema.FieldError{Path: "name", Expected: "letters, digits, and hyphens or underscores between them", Value: name}
}

// isName tells whether a text is words of small letters and digits with hyphens between
// them.
func isName(s string) bool {
	for _, word := range strings.Split(s, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// Canonical is the name that a tool gets: in lower case, with hyphens.
func Canonical(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// Texts is a list of strings that a schema has checked.
func Texts(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, item := range items {
		out = append(out, item.(string)) // as the schema has found
	}
	return out
}

// Function is the member of the table that is the tool's function, and no part of Schema.
const Function = "execute"

// NoFunction is the error of a table whose Function is something else, of a type of Lua's.
// names are the other members that the table has: one of them may be Function, misspelt,
// which NearFunction tells too.
func NoFunction(luaType string, names []string) error {
	text := Function + " must be a function that takes the parameters, got " + luaType
	if near := NearFunction(names); near != "" && luaType == "nil" {
		text += fmt.Sprintf("; %q is not known: did you mean %q?", near, Function)
	}
	return errors.New(text)
}

// NearFunction is the first of several names that Function was probably misspelt as, ""
// if there is none.
func NearFunction(names []string) string {
	known := []string{Function}
	for _, p := range Schema().Properties {
		known = append(known, append(p.Aliases, p.Name)...)
	}
	for _, name := range names {
		if !slices.Contains(known, name) && schema.Nearest(name, known) == Function {
			return name
		}
	}
	return ""
}
