package api

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/internal/jsonschema"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

var assertionOps = []string{"equals", "not_equals", "contains", "not_contains", "matches", "less_than", "greater_than", "in", "exists", "not_exists", "length", "type", "schema"}

func assertionsSchema() *schema.Schema {
	s := schema.List("What must be true of the answer. In expect the common ones are shorter", schema.Map("",
		schema.Required("target", schema.Choice("What to look at: status, header (name), body (text), json (path), time (milliseconds), size (bytes), url (where the answer came from) or redirects (how many)",
			"status", "header", "body", "json", "time", "size", "url", "redirects").WithAliases(map[string]string{"status_code": "status", "response_time": "time", "headers": "header"})),
		schema.Optional("name", schema.Text("The header's name (header)")),
		schema.Optional("path", schema.Text("Where in the JSON (json): data.items[0].name, items[-1].id, [\"a b\"], or a JSON Pointer; the default is all of it")),
		schema.Optional("op", schema.Choice("How to compare; the default is equals, without a value exists. matches takes an RE2 expression, in a list, "+
			"length a number, type a JSON type, schema a JSON Schema", assertionOps...).
			WithAliases(map[string]string{"eq": "equals", "==": "equals", "ne": "not_equals", "!=": "not_equals", "lt": "less_than", "<": "less_than", "gt": "greater_than", ">": "greater_than", "regex": "matches"}), "operator"),
		schema.Optional("value", &schema.Schema{Description: "What to compare with"}, "expected", "equals")))
	s.MaxItems = schema.Ptr(200)
	return s
}

func expectSchema() *schema.Schema {
	return schema.Map("What the answer must be, in short",
		schema.Optional("status", &schema.Schema{Types: []schema.Type{schema.Integer, schema.Array, schema.String}, Description: "A status code, a list of them, or a class such as 2xx"}, "status_code"),
		schema.Optional("headers", schema.Map("Headers and their values, compared without regard to case; true: it must be there, false: it must not")),
		schema.Optional("json", schema.Map("Paths in the JSON, and the values that must be there")),
		schema.Optional("body_contains", &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Description: "A text, or a list of texts, that the body must contain"}),
		schema.Optional("body_matches", schema.Text("An RE2 expression that the body must match")),
		schema.Optional("schema", &schema.Schema{Types: []schema.Type{schema.Object, schema.Boolean}, Description: "The JSON Schema that the body must follow"}),
		schema.Optional("max_time_ms", schema.Num("How long the answer may take, in milliseconds"), "max_duration_ms", "response_time_ms"))
}

// assertion is one thing that must be true of an answer.
type assertion struct {
	target, name, path, op string
	value                  any
	pattern                *regexp.Regexp // of matches
	schema                 *jsonschema.Schema
}

// maxPattern bounds the expressions of callers.
const maxPattern = 1000

// prepare checks what can be checked before the request is made.
func (a *assertion) prepare(field string) error {
	wrong := func(part, expected string, v any) error {
		return &schema.FieldError{Path: field + part, Expected: expected, Value: v}
	}
	if a.target == "header" && a.name == "" {
		return &schema.FieldError{Path: field + ".name", Problem: "is missing", Help: "which header is meant"}
	}
	if _, err := parsePath(a.path); err != nil {
		return &schema.FieldError{Path: field + ".path", Problem: "is no path: " + err.Error()}
	}
	switch a.op {
	case "matches":
		text, ok := a.value.(string)
		if !ok || len(text) > maxPattern {
			return wrong(".value", fmt.Sprintf("an RE2 expression of at most %d bytes", maxPattern), a.value)
		}
		re, err := regexp.Compile(text)
		if err != nil {
			return &schema.FieldError{Path: field + ".value", Expected: "an RE2 expression", Value: text, Help: err.Error()}
		}
		a.pattern = re
	case "in":
		if _, ok := a.value.([]any); !ok {
			return wrong(".value", "a list", a.value)
		}
	case "less_than", "greater_than", "length":
		if _, ok := number(a.value); !ok {
			return wrong(".value", "a number", a.value)
		}
	case "type":
		switch a.value {
		case "object", "array", "string", "number", "integer", "boolean", "null":
		default:
			return wrong(".value", "a JSON type", a.value)
		}
	case "schema":
		s, err := jsonschema.Compile(a.value, nil)
		if err != nil {
			return &schema.FieldError{Path: field + ".value", Problem: "is no schema: " + err.Error()}
		}
		a.schema = s
	}
	return nil
}

// assertionsOf reads the assertions and expect parameters. at is put before their names in errors.
func assertionsOf(at string, p tool.Params) ([]assertion, error) {
	var out []assertion
	add := func(field string, a assertion) error {
		if err := a.prepare(field); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}
	list, _ := p["assertions"].([]any)
	for i, v := range list {
		m, _ := v.(map[string]any)
		q := tool.Params(m)
		a := assertion{target: q.String("target"), name: q.String("name"), path: q.String("path"), op: q.String("op"), value: q["value"]}
		if a.op == "" {
			a.op = "equals"
			if _, given := q["value"]; !given {
				a.op = "exists"
			}
		}
		if err := add(fmt.Sprintf("%sassertions[%d]", at, i+1), a); err != nil {
			return nil, err
		}
	}
	for _, a := range expectations(tool.Params(p.Map("expect"))) {
		if err := add(at+"expect", a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// look returns what an assertion is about, and whether it is there.
func (a *assertion) look(resp *httpx.Response, seen *answerSeen) (actual any, found bool) {
	switch a.target {
	case "status":
		return resp.Status, true
	case "header":
		v := resp.Header.Values(a.name)
		return strings.Join(v, ", "), len(v) > 0
	case "body":
		return seen.text, true
	case "time":
		return float64(resp.Timings.Total.Microseconds()) / 1000, true
	case "size":
		return resp.Size, true
	case "url":
		return httpx.Redact(resp.URL), true
	case "redirects":
		return len(resp.Redirects), true
	}
	if !seen.isJSON {
		return nil, false
	}
	actual, found, _ = lookup(seen.json, a.path)
	return actual, found
}

// answerSeen is an answer as assertions see it.
type answerSeen struct {
	text   string
	json   any
	isJSON bool
}

// check compares, and says what was found when it is not as it should be.
func (a *assertion) check(ctx context.Context, resp *httpx.Response, seen *answerSeen) (ok bool, actual any, problem string) {
	actual, found := a.look(resp, seen)
	switch {
	case a.op == "exists":
		return found, actual, "is not there"
	case a.op == "not_exists":
		return !found, actual, "is there"
	case !found && a.target == "json" && !seen.isJSON:
		return false, nil, "the body is not JSON"
	case !found:
		return a.op == "not_equals" || a.op == "not_contains", nil, "is not there"
	}
	ok, problem = a.compare(ctx, actual)
	return ok, actual, problem
}

func (a *assertion) compare(ctx context.Context, actual any) (bool, string) {
	switch a.op {
	case "equals":
		return same(actual, a.value), "is " + show(actual)
	case "not_equals":
		return !same(actual, a.value), "is " + show(actual)
	case "contains":
		return contains(actual, a.value), "is " + show(actual)
	case "not_contains":
		return !contains(actual, a.value), "contains it: " + show(actual)
	case "matches":
		text, ok := actual.(string)
		if !ok {
			text = show(actual)
		}
		return a.pattern.MatchString(text), "is " + show(actual)
	case "in":
		for _, v := range a.value.([]any) {
			if same(actual, v) {
				return true, ""
			}
		}
		return false, "is " + show(actual)
	case "less_than", "greater_than":
		have, ok := number(actual)
		want, _ := number(a.value)
		return ok && (a.op == "less_than" && have < want || a.op == "greater_than" && have > want), "is " + show(actual)
	case "length":
		n, ok := length(actual)
		want, _ := number(a.value)
		return ok && float64(n) == want, fmt.Sprintf("has the length %d", n)
	case "type":
		have := typeOf(actual)
		return have == a.value || have == "integer" && a.value == "number", "is of the type " + have
	case "schema":
		found, err := a.schema.Check(ctx, actual, 20)
		if err != nil {
			return false, clip(err.Error(), 300)
		}
		problems := make([]string, len(found))
		for i, f := range found {
			problems[i] = strings.TrimSpace(f.Field() + " " + f.Words)
		}
		return len(found) == 0, clip(strings.Join(problems, "; "), 1000)
	}
	return true, ""
}
