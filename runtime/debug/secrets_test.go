package debug_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

const secretScript = `
api_key = "sk-123456"
local config = {api_key = "hidden-by-name", nested = {api_key = "deeper"}, url = "https://x/?key=sk-123456", ["sk-123456"] = 1}
local token_count, none_key = 3, nil
local told = setmetatable({}, {__tostring = function() return "holds sk-123456!" end, __name = "sk-123456"})
local named = setmetatable({}, {__name = "type sk-123456"})
local failing = setmetatable({}, {__tostring = function() error("bad sk-123456") end})
local long = ("x"):rep(1020) .. "sk-123456" .. ("y"):rep(5000)
local function f(secret_key) local up = api_key
  print(#config.url, secret_key, type(told), type(named), type(failing), #long, token_count, none_key)
end
f("in an argument")
error("refused: sk-123456")
`

func stopAtSecrets(t *testing.T) *session {
	t.Helper()
	s := breakAt(t, secretScript, 9)
	s.e.SetExceptionFilters(debug.ExceptionFilter{Uncaught: true})
	s.e.SetSecrets(debug.Secrets{
		Name:   func(name string) bool { return strings.HasSuffix(name, "_key") },
		Values: []string{"", "sk-123", "sk-123456", "hunter2"},
	})
	s.stopped(debug.ReasonBreakpoint, 9)
	return s
}

// everything is all that the debugger shows of a stop, to some depth.
func (s *session) everything() string {
	s.t.Helper()
	var b strings.Builder
	var show func(vs []debug.Variable, depth int)
	show = func(vs []debug.Variable, depth int) {
		for _, v := range vs {
			fmt.Fprintf(&b, "%+v\n", v)
			if v.Memory != "" {
				data, err := s.e.ReadMemory(s.t.Context(), v.Memory, 0, 1<<20)
				s.do(err)
				b.Write(data)
			}
			if v.Ref > 0 && depth < 3 {
				show(s.children(v.Ref), depth+1)
			}
		}
	}
	for _, f := range s.frames(1) {
		scopes, err := s.e.Scopes(f.ID)
		s.do(err)
		for _, sc := range scopes {
			show(s.children(sc.Ref), 0)
		}
	}
	return b.String()
}

func hidden(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{"sk-12", "hidden-by", "deeper", "in an argument"} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s shows %q: …%s…", what, secret, text[max(0, i-60):min(len(text), i+60)])
		}
	}
}

func TestSecrets(t *testing.T) {
	s := stopAtSecrets(t)
	all := s.everything()
	hidden(t, "a scope", all)
	for _, want := range []string{"https://x/?key=•••", "holds •••!", "Value:type ••• {}", "bad •••", `api_key="•••"`} {
		want = strings.ReplaceAll(want, `="•••"`, "=•••")
		if !strings.Contains(all, want) {
			t.Errorf("the scopes do not show %q", want)
		}
	}
	locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
	if v := named(t, locals, "secret_key"); v.Value != "•••" || v.Ref != 0 || v.Memory != "" {
		t.Errorf("secret_key is %+v", v)
	}
	upvalues := s.children(s.scope(s.top(), debug.ScopeUpvalues).Ref)
	equal(t, "a secret that is nil", named(t, upvalues, "none_key").Value, "nil")
	equal(t, "another number", named(t, upvalues, "token_count").Value, "3")

	for expr, want := range map[string]string{
		"api_key": "•••", "(api_key)": "•••", "config.api_key": "•••", "config['api_key']": "•••", "config['api_' .. 'key']": `"hidden-by-name"`,
		"api_key .. 'x'": "•••", "#api_key": "•••", "api_key == nil": "false", "{api_key}": "•••", "1, api_key": "•••, •••",
		"config.url": `"https://x/?key=•••"`, "config": `{api_key=•••, nested={…}, url="https://x/?key=•••", ["•••"]=1}`, "'say ' .. 'hunt' .. 'er2'": `"say •••"`,
		"error('no ' .. config.url)": "error: no https://x/?key=•••",
		"error(secret_key)":          "error: the evaluation failed: its error is not shown, because the code uses a secret",
		"secret_key.x.y":             "error: the evaluation failed: its error is not shown, because the code uses a secret",
		"config.url:bad()":           "error: attempt to call method 'bad' (a nil value)", "token_count + 1": "4",
	} {
		equal(t, expr, s.eval(expr), want)
		if expr == "config" {
			equal(t, expr+" watched", s.evalWatch(expr), want)
		}
	}
	v, err := s.e.Evaluate(t.Context(), s.top(), "long", debug.EvalClipboard)
	s.do(err)
	hidden(t, "the clipboard", v.Value)
	v, err = s.e.SetVariable(s.scope(s.top(), debug.ScopeLocals).Ref, "secret_key", "'in an argument' .. 1")
	s.do(err)
	equal(t, "set", v.Value, "•••")
	v, err = s.e.SetExpression(t.Context(), s.top(), "config.api_key", "'hidden-by-name'", debug.Format{})
	s.do(err)
	equal(t, "set", v.Value, "•••")
	for _, text := range []string{"config.", "config[", "", "api_", "api_key:"} {
		cs, err := s.e.Completions(t.Context(), s.top(), text, len(text))
		s.do(err)
		hidden(t, "completion of "+text, fmt.Sprintf("%+v", cs))
		if text == "api_key:" && len(cs) > 0 {
			t.Error("a secret has completions")
		}
	}
	s.do(s.e.Continue())
	x := s.stopped(debug.ReasonException, 12)
	hidden(t, "the stop", fmt.Sprintf("%+v", x))
	info, err := s.e.ExceptionInfo(1)
	s.do(err)
	hidden(t, "the exception", fmt.Sprintf("%+v", info))
	if !strings.Contains(info.Message, "refused: •••") || !strings.Contains(info.Traceback, "refused: •••") {
		t.Errorf("exception %+v", info)
	}
	equal(t, "redacted", s.e.Redact("a sk-123456 b sk-1234"), "a ••• b •••4")

	// Without secrets all is shown again.
	s.e.SetSecrets(debug.Secrets{})
	equal(t, "api_key", s.eval("api_key"), `"sk-123456"`)
	equal(t, "text", s.e.Redact("sk-123456"), "sk-123456")
}

// TestSecretInLogPoint: log points and failed conditions hide secrets, too.
func TestSecretInLogPoint(t *testing.T) {
	s := open(t, "\nlocal api_key = 'by name'\nlocal text = 'sk-123456'\nprint(1)\n", debug.Options{})
	s.e.SetSecrets(debug.Secrets{Name: func(n string) bool { return n == "api_key" }, Values: []string{"sk-123456"}})
	s.setBreakpoints(
		debug.BreakpointSpec{Line: 3, LogMessage: "{api_key} {text} {1} {{}}"},
		debug.BreakpointSpec{Line: 3, Condition: "error('no ' .. text)", LogMessage: "x"},
	)
	s.run()
	s.end()
	got := s.logged()
	if !strings.HasPrefix(got, "3: ••• ••• 1 {}") || strings.Contains(got, "sk-") || !strings.Contains(got, "no •••") {
		t.Errorf("logged %q", got)
	}
}

// TestSecretStart: no part of a secret is shown where a long string is cut.
func TestSecretStart(t *testing.T) {
	s := breakAt(t, "\nlocal a = 1\nprint(a)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	s.e.SetSecrets(debug.Secrets{Values: []string{"SECRET" + strings.Repeat("z", 50)}})
	for n := 900; n < 1200; n += 3 {
		v := s.eval(fmt.Sprintf("(('SECRET' .. ('z'):rep(50)):rep(2) .. ('x'):rep(%d) .. 'SECRET' .. ('z'):rep(50)):rep(3)", n))
		if strings.Contains(v, "S") || strings.Contains(v, "z") {
			t.Fatalf("%d: %s", n, v)
		}
	}
}
