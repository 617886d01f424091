package lint_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Each line with "-- CODE" at its end has this finding, all others have none.
const mistakes = `
local unusedVariable = 1 -- unused-local
local written -- unused-local
written = 2
local function never() return never() end -- unused-function
print(undefinedThing) -- undefined-global
if maybeThere then print(maybeThere.x) end
local x = {a = 1, b = 2, ["a"] = 3} -- duplicate-key
if x == {} then print(1) end -- constant-comparison
if type(x) == "tabel" then print(1) end -- constant-comparison
if type(x) == table then print(1) end -- constant-comparison
if string.format ~= type(x) then print(1) end -- constant-comparison
if type(x) == x.a or type(x) == _VERSION then print(1) end
if not x == "y" then print(1) end -- constant-comparison
if not x == not x.a then print(1) end
local a, b = 1, 2, 3 -- unused-value unused-value unbalanced-assignment
a, b = 1 -- unused-value unbalanced-assignment unused-value
a, b = print()
print(a, b)
if x then end -- empty-block
if x then --[[ nothing to do ]] end
print(string.format("%d %s", 1)) -- format-string
print(string.format("%d %s", print()), string.format("100%%"))
print(("%y"):format(1)) -- format-string
print(string.find("x", "[a")) -- pattern
print(("x"):find("%f"), ("x"):match("(a)%2")) -- pattern pattern
print(("x"):find("%f[%w]"), ("x"):match("(a)%1"))
print(string.find("x", "[a", 1, true), ("x"):gsub("[]]", ""), ("x"):match("^(%d+)[^%]]$"))
local subject = "x"
print(subject:find("[abc"), subject:gsub("(", ""), subject:find("[abc", 1, true)) -- pattern pattern
print(subject:gsub("x", "%2"), subject:gsub("(x)", "%1%0"), subject:gsub("x", "%1"), subject:gsub("%([(](x)", "%2"), subject:gsub("x", "%%2")) -- pattern pattern
print(string.gsub(subject, "(x)", "%2"), ("x"):format(1), subject:format(2)) -- pattern
local function early() error("x") print(1) end -- unreachable-code
local function late() if x then return 1 end return 2 end
local function both() if x then error("a") else os.exit(1) end print(2) end -- unreachable-code
local function jump() do goto on end ::on:: print(1) end
local function loop() while true do if x then break end end print(1) end
local function endless() while true do print(1) end print(2) end -- unreachable-code
print(early, late, both, jump, loop, endless)
do ::lonely:: end -- unused-label
local key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a" -- secret
local example = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
local twice = key
print(key, example, twice)
local function global() accidental = 1 return accidental end -- implicit-global
print(global)
local r1 = 1 -- unused-local
local r1 = 2 -- redefined-local
print(r1)
for i = 1, 2 do print(1) end
local function params(p, q) return p end
local _ignored = params
while true do Tool.calculator:execute({input = "1"}) end -- endless-tool-calls
`

func TestRules(t *testing.T) {
	text := mistakes
	got := map[int][]string{}
	var lines []string
	for i, line := range strings.Split(text, "\n") {
		lines = append(lines, line)
		got[i] = nil
	}
	clean := text
	for _, l := range lines {
		if code, comment, ok := strings.Cut(l, " -- "); ok {
			clean = strings.Replace(clean, l, code+strings.Repeat(" ", len(comment)+4), 1)
		}
	}
	found := check(t, clean, nil)
	for _, x := range found {
		line := strings.Count(clean[:x.Start], "\n")
		got[line] = append(got[line], x.Code)
		if x.Start > x.End || x.End > len(clean) || x.Message == "" || !strings.HasSuffix(x.Help, "#"+x.Code) {
			t.Errorf("%+v", x)
		}
	}
	for i, l := range lines {
		_, want, _ := strings.Cut(l, " -- ")
		if have := strings.Join(got[i], " "); have != strings.TrimSpace(want) {
			t.Errorf("line %d %q: %q", i+1, l, have)
		}
	}
	applied(t, clean, found)
}

func TestSilence(t *testing.T) {
	for text, want := range map[string]string{
		"print(nope) -- luacheck: ignore":                                 "",
		"print(nope) -- luacheck: ignore 113":                             "",
		"-- luacheck: globals nope\nprint(nope)":                          "",
		"---@diagnostic disable-next-line: undefined-global\nprint(nope)": "",
		"---@diagnostic disable-next-line: unused-local\nprint(nope)":     "2:7 undefined-global",
		"_G.nope = 1 print(nope)":                                         "",
		"setmetatable(_G, {}) print(nope)":                                "",
		"setfenv(1, {}) print(nope)":                                      "",
		"local function f() return prnt end return f":                     "1:27 undefined-global",
		"---@meta\nlocal x\nfunction f(a) end":                            "",
	} {
		got := lines(text, check(t, text, nil))
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestGlobalsOfOtherFiles(t *testing.T) {
	f := analysis.NewFile("file:///proj/a.lua", "", 1, "return shared, other")
	g := analysis.NewFile("file:///proj/b.lua", "", 1, "shared = 1")
	snap := analysis.NewSnapshot(&analysis.Config{Globals: []string{"other"}}, nil).WithFile(f).WithIndexed(g.Entry())
	if got := lint.Check(context.Background(), snap, f); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// What a file with @meta declares of a global is as certain as a library, unless another file assigns it.
func TestDeclaredGlobals(t *testing.T) {
	meta := analysis.NewFile("file:///proj/host.lua", "", 1, "---@meta\n---@class Host\nHost = {}\n---@param path string\nfunction Host.open(path) end\n")
	const text = "Host.open({}) print(Host.opne)"
	for own, want := range map[string]string{"": "1:11 argument-type\n1:26 undefined-field", "Host = {} ": ""} {
		f := analysis.NewFile("file:///proj/a.lua", "", 1, own+text)
		snap := analysis.NewSnapshot(&analysis.Config{}, nil).WithFile(f).WithIndexed(meta.Entry())
		var got []string
		for _, d := range lint.Check(context.Background(), snap.WithFile(meta), f) {
			if d.Code != "implicit-global" {
				line, column := f.Lines().Position(d.Start, syntax.UTF8)
				got = append(got, fmt.Sprintf("%d:%d %s", line+1, column+1, d.Code))
			}
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q: %q, not %q", own, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(mistakes)
	f.Add("Tool.execute('calculator', {input = {}, [1] = 2, x()})")
	f.Add("t[1] += 2\nif (x) {\n} else {\nlocal t = {a: 1}\nx = 'it's'\nfor i = 1 to 2 do n++ -- \nx->y // one\nelse if x != 1 && y then return 1 z = `a`")
	f.Add("goto x; local a <const> = {[a]=1, a=}")
	builtin := catalog.Builtin()
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		file := analysis.NewFile("file:///proj/a.lua", "", 1, text)
		list := lint.Check(ctx, analysis.NewSnapshot(nil, builtin).WithFile(file), file)
		if ctx.Err() != nil {
			t.Fatal("too slow")
		}
		at := 0
		for _, x := range list {
			if x.Start < at || x.End < x.Start || x.End > len(text) {
				t.Fatalf("%+v after %d", x, at)
			}
			at = x.Start
			for _, fix := range x.Fixes {
				lint.Apply(text, fix.Edits)
			}
		}
		lint.Apply(text, lint.Mend(ctx, text, list).Edits)
	})
}

func BenchmarkCheck(b *testing.B) {
	var text strings.Builder
	for i := 0; text.Len() < 150_000; i++ {
		text.WriteString("local function f" + strings.Repeat("x", i%7) + "(a, b)\n  local r = Tool.calculator:execute({input = a .. b})\n  if r.success then return r.result end\n  return nil\nend\n_ = f\n")
	}
	src := "do\n" + strings.ReplaceAll(text.String(), "_ = f\n", "end do\n") + "end\n"
	f := analysis.NewFile("file:///proj/a.lua", "", 1, src)
	b.ReportMetric(float64(strings.Count(src, "\n")), "lines")
	for b.Loop() {
		file := analysis.NewFile(f.URI, "", 1, src)
		lint.Check(context.Background(), analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(file), file)
	}
}
