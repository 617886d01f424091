package analysis_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// slotsOf lists the strings in a text that name something: "kind(arg):name".
func slotsOf(text string) string {
	f := analysis.NewFile("file:///way.lua", "", 1, text)
	s := analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f)
	var list []string
	for slot := range s.Slots(f) {
		list = append(list, fmt.Sprintf("%s(%s):%s", slot.Kind, slot.Arg, slot.Value))
	}
	return strings.Join(list, " ")
}

// TestSlotsOfWays has calls of a function whose first argument is one thing or another, by what
// is written behind it.
func TestSlotsOfWays(t *testing.T) {
	for text, want := range map[string]string{
		`State.delete("k")`:                                                   "state(global):k",
		`State:delete("k")`:                                                   "state(global):k",
		`State.delete("k", nil)`:                                              "state(global):k",
		`State.delete(("k"), {})`:                                             "state(global):k",
		`State.delete("k", {scope = "global"})`:                               "state(global):k scope():global",
		`State.delete("k", {scope = "custom:x"})`:                             "state(custom:x):k scope():custom:x",
		`State.delete("custom:x", "k")`:                                       "scope():custom:x state(custom:x):k",
		`State:delete("custom:x", "k")`:                                       "scope():custom:x state(custom:x):k",
		`State.delete("custom:x", 5)`:                                         "scope():custom:x",
		`State.transaction(function(tx) tx.delete("k") end)`:                  "state(global):k",
		`pcall(State.delete, "k")`:                                            "state(global):k",
		`pcall(State.delete, "custom:x", "k")`:                                "scope():custom:x state(custom:x):k",
		`local d = State.delete d("k")`:                                       "state(global):k",
		`local o = {scope = "custom:x"} State.delete("k", o)`:                 "scope():custom:x state():k",
		`local k = "k" State.delete("custom:x", k)`:                           "state(custom:x):k scope():custom:x",
		`local function del(name) return State.delete(name) end del("k")`:     "state():k",
		`local co = coroutine.create(State.delete) coroutine.resume(co, "k")`: "state(global):k",
	} {
		if got := slotsOf(text); got != want {
			t.Errorf("%s: %q, not %q", text, got, want)
		}
	}
}

// sample is an argument for a parameter, as it is written.
func sample(p types.Parameter, i int) string {
	switch text := p.Type.String(); {
	case p.Slot != "":
		return fmt.Sprintf("%q", "name"+fmt.Sprint(i))
	case strings.HasPrefix(text, `"`):
		return text[:strings.Index(text[1:], `"`)+2]
	case text == "integer" || text == "number" || text == "thread":
		return map[string]string{"integer": "1", "number": "1.5", "thread": "coroutine.create(print)"}[text]
	case strings.HasPrefix(text, "string"):
		return `"text"`
	case strings.HasPrefix(text, "fun(") || strings.HasPrefix(text, "function"):
		return "print"
	}
	return "{}"
}

// TestSlotsOfStubs calls each function of the library in each way that its overloads say, with
// all arguments and with those that it needs: a parameter that is for a name names that.
func TestSlotsOfStubs(t *testing.T) {
	ways := 0
	for file, text := range library.Files() {
		for _, m := range regexp.MustCompile(`(?m)^function ([\w.]+)\(`).FindAllStringSubmatch(text, -1) {
			f := analysis.NewFile("file:///stub.lua", "", 1, "return "+m[1])
			s := analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f)
			of := types.Type(nil)
			for n := range f.NodesOf(syntax.Index) {
				of = s.TypeOf(f, n)
			}
			fn, ok := of.(*types.Func)
			if !ok || len(fn.Overloads) == 0 {
				continue
			}
			for _, way := range append(fn.Overloads[:len(fn.Overloads):len(fn.Overloads)], fn) {
				ways++
				var args []string
				want := map[string]string{}
				check := func() {
					call := m[1] + "(" + strings.Join(args, ", ") + ")"
					got := slotsOf(call)
					for name, kind := range want {
						if !regexp.MustCompile(`(^| )` + kind + `\([^ ]*\):` + name + `( |$)`).MatchString(got) {
							t.Errorf("%s: %s: %s is no %s: %q", file, call, name, kind, got)
						}
					}
				}
				for i, p := range way.Params {
					if p.Optional {
						check()
					}
					args = append(args, sample(p, i))
					if p.Slot != "" {
						want["name"+fmt.Sprint(i)] = p.Slot
					}
				}
				check()
			}
		}
	}
	if ways < 20 {
		t.Errorf("only %d ways to call functions were found", ways)
	}
}

// TestWayWhileTyped has the parameter that is typed, and the function's others.
func TestWayWhileTyped(t *testing.T) {
	s := analysis.NewSnapshot(nil, catalog.Builtin())
	for text, want := range map[string]string{
		`State.delete(|)`: "key options", `State.delete("|")`: "key options", `State.delete("|`: "key options",
		`State.delete("|", {scope = "global"})`: "key options", `State.delete("k", {|})`: "key options", `State.delete("k", {|`: "key options",
		`State.delete("k", {scope = "|"})`: "key options", `State.delete("|", "k")`: "scope key", `State.delete("custom:x", "|")`: "scope key",
		`table.insert(t, |)`: "list value", `table.insert(t, |, 2)`: "list position value", `io.lines("|", "*n")`: "path format",
	} {
		at := strings.Index(text, "|")
		f := analysis.NewFile("file:///call.lua", "", 1, text[:at]+text[at+1:])
		got := ""
		if call, ok := s.WithFile(f).CallAt(f, at); ok && call.Func != nil {
			for _, p := range call.Func.Params {
				got += p.Name + " "
			}
		}
		if got = strings.TrimSpace(got); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
