package puc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// describe writes a stop on one line, for comparison with a table.
func describe(s Stop) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d %q/%d", s.Thread, s.Line, s.Func, s.Depth)
	for _, l := range s.Locals {
		fmt.Fprintf(&b, " %s=%s", l.Name, l.Value)
	}
	return b.String()
}

func TestTrace(t *testing.T) {
	path := filepath.Join("testdata", "steps.lua")
	want := []string{
		`1:1 "main chunk"/1`,
		`1:6 "main chunk"/1 total=0`,
		`1:8 "main chunk"/1 total=0 add=function`,
		`1:9 "main chunk"/1 total=0 add=function i=1`,
		`1:3 "add"/2 n=1 arg=table`,
		`1:4 "add"/2 n=1 arg=table before=0`,
		`1:5 "add"/2 n=1 arg=table before=0`,
		`1:11 "main chunk"/1 total=1 add=function i=1 old=0`,
		`1:12 "main chunk"/1 total=1 add=function i=1 old=0 i="1\n\t\"quoted\"\\"`,
		`1:8 "main chunk"/1 total=1 add=function`,
		`1:9 "main chunk"/1 total=1 add=function i=2`,
		`1:3 "add"/2 n=2 arg=table`,
		`1:4 "add"/2 n=2 arg=table before=1`,
		`1:5 "add"/2 n=2 arg=table before=1`,
		`1:11 "main chunk"/1 total=3 add=function i=2 old=1`,
		`1:12 "main chunk"/1 total=3 add=function i=2 old=1 i="2\n\t\"quoted\"\\"`,
		`1:8 "main chunk"/1 total=3 add=function`,
		`1:16 "main chunk"/1 total=3 add=function`,
		`1:19 "main chunk"/1 total=3 add=function`,
		`1:16 "main chunk"/1 total=3 add=function`,
		`1:20 "main chunk"/1 total=3 add=function co=thread`,
		`2:17 ""/1 a=1.5`,
		`1:21 "main chunk"/1 total=3 add=function co=thread`,
		`2:18 ""/1 a=1.5 b=true`,
		`1:22 "main chunk"/1 total=3 add=function co=thread`,
		`1:24 "main chunk"/1 total=3 add=function co=thread`,
		`1:22 "main chunk"/1 total=3 add=function co=thread`,
		`1:25 "main chunk"/1 total=3 add=function co=thread gen=function`,
		`3:23 ""/1 x=table`,
		`1:26 "main chunk"/1 total=3 add=function co=thread gen=function`,
		`1:3 ""/2 n=nil arg=table`,
		`1:4 ""/2 n=nil arg=table before=3`,
	}
	stops := Trace(t, path)
	for i := range max(len(stops), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("event %d: unexpected %s", i, describe(stops[i]))
		case i >= len(stops):
			t.Errorf("event %d: missing %s", i, want[i])
		case describe(stops[i]) != want[i]:
			t.Errorf("event %d:\n got %s\nwant %s", i, describe(stops[i]), want[i])
		case stops[i].Source != path:
			t.Errorf("event %d: source %q, want %q", i, stops[i].Source, path)
		}
	}
}

// A traced script must do what it does untraced, also where the tracer stands
// in for a function of Lua's.
func TestTraceChangesNothing(t *testing.T) {
	const source = `
print(select("#", ...), ..., arg[0] ~= nil, #arg)
print(pcall(coroutine.create, 1))
print(pcall(function() coroutine.create(print) end))
print(pcall(function() local make = coroutine.wrap; make() end))
print(pcall(error, "level two", 2))
local function blame() error("blame", 2) end
print(pcall(function() blame() end))
local co = coroutine.wrap(function(...)
  print(coroutine.running() ~= nil, coroutine.yield(...))
  blame()
end)
print(co(1, nil, 3))
print(pcall(co, "in"))
print(pcall(co))
print(coroutine.running(), coroutine.status(coroutine.create(blame)))
string, table, debug, error, type = nil
print(pcall(coroutine.yield))
coroutine.wrap(function() print("still here") end)()
`
	dir := t.TempDir()
	path := filepath.Join(dir, "script.lua")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := Run(t, path, "one", "two")
	if err != nil {
		t.Fatal(err)
	}
	got, err := TraceRun(t, path, MaxEvents, "one", "two")
	if err != nil {
		t.Fatal(err)
	}
	if got.Stdout != want {
		t.Errorf("traced, the script printed\n%s\nuntraced\n%s", got.Stdout, want)
	}
	if !strings.Contains(want, "still here") {
		t.Errorf("the script did not run to its end:\n%s", want)
	}
}

func TestTraceRunEndings(t *testing.T) {
	tests := []struct {
		name, source string
		limit        int
		stops        int
		stdout       string
		wantErr      string // part of the message; empty: none
		tooLong      bool
	}{
		{name: "empty", source: "", limit: 9, stops: 1}, // the return that ends every function
		{name: "at the limit", source: "print(1)\nprint(2)\n", limit: 2, stops: 2, stdout: "1\n2\n"},
		{name: "over the limit", source: "while true do\n print(1)\nend", limit: 5, stops: 5, stdout: strings.Repeat("1\n", 5), wantErr: "limit of events", tooLong: true},
		{name: "in a coroutine", source: "coroutine.wrap(function()\nwhile true do\nlocal a\nend end)()", limit: 50, stops: 50, wantErr: "(50)", tooLong: true},
		{name: "error", source: "print(1)\nerror('boom')", limit: 9, stops: 2, stdout: "1\n", wantErr: "script.lua:2: boom"},
		{name: "error object", source: "error({})", limit: 9, stops: 1, wantErr: "error object is a table value"},
		{name: "syntax", source: "x x", limit: 9, wantErr: "'=' expected near 'x'"},
		{name: "exit", source: "print(1)\nos.exit(0)\nprint(2)", limit: 9, stops: 2, stdout: "1\n"},
		{name: "exit code", source: "os.exit(4)", limit: 9, stops: 1, wantErr: "exit status 4"},
		{name: "strings are not files", source: "loadstring('local a = 1\\nlocal b = 2')()", limit: 9, stops: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "script.lua")
			if err := os.WriteFile(path, []byte(tt.source), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := TraceRun(t, path, tt.limit)
			switch {
			case tt.wantErr == "" && err != nil:
				t.Errorf("error %v", err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("error %v, want one with %q", err, tt.wantErr)
			case errors.Is(err, ErrTooLong) != tt.tooLong:
				t.Errorf("errors.Is(%v, ErrTooLong) = %v", err, !tt.tooLong)
			}
			if len(got.Stops) != tt.stops || got.Stdout != tt.stdout {
				t.Errorf("%d stops and output %q, want %d and %q", len(got.Stops), got.Stdout, tt.stops, tt.stdout)
			}
		})
	}
}

func TestTraceDeepRecursion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep.lua")
	source := "local function f(n)\n  if n > 0 then return 1 + f(n - 1) end\n  return 0\nend\nprint(f(3000))\n"
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	deepest := 0
	stops := Trace(t, path)
	for _, s := range stops {
		deepest = max(deepest, s.Depth)
	}
	if deepest != 200 || len(stops) < 3000 {
		t.Errorf("%d stops, depth %d; want more than 3000 and 200", len(stops), deepest)
	}
}

func TestParseRejects(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"few fields", "1\t2\t3\n", "3 fields"},
		{"half a local", "1\t2\t3\tf.lua\tf\tname\n", "6 fields"},
		{"number", "1\ttwo\t3\tf.lua\tf\n", `"two"`},
		{"kind", "1\t2\t3\tf.lua\tf\tname\tz1\n", "unknown kind"},
		{"no value", "1\t2\t3\tf.lua\tf\tname\t\n", "empty value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := parse(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("parse(%q) = %v, want an error with %q", tt.data, err, tt.want)
			}
		})
	}
}
