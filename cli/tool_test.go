package cli

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestToolCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("text.txt", []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("params.json", []byte(`{"input": "6 * 7"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	sparse(t, "huge")
	for _, tt := range []struct {
		name, stdin    string
		args           string // words, ~ for a blank inside
		code           int
		stdout, stderr string // parts
	}{
		{"list", "", "tool list", 0, "calculator  ", ""},
		{"list names", "", "tool list --category utility --format names", 0, "base64-encoder\ncalculator\n", ""},
		{"list JSON", "", "tool list --tag math --format json", 0, `"operations": [` + "\n" + `      "evaluate",`, ""},
		{"list category", "", "tool list --category utilty", 2, "", `no category "utilty"; did you mean "utility"?`},
		{"list format", "", "tool list --format xml", 2, "", "want table, json, names"},
		{"search", "", "tool search hash sha256 --limit 1 --format names", 0, "hash-calculator\n", ""},
		{"search nothing", "", "tool search qqqqqq", 0, "NAME", `no tool matches "qqqqqq"`},
		{"search limit", "", "tool search x --limit -1", 2, "", "--limit: -1 is negative"},
		{"info", "", "tool info calculator", 0, "input: string, up to 65536 characters (also expression)", ""},
		{"info alias", "", "tool info hash_calculator --show-schema", 0, `"additionalProperties": false`, ""},
		{"info JSON", "", "tool info calculator --format json", 0, `"parameters": {`, ""},
		{"info unknown", "", "tool info calclator", 6, "", `did you mean "calculator"?`},
		{"invoke", "", "tool invoke calculator input=6*7", 0, `"result":42,`, ""},
		{"invoke text", "", "tool invoke file-operations operation=read path=text.txt --format text", 0, "from a file\n", ""},
		{"invoke result", "", "tool invoke calculator input=6*7 --format text", 0, "{\n  \"input\": \"6*7\",\n", ""},
		{"invoke pretty", "", "tool invoke calculator input=6*7 --format pretty", 0, "\n  \"success\": true\n}\n", ""},
		{"invoke params", "", `tool invoke calculator --params {"input":"1+1"}`, 0, `"result":2,`, ""},
		{"invoke params file", "", "tool invoke calculator --params @params.json", 0, `"result":42,`, ""},
		{"invoke params stdin", `{"expression":"2+3"}`, "tool invoke calculator --params -", 0, `"result":5,`, ""},
		{"words win", "", "tool invoke calculator --params @params.json expression=1", 0, `"result":1,`, ""},
		{"value of a file", "", "tool invoke text-manipulator operation=trim input=@text.txt", 0, `"result":"from a file",`, ""},
		{"value of stdin", "  x  ", "tool invoke text-manipulator operation=trim input=@-", 0, `"result":"x",`, ""},
		{"JSON value", "", `tool invoke calculator input=a+b variables={"a":1,"b":2}`, 0, `"result":3,`, ""},
		{"forced JSON", "", `tool invoke calculator input:="2+2"`, 0, `"result":4,`, ""},
		{"the text @", "", `tool invoke text-manipulator operation=uppercase input:="@a"`, 0, `"result":"@A",`, ""},
		{"unknown tool", "", "tool invoke calclator", 6, `"code":"not_found"`, `did you mean "calculator"?`},
		{"unknown parameter", "", "tool invoke calculator inptu=3", 6, `"suggestion":"input"`, `parameter "inptu" is not known; did you mean "input"?`},
		{"wrong type", "", `tool invoke calculator input:=3`, 6, `"field":"input"`, `expected a string`},
		{"failure as text", "", "tool invoke calculator input=1/ --format text", 6, "", "llmspell: calculator: "},
		{"denied", "", "tool invoke hash-calculator operation=hash file=/etc/hosts", 3, `"flag":"--allow-read=/etc/hosts"`, "allow it with --allow-read=/etc/hosts"},
		{"allowed", "", "tool invoke hash-calculator operation=hash file=/etc/hosts --allow-read=/etc/hosts", 0, `"algorithm":"sha256"`, ""},
		{"timeout", "", "tool invoke hash-calculator operation=hash file=huge --timeout 50ms", 4, `"code":"timeout"`, "did not finish within 50ms"},
		{"bad timeout", "", "tool invoke calculator --timeout=-1s", 2, "", "--timeout: -1s is negative"},
		{"bad word", "", "tool invoke calculator 2+2", 2, "", `"2+2" is not of the form name=value`},
		{"no name", "", "tool invoke calculator =2", 2, "", `is not of the form`},
		{"given twice", "", "tool invoke calculator input=1 input=2", 2, "", "input is given twice"},
		{"bad JSON", "", "tool invoke calculator --params {", 2, "", "--params: is not JSON: it ends too early"},
		{"no object", "", "tool invoke calculator --params 3", 2, "", "want a JSON object"},
		{"two values", "", "tool invoke calculator --params {}{}", 2, "", "something follows the value"},
		{"bad forced JSON", "", "tool invoke calculator input:=x", 2, "", "input:= is not JSON: line 1, column 1"},
		{"bad object", "", "tool invoke calculator input=x variables={x", 2, "", "variables: is not JSON"},
		{"no file", "", "tool invoke calculator input=@nowhere", 2, "", "nowhere"},
		{"stdin twice", "x", "tool invoke text-manipulator input=@- operation=@-", 2, "", "stdin was read already"},
		{"large number", "", "tool invoke calculator input=1 variables={\"a\":1e999}", 2, "", "too large"},
		{"test", "", "tool test calculator uuid_generator", 0, " ok, 0 failed", ""},
		{"test JSON", "", "tool test calculator --format json", 0, `"status": "ok"`, ""},
		{"test nothing", "", "tool test", 2, "", "name the tools to test, or pass --all"},
		{"test unknown", "", "tool test calclator", 6, "", "did you mean"},
		{"help", "", "tool", 0, "Available Commands", ""},
	} {
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		code, out, errs := call(t, tt.stdin, args...)
		if code != tt.code || !strings.Contains(out, tt.stdout) || !strings.Contains(errs, tt.stderr) || tt.stderr == "" && errs != "" {
			t.Errorf("%s: exit %d, want %d\nstdout %q, want %q\nstderr %q, want %q", tt.name, code, tt.code, out, tt.stdout, errs, tt.stderr)
		}
	}
}

// sparse makes a file that takes long to read, and no room on the disk.
func sparse(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(64 << 30); err != nil {
		t.Fatal(err)
	}
}

func TestTypedParameters(t *testing.T) {
	d := &tool.Descriptor{Parameters: schema.Map("",
		schema.Optional("text", schema.Text(""), "words"), schema.Optional("n", schema.Num("")), schema.Optional("i", schema.Int("", 0, 9)),
		schema.Optional("on", schema.Flag("")), schema.Optional("list", schema.List("", schema.Text(""))), schema.Optional("numbers", schema.List("", schema.Num(""))),
		schema.Optional("map", schema.Map("")), schema.Optional("any", &schema.Schema{}), schema.Optional("long_name", schema.Text("")),
		schema.Optional("either", &schema.Schema{Types: []schema.Type{schema.String, schema.Number}}),
		schema.Optional("some", &schema.Schema{Types: []schema.Type{schema.String, schema.Array}}),
	)}
	for _, tt := range []struct{ words, want string }{
		{"text=5", `{"text":"5"}`}, {"words=x", `{"text":"x"}`}, {"text={", `{"text":"{"}`}, {"text=", `{"text":""}`}, {"text=a=b", `{"text":"a=b"}`},
		{"n=1.5", `{"n":1.5}`}, {"n=x", `{"n":"x"}`}, {"i=9007199254740993", `{"i":9007199254740993}`}, {"n=1e3", `{"n":1000}`},
		{"on=true", `{"on":true}`}, {"on=No", `{"on":false}`}, {"on=maybe", `{"on":"maybe"}`},
		{"list=a", `{"list":["a"]}`}, {"list=a list=b", `{"list":["a","b"]}`}, {`list=["a","b"] list=c`, `{"list":["a","b","c"]}`},
		{"numbers=1 numbers=2.5", `{"numbers":[1,2.5]}`}, {`map={"a":[1]}`, `{"map":{"a":[1]}}`}, {"map=x", `{"map":"x"}`},
		{"any=5", `{"any":5}`}, {"any=x", `{"any":"x"}`}, {"any=true", `{"any":true}`}, {"any=null", `{"any":null}`}, {"any={x", `{"any":"{x"}`}, {"any=[1]", `{"any":[1]}`},
		{"either=5", `{"either":5}`}, {"either=5x", `{"either":"5x"}`}, {"some=a", `{"some":"a"}`}, {`some=["a"]`, `{"some":["a"]}`},
		{"long-name=x", `{"long_name":"x"}`}, {"other=1", `{"other":"1"}`}, {`other:=1`, `{"other":1}`},
	} {
		r := paramReader{stdin: strings.NewReader("")}
		got, err := r.read(d, "", strings.Fields(tt.words))
		text, _ := json.Marshal(got)
		if err != nil || string(text) != tt.want {
			t.Errorf("%s: %s %v; want %s", tt.words, text, err, tt.want)
		}
	}
}

// TestExamplesAreTypedAsShown checks that the command line which the documentation
// shows for an example is the example.
func TestExamplesAreTypedAsShown(t *testing.T) {
	for _, d := range tools.Builtin().List(tools.Filter{}) {
		for _, ex := range d.Examples {
			words := shellWords(t, example.CommandLine(d, ex.Params))
			r := paramReader{stdin: strings.NewReader("")}
			got, err := r.read(d, "", words[4:])
			if err != nil {
				t.Errorf("%s: %v", words, err)
				continue
			}
			if have, want := decoded(t, got), decoded(t, ex.Params); !reflect.DeepEqual(have, want) {
				t.Errorf("%s gives\n%v; want\n%v", words, have, want)
			}
		}
	}
}

func decoded(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// shellWords splits a line as a shell does, as far as single quotes and
// backslashes go.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	words, word, quoted, escaped := []string{}, "", false, false
	for _, c := range line {
		switch {
		case escaped:
			word, escaped = word+string(c), false
		case c == '\'':
			quoted = !quoted
		case c == '\\' && !quoted:
			escaped = true
		case c == ' ' && !quoted:
			words, word = append(words, word), ""
		default:
			word += string(c)
		}
	}
	if quoted {
		t.Fatalf("%s: a quote is open", line)
	}
	return append(words, word)
}

// TestExamplesInLua checks the same of the Lua that the documentation shows: the
// call is made with a function that gives its parameters back.
func TestExamplesInLua(t *testing.T) {
	for _, d := range tools.Builtin().List(tools.Filter{}) {
		for _, ex := range d.Examples {
			code := `local echo = function(name, params)
				return Tool.execute("json-processor", {operation = "query", query = ".", input = {name, params}})._raw_text
			end
			return echo` + strings.TrimPrefix(example.Lua(d, ex.Params), "Tool.execute")
			exit, out, errs := call(t, "", "exec", code)
			var envelope struct{ Result []any }
			if err := json.Unmarshal([]byte(out), &envelope); exit != 0 || err != nil {
				t.Errorf("%s: %s %v", example.Lua(d, ex.Params), errs, err)
				continue
			}
			var params any = map[string]any{}
			if len(envelope.Result) > 1 {
				params = envelope.Result[1]
			}
			if want := decoded(t, ex.Params); !sameInLua(params, want) {
				t.Errorf("%s gives\n%v; want\n%v", example.Lua(d, ex.Params), params, want)
			}
		}
	}
}

// sameInLua compares values that went through Lua, which knows no empty objects
// beside empty arrays, and no members that are nil.
func sameInLua(a, b any) bool {
	switch b := b.(type) {
	case map[string]any:
		if len(b) == 0 {
			return reflect.ValueOf(a).Len() == 0
		}
		m, ok := a.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range b {
			if v != nil && !sameInLua(m[k], v) {
				return false
			}
		}
		return true
	case []any:
		if len(b) == 0 {
			return reflect.ValueOf(a).Len() == 0
		}
		l, ok := a.([]any)
		return ok && slices.EqualFunc(l, b, sameInLua)
	}
	return reflect.DeepEqual(a, b)
}

func TestTables(t *testing.T) {
	for _, tt := range []struct {
		width int
		want  string
	}{
		{0, "A      B\n日本   one two three four\nlong1  \n"},
		{20, "A      B\n日本   one two thre…\nlong1  \n"},
		{5, "A      B\n日本   one two thr…\nlong1  \n"},
	} {
		var out strings.Builder
		table := table{header: []string{"A", "B"}, rows: [][]string{{"日本", "one two\nthree four"}, {"long1", ""}}, width: tt.width}
		table.print(&out)
		if got, want := out.String(), strings.ReplaceAll(tt.want, "long1  \n", "long1\n"); got != want {
			t.Errorf("width %d:\n%s\nwant\n%s", tt.width, got, want)
		}
	}
	if got := oneLine("a\x1b[31mb\u009bc\n"); got != "a [31mb c " {
		t.Errorf("escapes: %q", got)
	}
}

func TestCompletion(t *testing.T) {
	for _, tt := range []struct{ words, want string }{
		{"tool info calc", "calculator\t"}, {"tool invoke hash_c", "hash-calculator\t"}, {"tool invoke hash-calculator ", "operation=\t"},
		{"tool invoke hash-calculator algo", "algorithm=\t"}, {"tool invoke hash-calculator operation=", "operation=verify"},
		{"tool invoke text-manipulator nonsense=", ":4"}, {"tool list --category ", "utility"}, {"tool list --format ", "names"}, {"tool test calc", "calculator"},
	} {
		words := append([]string{"__complete"}, strings.Split(tt.words, " ")...)
		if code, out, _ := call(t, "", words...); code != 0 || !strings.Contains(out, tt.want) {
			t.Errorf("%q: %s", tt.words, out)
		}
	}
	if _, out, _ := call(t, "", "__complete", "tool", "invoke", "hash-calculator", "operation=hash", "o"); strings.Contains(out, "operation=") {
		t.Errorf("a parameter that was given is offered again: %s", out)
	}
}
