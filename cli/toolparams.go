package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// paramReader reads the parameters of a call from the command line. What is
// wrong with the command line itself is a usageError; whether the values suit
// the tool is left to the Invoker, which says it better.
type paramReader struct {
	stdin io.Reader
	used  bool // stdin was read
}

// read joins --params (JSON, @FILE or -) and words of the form name=value,
// which win:
//
//	name=value    the text, or what the schema makes of it: a number, a boolean, JSON
//	name=@FILE    the content of a file, @- of stdin
//	name:=JSON    JSON, whatever the schema says; @FILE here too
//
// A repeated name makes a list where the schema takes one.
func (r *paramReader) read(d *tool.Descriptor, source string, words []string) (map[string]any, error) {
	params := map[string]any{}
	if source != "" {
		if err := r.object(source, params); err != nil {
			return nil, err
		}
	}
	given := map[string]bool{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		name, asJSON := strings.CutSuffix(name, ":")
		if !ok || name == "" {
			return nil, usagef("%q is not of the form name=value or name:=JSON", word)
		}
		p := findProperty(d, name)
		if p != nil {
			if _, exact := params[name]; !exact || given[name] {
				drop(params, given, p) // another spelling in --params
			}
			name = p.Name
		}
		text, err := r.content(name, value)
		if err != nil {
			return nil, err
		}
		v, err := typed(p, name, text, asJSON)
		if err != nil {
			return nil, err
		}
		if given[name] {
			list, isList := params[name].([]any)
			items, more := v.([]any)
			if !isList || !more {
				return nil, usagef("%s is given twice; pass it once", name)
			}
			v = append(list, items...)
		}
		params[name], given[name] = v, true
	}
	return params, nil
}

// drop removes what --params gave for a property under any of its names.
func drop(params map[string]any, given map[string]bool, p *schema.Property) {
	for _, name := range append([]string{p.Name}, p.Aliases...) {
		if !given[name] {
			delete(params, name)
		}
	}
}

// findProperty finds a parameter by its name or an alias; hyphens and
// underscores are equal.
func findProperty(d *tool.Descriptor, name string) *schema.Property {
	fold := func(s string) string { return strings.ReplaceAll(s, "-", "_") }
	for i, p := range d.Parameters.Properties {
		if p.Name == name || slices.Contains(p.Aliases, name) || fold(p.Name) == fold(name) {
			return &d.Parameters.Properties[i]
		}
	}
	return nil
}

// object reads --params into params.
func (r *paramReader) object(source string, params map[string]any) error {
	text, err := source, error(nil)
	if source == "-" {
		source = "@-"
	}
	if strings.HasPrefix(source, "@") {
		if text, err = r.content("--params", source); err != nil {
			return err
		}
	}
	v, err := decodeJSON(text)
	if err != nil {
		return usagef("--params: %w", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return usagef("--params: want a JSON object such as {\"input\": \"2 + 2\"}")
	}
	for k, v := range m {
		params[k] = v
	}
	return nil
}

// content replaces @FILE by what the file holds.
func (r *paramReader) content(name, value string) (string, error) {
	path, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		return value, nil
	}
	var in io.Reader
	if path == "-" {
		if r.used {
			return "", usagef("%s: stdin was read already; it can be one value only", name)
		}
		r.used, in = true, r.stdin
	} else {
		f, err := os.Open(path) // the person who types the command names it, not a script
		if err != nil {
			return "", usagef("%s: %w (a text that begins with @ is written %s:='\"@…\"')", name, err, name)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, sandbox.MaxFile+1))
	switch {
	case errors.Is(err, context.Canceled):
		return "", err
	case err != nil:
		return "", usagef("%s: %w", name, err)
	case len(data) > sandbox.MaxFile:
		return "", usagef("%s: %s holds more than %d MB", name, value, sandbox.MaxFile>>20)
	}
	return string(data), nil
}

// typed makes a value of a text as the parameter's schema wants it. A text that
// the schema has no use for stays a text: the Invoker's error names the field.
func typed(p *schema.Property, name, text string, asJSON bool) (any, error) {
	if asJSON {
		v, err := decodeJSON(text)
		if err != nil {
			return nil, usagef("%s:= %w", name, err)
		}
		return v, nil
	}
	if p == nil {
		return text, nil
	}
	return typedBy(p.Schema, name, text)
}

func typedBy(s *schema.Schema, name, text string) (any, error) {
	takes := func(t schema.Type) bool { return len(s.Types) == 0 || slices.Contains(s.Types, t) }
	if len(s.Types) == 1 && takes(schema.String) {
		return text, nil
	}
	trimmed := strings.TrimSpace(text)
	structured := strings.HasPrefix(trimmed, "{") && takes(schema.Object) || strings.HasPrefix(trimmed, "[") && takes(schema.Array)
	if structured {
		v, err := decodeJSON(text)
		if err == nil || takes(schema.String) {
			return firstOf(v, text, err), nil
		}
		return nil, usagef("%s: %w", name, err)
	}
	if takes(schema.Number) || takes(schema.Integer) {
		if v, err := decodeJSON(text); err == nil && isNumber(v) {
			return v, nil
		}
	}
	if takes(schema.Boolean) {
		if b, ok := booleans[strings.ToLower(trimmed)]; ok {
			return b, nil
		}
	}
	if takes(schema.Null) && trimmed == "null" {
		return nil, nil
	}
	if takes(schema.Array) && !takes(schema.String) {
		items := s.Items
		if items == nil {
			items = &schema.Schema{}
		}
		item, err := typedBy(items, name, text)
		if err != nil {
			return nil, err
		}
		return []any{item}, nil
	}
	return text, nil
}

func firstOf(v any, text string, err error) any {
	if err != nil {
		return text
	}
	return v
}

var booleans = map[string]bool{"true": true, "false": false, "yes": true, "no": false, "on": true, "off": false}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	}
	return false
}

// decodeJSON reads one JSON value. Whole numbers that fit become int64, all
// others float64.
func decodeJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, explainJSON(text, d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("is not JSON: something follows the value at offset %d", d.InputOffset())
	}
	return tool.Numbers(v)
}

func explainJSON(text string, d *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("is not JSON: it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is not JSON: it ends too early")
	case errors.As(err, &syntax):
		at := min(int(syntax.Offset), len(text))
		line := 1 + bytes.Count([]byte(text[:at]), []byte("\n"))
		column := at - strings.LastIndexByte(text[:at], '\n') - 1
		return fmt.Errorf("is not JSON: line %d, column %d: %w", line, max(column, 1), err)
	}
	return fmt.Errorf("is not JSON: %w", err)
}
