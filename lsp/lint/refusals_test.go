package lint_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/library"
)

var writeRefusals = flag.Bool("refusals", false, "write lsp/catalog/refusals.txt anew, from what the kernel says")

// probe is a value of a kind, twice: what the kernel says of both, but for the value itself,
// it says of the kind. Of the third one the linter must say the same.
type probe struct {
	kind          string // as refusals.txt has it
	values        [3]string
	shown, called string // how errors show the value, and its kind
}

func probes(good string) []probe {
	const f = "function() end"
	list := func(element string) [3]string {
		one := "{" + good + ", " + element + "}"
		return [3]string{one, one, "{" + good + ", " + good + ", " + element + "}"}
	}
	return []probe{
		{"nil", [3]string{"nil", "nil", "nil"}, "", "nil"},
		{"boolean", [3]string{"true", "false", "true"}, "value", "boolean"},
		{"number", [3]string{"117", "119", "103"}, "value", "number"},
		{"fraction", [3]string{"17.5", "19.5", "0.25"}, "value", "number"},
		{"negative", [3]string{"-17", "-19", "-1"}, "value", "number"},
		{"zero", [3]string{"0", "0", "0"}, "", "number"},
		{"string", [3]string{`"zzqy"`, `"qyzz"`, `"no such word"`}, "value", "string"},
		{"empty", [3]string{`""`, `""`, `""`}, "", "string"},
		{"table", [3]string{"{}", "{zzqy = 1}", "{" + good + "}"}, "", "table"},
		{"no element", [3]string{"{}", "{zzqy = 1}", "{a = {}}"}, "", "table"},
		{"function", [3]string{f, f, "print"}, "", "function"},
		{"element boolean", list("true"), "2", "boolean"},
		{"element number", list("17"), "2", "number"},
		{"element string", list(`"zzqy"`), "2", "string"},
		{"element function", list(f), "2", "function"},
		{"in it function", [3]string{"{zzqy = " + f + "}", "{qyzz = " + f + "}", "{a = {1, {['b c'] = string.upper}}}"}, "path", "function"},
	}
}

// refusalParam is a parameter of a function of the kernel, and what it takes: element in a list.
type refusalParam struct{ typ, good, element string }

// kernelFunctions are the functions of the kernel's globals with their parameters, in order.
func kernelFunctions() (names []string, params map[string][]refusalParam) {
	params = map[string][]refusalParam{}
	for _, file := range library.Names() {
		if library.Standard(library.URI(file)) {
			continue
		}
		var list []refusalParam
		for line := range strings.Lines(library.Files()[file]) {
			line = strings.TrimSuffix(line, "\n")
			if m := stubParam.FindStringSubmatch(line); m != nil {
				good := preparedArgument(file, m[1], m[2])
				element := good
				if m[2] == "llmspell.ToolCall[]" {
					element = `{"calculator", {input = "1"}}`
				}
				list = append(list, refusalParam{m[2], good, element})
			} else if m := stubFunction.FindStringSubmatch(line); m != nil {
				names, params[m[1]], list = append(names, m[1]), list, nil
			} else if !strings.HasPrefix(line, "---") {
				list = nil
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains([]string{"Debug.breakpoint", "Streaming.yield"}, name)
	}), params
}

// preparedArgument is a good argument, of what fresh has made where it must be there.
func preparedArgument(file, name, typ string) string {
	if words := enumerated(typ); words != "" {
		return words
	}
	if file == "context.lua" && typ[:3] == "int" {
		return "200"
	}
	if file == "json.lua" && typ == "string" {
		return `"17"`
	}
	for _, t := range [][2]string{
		{"T a new table", "{}"}, {"llmspell.Session", "sid"}, {"llmspell.Artifact", "artifact"}, {"llmspell.HookHandle", "hook"}, {"llmspell.Timer", "timer"}, {"integer|integer[]", "subscription"},
	} {
		if rest, ok := strings.CutPrefix(typ, t[0]); ok && (rest == "" || !strings.ContainsAny(rest[:1], "SFC") && !strings.HasPrefix(rest, "Meta") && !strings.HasPrefix(rest, "Type") && !strings.HasPrefix(rest, "Query") && !strings.HasPrefix(rest, "Ex") && !strings.HasPrefix(rest, "Im")) {
			return t[1]
		}
	}
	if file == "event.lua" && strings.TrimSuffix(name, "?") == "id" {
		return "subscription"
	}
	return goodArgument(typ)
}

// enumerated is the first word of the alias that a type is, "" if it is none of words.
func enumerated(typ string) string {
	name := strings.TrimSuffix(strings.Fields(strings.ReplaceAll(typ, "|", " "))[0], "?")
	if !strings.HasPrefix(name, "llmspell.") {
		return ""
	}
	for _, file := range library.Files() {
		_, words, ok := strings.Cut(file, "---@alias "+name+"\n---| ")
		if ok {
			return strings.Fields(words)[0]
		}
	}
	return ""
}

// refusalsPrelude makes what calls need, and calls functions.
const refusalsPrelude = `
local say = print
print = function() end
local function fresh()
	pcall(function() sid = Session.create({name = "s"}).id Session.set_current(sid) end)
	pcall(function() artifact = Artifact.store(sid, "custom", "a", "a", {}) end)
	pcall(function()
		for _, s in ipairs(Event.list_subscriptions()) do Event.unsubscribe(s.id) end
		subscription = Event.subscribe("a.*")
		Event.publish("a.b") -- so that nobody waits for one
		for _, h in ipairs(Hook.list()) do if h.language == "lua" then Hook.unregister(h.id) end end
		hook = Hook.register("BeforeToolExecution", print)
		timer = Debug.timer("t")
	end)
end
function try(f, needs)
	if needs then fresh() end
	local ok, e = pcall(f)
	say("\1" .. (ok and "" or tostring(e)) .. "\2")
end
`

// answers calls functions in a session of a kernel, and returns their errors, "" for none.
func answers(t *testing.T, calls []string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	services := kernel.NewDefaultServices(nil, nil)
	defer services.Close()
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &out, Dir: dir, Services: services})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var program strings.Builder
	program.WriteString(refusalsPrelude)
	for _, call := range calls {
		fmt.Fprintf(&program, "try(function() %s end, %t)\n", call, preparedFor.MatchString(call))
	}
	if _, err := s.RunString(t.Context(), program.String(), "=test", nil); err != nil {
		t.Fatal(err)
	}
	var errors []string
	for _, one := range strings.Split(out.String(), "\x01")[1:] {
		one, _, _ = strings.Cut(one, "\x02")
		one, _, _ = strings.Cut(one, "\n")
		errors = append(errors, atLine.ReplaceAllString(one, ""))
	}
	if len(errors) != len(calls) {
		t.Fatalf("%d answers to %d calls", len(errors), len(calls))
	}
	return errors
}

// preparedFor are functions that use up what is there, or need it.
var preparedFor = regexp.MustCompile(`^(Session|Artifact|Replay|Event|Hook|Debug)\b`)

// atLine is what stands before the words of an error.
var atLine = regexp.MustCompile(`^test:\d+: `)

// template is an error with its value and kind taken out, as refusals.txt has it.
func (p *probe) template(text string, i int) string {
	value := strings.Trim(p.values[i], `"`)
	switch p.shown {
	case "value":
		text = strings.ReplaceAll(text, value, "{value}")
	case "2":
		if all := secondOf.FindAllStringIndex(text, -1); all != nil {
			at := all[len(all)-1]
			text = text[:at[0]] + "{index}" + text[at[1]:]
		}
	case "path":
		name, _, _ := strings.Cut(strings.TrimPrefix(value, "{"), " ")
		text = strings.ReplaceAll(text, "."+name, "{path}")
	}
	for _, before := range []string{"got ", "got the ", "not a ", "a "} {
		text = strings.Replace(text, before+p.called+" cannot", before+"{kind} cannot", 1)
		if before != "a " && strings.HasSuffix(text, before+p.called) || strings.Contains(before, "got") {
			text = strings.Replace(text, before+p.called, before+"{kind}", 1)
		}
	}
	return text
}

// secondOf is the number of a second element.
var secondOf = regexp.MustCompile(`\b2\b`)

// foundArguments tells of each call whether something is found that its types tell.
func foundArguments(t *testing.T, calls []string) []string {
	t.Helper()
	found := make([]string, len(calls))
	const part = 100 // a file has a limited number of findings
	for from := 0; from < len(calls); from += part {
		program := strings.Join(calls[from:min(from+part, len(calls))], "\n")
		for _, x := range check(t, program, nil) {
			switch x.Code {
			case "argument-type", "missing-argument", "unusable-value":
				found[from+strings.Count(program[:x.Start], "\n")] = x.Code + ": " + x.Message
			}
		}
	}
	return found
}

// TestRefusals compares refusals.txt with what the kernel says of arguments of all kinds.
func TestRefusals(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine, thousands of calls")
	}
	names, params := kernelFunctions()
	var calls []string
	with := func(name string, args ...string) { calls = append(calls, name+"("+strings.Join(args, ", ")+")") }
	for _, name := range names {
		var good []string
		for _, p := range params[name] {
			good = append(good, p.good)
		}
		with(name, good...)
		for i := range good {
			with(name, good[:i]...)
			for _, p := range probes(params[name][i].element) {
				for _, v := range p.values {
					changed := slices.Clone(good)
					changed[i] = v
					with(name, changed...)
				}
			}
		}
	}
	said, found, next := answers(t, calls), foundArguments(t, calls), 0
	take := func() (text string, typed bool) {
		next++
		return said[next-1], strings.HasPrefix(found[next-1], "argument-type: ") || strings.HasPrefix(found[next-1], "missing-argument: ")
	}
	var out strings.Builder
	for _, name := range names {
		base, wrong := take()
		if wrong {
			t.Errorf("%s is called with arguments that it does not take", calls[next-1])
		}
		for i, param := range params[name] {
			kinds := map[string]refusal{}
			if text, wrong := take(); text != "" && text != base {
				nothing := probe{called: "nil"}
				kinds["none"] = refusal{nothing.template(text, 0), wrong}
			}
			for _, p := range probes(param.element) {
				first, wrong := take()
				second, _ := take()
				if _, third := take(); p.kind == "table" {
					wrong = third // a list of what is right
				} else if special(p.kind) {
					wrong = false
				}
				for at := next - 3; at < next && !*writeRefusals; at++ {
					sameWords(t, calls[at], said[at], base, found[at])
				}
				if first == "" || first == base {
					continue
				}
				if text := p.template(first, 0); text == p.template(second, 1) {
					kinds[p.kind] = refusal{text, wrong}
				} else if p.shown = ""; p.template(first, 0) == p.template(second, 1) {
					kinds[p.kind] = refusal{p.template(first, 0), wrong}
				}
			}
			writeKinds(&out, name, i+1, param.typ, kinds)
		}
	}
	const file = "../catalog/refusals.txt"
	if *writeRefusals {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != out.String() {
		t.Error("refusals.txt is not what the kernel says: write it with go test ./lsp/lint -run TestRefusals -refusals, and look at the difference")
	}
}

// sameWords compares what is found with the kernel's error, unless that is about another argument.
func sameWords(t *testing.T, call, said, base, found string) {
	t.Helper()
	_, found, _ = strings.Cut(found, ": ")
	switch {
	case found == "" || said != "" && said == base, strings.HasPrefix(call, "Tool.register("): // which has tests of its own
	case said == "" && !slices.ContainsFunc(lenient, func(name string) bool { return strings.HasPrefix(call, name) }):
		t.Errorf("%s works, found is %s", call, found)
	case said != "" && !strings.Contains(said, found):
		t.Errorf("%s: the error is %q, found is %s", call, said, found)
	}
}

// refusal is what is said of a kind, and whether its type alone is wrong.
type refusal struct {
	text  string
	typed bool
}

// writeKinds writes a line for each thing that is said of an argument.
func writeKinds(out *strings.Builder, function string, number int, typ string, kinds map[string]refusal) {
	for of, likes := range map[string][]string{"number": {"fraction", "negative", "zero"}, "string": {"empty"}, "table": {"no element"}, "none": {"nil"}} {
		for _, kind := range likes {
			if kind == "no element" && !kinds[of].typed {
				continue // other tables have some
			}
			text, all := kinds[kind].text, kinds[of].text
			if text == all || kind == "empty" && text == strings.ReplaceAll(all, "{value}", "") || kind == "zero" && text == strings.ReplaceAll(all, "{value}", "0") {
				delete(kinds, kind)
			}
		}
	}
	byText := map[string][]string{}
	for kind, r := range kinds {
		if !r.typed && !refusedThough(kind, r.text, typ) || strings.Contains(r.text, `: parameter "`) || strings.Contains(r.text, "(calculator)") { // options.Table and schemas say it
			continue
		}
		byText[r.text] = append(byText[r.text], kind)
	}
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		slices.Sort(byText[text])
		separator, words := ": ", text
		if own, ok := strings.CutPrefix(text, function+": "); ok {
			words = own
		} else {
			separator = " = "
		}
		fmt.Fprintf(out, "%s %d %s%s%s\n", function, number, strings.Join(byText[text], ","), separator, words)
	}
}

// special tells whether a kind is of values that may be refused although others of their type are not.
func special(kind string) bool {
	return kind == "fraction" || kind == "negative" || kind == "zero" || kind == "empty" || strings.Contains(kind, " ")
}

// refusedThough tells whether all values of a kind are refused although their type fits, and not for
// what happens to be there.
func refusedThough(kind, text, typ string) bool {
	ofKind := strings.HasSuffix(text, "got {kind}") || strings.HasSuffix(text, "not a {kind}")
	switch {
	case strings.Contains(text, "there is no "):
		return false
	case kind == "table", kind == "boolean":
		return ofKind
	case kind == "function":
		return ofKind || strings.Contains(text, "{kind} cannot")
	case !special(kind):
		return false
	case kind == "fraction", kind == "negative", kind == "zero", kind == "empty":
		return true
	case kind == "no element":
		return strings.Contains(typ, "[]")
	case kind == "in it function":
		return strings.Contains(text, "{kind} cannot")
	}
	return ofKind && !strings.Contains(text, "[{index}]") // of an element
}
