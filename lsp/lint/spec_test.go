package lint_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// goodSpecs are tables that Tool.register takes, in all forms.
var goodSpecs = []string{
	`{name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true}, {name = "n", type = "integer", minimum = 1}, {name = "any", type = "any", enum = {1, "a"}}}, execute = function(p) return p.who end}`,
	`{name = "greet_2", description = "d", parameters = {who = {type = "string", required = true}, loud = {type = "boolean", default = false}}, tags = {"a"}, aliases = {"hail"}, execute = function() end}`,
	`{name = "greet-3", description = "d", schema = {type = "object", additionalProperties = false, properties = {who = {type = {"string", "null"}, pattern = "^a"}, list = {type = "array", items = {type = "number"}, maxItems = 3}}, required = {"who"}}, execute = function() end}`,
	`{name = "greet4", description = "d", version = "2.0.0", category = "mine", result = {type = "object", properties = {x = {anyOf = {{type = "number"}, {type = "string"}}}}}, execute = function() end}`,
	`{name = "greet5", description = "d", parameters = {n = {type = "integer", minimum = 1, maximum = 9, default = 3}, mode = {type = "string", enum = {"a", "b"}, default = "a"}, list = {type = "array", default = {}}}, execute = function() end}`,
	`{name = "greet6", description = "d", parameters = {{name = "size", type = {"number", "string"}, default = "big"}}, execute = function() end}`,
	`{name = "greet7", description = "d", schema = {type = "object", properties = {o = {type = "object", properties = {p = {type = "boolean", default = true}}, default = {p = false}}}}, execute = function() end}`,
}

// mutants are copies of a table's text, each with one thing changed: an entry gone, its key
// misspelt, another value in its place.
func mutants(text string) []string {
	t := syntax.Parse("return " + text)
	source := "return " + text
	var list []string
	change := func(start, end int, by string) {
		list = append(list, strings.TrimPrefix(source[:start]+by+source[end:], "return "))
	}
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		value := syntax.None
		switch t.Kind(n) {
		case syntax.NameField:
			key := t.First(n)
			name := t.NameOf(key)
			value = t.Next(key)
			change(t.Start(key), t.End(key), name+"x")
			if len(name) > 2 {
				change(t.Start(key), t.End(key), name[:1]+name[2:])
			}
		case syntax.PosField:
			value = t.First(n)
		default:
			continue
		}
		change(t.Start(n), t.End(n), "[1.5] = nil")
		for _, by := range []string{"5", "-1.5", `"x y"`, `"strng"`, `""`, "true", "{}", "{1, 2}", "{a = 1}", "function() end", "(nil)", "(UNKNOWN)"} {
			change(t.Start(value), t.End(value), by)
		}
	}
	return list
}

// registered are the errors of registering each spec in a session, "" for those that work.
func registered(t *testing.T, specs []string) []string {
	t.Helper()
	var program strings.Builder
	program.WriteString("local function try(spec) local ok, e = pcall(Tool.register, spec) print(ok and '' or (tostring(e):gsub('\\n', ' '))) end\n")
	for _, one := range specs {
		fmt.Fprintf(&program, "try(%s)\n", one)
	}
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &out, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), program.String(), "=test", nil); err != nil {
		t.Fatal(err)
	}
	errors := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(errors) != len(specs) {
		t.Fatalf("%d answers to %d specs", len(errors), len(specs))
	}
	for i := range errors {
		if strings.Contains(errors[i], " already") { // one before has the name
			errors[i] = ""
		}
	}
	return errors
}

// TestSpecs registers thousands of tools, one at a time. What check says of a call must be
// what the kernel says, and what the kernel refuses must be found.
func TestSpecs(t *testing.T) {
	var specs []string
	for _, good := range goodSpecs {
		specs = append(append(specs, good), mutants(good)...)
	}
	specs = append(specs, `{"x", "d"}`, `{}`, `{name = "x", description = "d", execute = function() end, parameters = {type = "string"}}`,
		`{name = "x", description = "d", execute = function() end, parameters = {type = "object", properties = {a = {allOf = {{type = "x"}, {minimum = "1"}}}}}}`)
	errors := registered(t, specs)
	found := make([][]lint.Finding, len(specs))
	const part = 50 // a file has a limited number of findings
	for from := 0; from < len(specs); from += part {
		var program strings.Builder
		for _, one := range specs[from:min(from+part, len(specs))] {
			fmt.Fprintf(&program, "Tool.register(%s)\n", one)
		}
		for _, x := range check(t, program.String(), nil) {
			if x.Severity == lint.Error {
				at := from + strings.Count(program.String()[:x.Start], "\n")
				found[at] = append(found[at], x)
			}
		}
	}
	silent := 0
	for i, one := range specs {
		same := false
		for _, x := range found[i] {
			same = same || strings.Contains(errors[i], x.Message)
		}
		switch {
		case (errors[i] == "") != (len(found[i]) == 0) && strings.Contains(one, "UNKNOWN"):
			silent++ // nobody knows that it is nil
			if errors[i] == "" {
				t.Errorf("%s: works, found is %q", one, found[i][0].Message)
			}
		case errors[i] == "" && len(found[i]) > 0:
			t.Errorf("%s: works, found is %q", one, found[i][0].Message)
		case errors[i] != "" && len(found[i]) == 0:
			t.Errorf("%s: the error %q is not found", one, errors[i])
		case errors[i] != "" && !same:
			t.Errorf("%s: the error is %q, found is %q", one, errors[i], found[i][0].Message)
		}
	}
	t.Logf("%d specs, %d of them wrong in a way that the text does not tell", len(specs), silent)
}
