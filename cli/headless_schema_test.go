package cli

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// field is a row of the tables of docs/ci.md.
type field struct {
	kind     string
	optional bool
}

// documented reads the table of each type of line.
func documented(t *testing.T) map[string]map[string]field {
	t.Helper()
	data, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(data), "### The JSON lines\n")
	text, _, _ = strings.Cut(text, "\n## ")
	if !ok {
		t.Fatal("docs/ci.md has no section on the JSON lines")
	}
	out := map[string]map[string]field{}
	var table map[string]field
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		name, kind, about := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])
		switch {
		case name == "field" || strings.HasPrefix(name, "-"):
		case name == "type":
			table = map[string]field{}
			out[strings.Trim(about, "`")] = table
			fallthrough
		default:
			kind, optional := strings.CutSuffix(kind, ", optional")
			table[name] = field{kind, optional}
		}
	}
	return out
}

// checkObject compares an object, field by field, with the table.
func checkObject(t *testing.T, table map[string]field, prefix string, m map[string]any, seen map[string]bool) {
	t.Helper()
	for name, v := range m {
		path := prefix + name
		f, ok := table[path]
		if !ok {
			t.Errorf("%s is not documented: %v", path, m)
			continue
		}
		seen[path] = true
		if got := kindOf(v); !matchesKind(f.kind, got) {
			t.Errorf("%s is %s, documented is %s", path, got, f.kind)
		}
		switch v := v.(type) {
		case map[string]any:
			checkObject(t, table, path+".", v, seen)
		case []any:
			for _, item := range v {
				if object, ok := item.(map[string]any); ok {
					checkObject(t, table, path+"[].", object, seen)
				} else if f.kind != "array of string" || kindOf(item) != "string" {
					t.Errorf("%s holds %v, documented is %s", path, item, f.kind)
				}
			}
		}
	}
	for path, f := range table {
		rest, ok := strings.CutPrefix(path, prefix)
		if ok && !f.optional && !strings.ContainsAny(rest, ".[") {
			if _, ok := m[rest]; !ok {
				t.Errorf("%s is missing in %v", path, m)
			}
		}
	}
}

func kindOf(v any) string {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", v)
}

func matchesKind(documented, got string) bool {
	return documented == got || documented == "number" && got == "integer" || documented == "array of string" && got == "array"
}

// TestHeadlessSchema compares real output with docs/ci.md: nothing is written
// that is not documented, and all that is documented is written by some run.
func TestHeadlessSchema(t *testing.T) {
	tables := documented(t)
	seen := map[string]map[string]bool{"stop": {}, "log": {}, "step": {}, "summary": {}}
	steps := `{"command":"setBreakpoints","arguments":{"source":{"path":"script.lua"},"breakpoints":[{"line":1},{"line":99}]}}
{"command":"stackTrace"}
{"command":"locals"}
{"command":"evaluate","arguments":{"expression":"1"}}
{"command":"evaluate","arguments":{"expression":"nope.x"}}
`
	dir := t.TempDir()
	for _, r := range []reported{
		stepwise(t, "local a = 1\nprint(a)\n", strings.Replace(steps, `"line":1}`, `"line":2}`, 1)),
		report(t, "local a = 1\nprint(a)\nerror('x')\n", "--break", "2", "--break", "99", "--function", "none", "--break-on-error", "all",
			"--eval", "a", "--eval", "nope.x", "--expect", "2 => a == 1", "--expect", "2 => nope.x", "--expect", "2 => a == 2",
			"--log", "2 => at {a}", "--coverage", "lcov:"+dir+"/c", "--profile", "folded:"+dir+"/p"),
		report(t, "print(1)"),
		report(t, "while true do end", "--timeout", "50ms"),
		report(t, "x ="),
	} {
		for _, line := range r.lines {
			kind := line["type"].(string)
			table, ok := tables[kind]
			if !ok {
				t.Fatalf("lines of the type %s are not documented", kind)
			}
			checkObject(t, table, "", line, seen[kind])
		}
	}
	for kind, table := range tables {
		for path := range table {
			if !seen[kind][path] {
				t.Errorf("%s: %s is documented, and no run writes it", kind, path)
			}
		}
	}
}
