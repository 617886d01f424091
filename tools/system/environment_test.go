package system

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func environment(t *testing.T, allow, deny []string, pairs ...string) *tooltest.Runner {
	t.Helper()
	return tooltest.New(t, Definitions()).Allow(t, func(p *sandbox.Policy) { p.Env = sandbox.Rule{Allow: allow, Deny: deny} },
		sandbox.WithEnvironment(sandbox.Environment{
			Lookup: func(name string) (string, bool) {
				i := slices.IndexFunc(pairs, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
				if i < 0 {
					return "", false
				}
				return pairs[i][len(name)+1:], true
			},
			List: func() []string { return pairs },
		}))
}

func TestEnvironmentReader(t *testing.T) {
	r := environment(t, []string{"A*", "LANG", "EXACT_TOKEN", "X_TOKEN*", "PWD", "BYTES", "*_URL"}, []string{"A_DENIED"},
		"A1=one", "A2=two=2", "A_DENIED=no", "OTHER=secret", "LANG=C", "EXACT_TOKEN=shown", "X_TOKEN_1=hidden", "PWD=/", "BYTES=a\xffb", "DB_URL=postgres://u:p@h/d", "OK_URL=https://h/")
	r.Table(t, "environment-reader", []tooltest.Want{
		{Params: `{"operation":"get","variable_name":"A1"}`, Field: "value", Value: `"one"`},
		{Params: `{"operation":"get","name":"A2"}`, Field: "value", Value: `"two=2"`},
		{Params: `{"operation":"get","variable_name":"A3"}`, Field: "exists", Value: `false`},
		{Params: `{"operation":"get","variable_name":"A3"}`, Field: "value", Value: `null`},
		{Params: `{"operation":"get","variable_name":"X_TOKEN_1"}`, Field: "value", Value: `"hidden"`},
		{Params: `{"operation":"get","variable_name":"BYTES"}`, Field: "value", Value: `"a` + "\uFFFD" + `b"`},
		{Params: `{"operation":"list"}`, Field: "count", Value: `9`},
		{Params: `{"operation":"list"}`, Field: "masked", Value: `["DB_URL","X_TOKEN_1"]`},
		{Params: `{"operation":"pattern","pattern":"A?"}`, Field: "variables", Value: `{"A1":"one","A2":"two=2"}`},
		{Params: `{"operation":"pattern","pattern":"*TOKEN*"}`, Field: "variables", Value: `{"EXACT_TOKEN":"shown","X_TOKEN_1":"***"}`},
		{Params: `{"operation":"pattern","pattern":"*"}`, Field: "count", Value: `9`},
		{Params: `{"operation":"pattern","pattern":"OTHER"}`, Field: "count", Value: `0`},

		{Params: `{}`, Err: `"operation" is missing`},
		{Params: `{"operation":"unset"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"get"}`, Err: `"variable_name" is missing`},
		{Params: `{"operation":"get","variable_name":""}`, Err: `"variable_name" is missing`},
		{Params: `{"operation":"get","variable_name":1}`, Err: `"variable_name" is wrong`},
		{Params: `{"operation":"get","variable_name":"A=1"}`, Err: `without = and zero bytes`},
		{Params: `{"operation":"get","variable_name":"A\u0000"}`, Err: `without = and zero bytes`},
		{Params: `{"operation":"get","variable_name":"` + strings.Repeat("A", 1001) + `"}`, Err: `at most 1000 characters`},
		{Params: `{"operation":"get","variable_name":"OTHER"}`, Err: `--allow-env=OTHER`, Code: tool.PermissionDenied},
		{Params: `{"operation":"get","variable_name":"MISSING"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"operation":"get","variable_name":"A_DENIED"}`, Err: `--deny-env=A_DENIED`, Code: tool.PermissionDenied},
		{Params: `{"operation":"pattern"}`, Err: `"pattern" is missing`},
		{Params: `{"operation":"pattern","pattern":"["}`, Err: `expected a pattern such as`},
		{Params: `{"operation":"pattern","pattern":1}`, Err: `"pattern" is wrong`},
		{Params: `{"operation":"set","variable_name":"A1","value":"x"}`, Err: `cannot be set`, Code: tool.Unsupported},
		{Params: `{"operation":"set","variable_name":"A1","value":1}`, Err: `"value" is wrong`},
	})
	res, terr := r.Call(t, context.Background(), "environment-reader", `{"operation":"list"}`)
	if terr != nil {
		t.Fatal(terr)
	}
	if text, _ := json.Marshal(res); strings.Contains(string(text), "hidden") || strings.Contains(string(text), "u:p@h") || strings.Contains(string(text), "OTHER") {
		t.Errorf("the list shows too much: %s", text)
	}
}

func TestLooksSecret(t *testing.T) {
	for _, name := range strings.Fields("OPENAI_API_KEY AWS_SECRET_ACCESS_KEY GITHUB_TOKEN github_pat DB_PASSWORD PGPASSWORD MYSQL_PWD APIKEY MYAPIKEY SSH_PASSPHRASE GOOGLE_APPLICATION_CREDENTIALS SENTRY_DSN NPM_AUTH_TOKEN BASIC_AUTH SESSION_COOKIE") {
		if !looksSecret(name, "x") {
			t.Errorf("%s looks secret", name)
		}
	}
	for _, name := range strings.Fields("PATH PWD OLDPWD HOME LANG KEYBOARD MONKEY AUTHOR TERM COMPASS PATTERN") {
		if looksSecret(name, "x") {
			t.Errorf("%s looks harmless", name)
		}
	}
	for value, want := range map[string]bool{"redis://:secret@host/0": true, "https://user@host": false, "https://host/": false, "a@b:c": false, "%zz": false} {
		if looksSecret("URL", value) != want {
			t.Errorf("looksSecret(%q) = %v", value, !want)
		}
	}
}
