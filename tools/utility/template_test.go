package utility

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestTemplateCreator(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "template-creator", []tooltest.Want{
		{Params: `{"input":"Hello {{name}}!","context":{"name":"<Ann>"}}`, Field: "rendered", Value: `"Hello \u003cAnn\u003e!"`},
		{Params: `{"template":"Task {{id}}","variables":{"id":7}}`, Field: "rendered", Value: `"Task 7"`},
		{Params: `{"input":"{{#each l}}{{this}}{{/each}}","context":{"l":[1,2]}}`, Field: "engine", Value: `"handlebars"`},
		{Params: `{"input":"{{range .l}}{{.}}{{end}}","context":{"l":[1,2]}}`, Field: "engine", Value: `"go"`},
		{Params: `{"input":"{% if x %}{% endif %}{{#if}}"}`, Field: "engine", Value: ``, Err: "failed"},
		{Params: `{"input":"{{.Name}}","context":{"Name":"x"}}`, Field: "rendered", Value: `"x"`},
		{Params: `{"input":"{{ a | upper }}","context":{"a":"x"}}`, Field: "rendered", Value: `"X"`},
		{Params: `{"input":"{{#a}}","auto_detect":false,"operation":"validate"}`, Field: "engine", Value: `"tera"`},
		{Params: `{"input":"{{h}}","engine":"handlebars","context":{"h":"<"}}`, Field: "rendered", Value: `"\u0026lt;"`},
		{Params: `{"input":"{{h}}","engine":"handlebars","escape":false,"context":{"h":"<"}}`, Field: "rendered", Value: `"\u003c"`},
		{Params: `{"input":"{{h}}","engine":"jinja2","escape":true,"context":{"h":"<"}}`, Field: "rendered", Value: `"\u0026lt;"`},
		{Params: `{"input":"{{.h}}","engine":"go","escape":true,"context":{"h":"<"}}`, Field: "rendered", Value: `"\u0026lt;"`},
		{Params: `{"input":"{{> p}}","engine":"hbs","partials":{"p":"[{{n}}]"},"context":{"n":1}}`, Field: "rendered", Value: `"[1]"`},
		{Params: `{"input":"{{template \"p\" .}}","engine":"go","partials":{"p":"[{{.n}}]"},"context":{"n":1}}`, Field: "rendered", Value: `"[1]"`},
		{Params: `{"operation":"validate","input":"{{ x }}"}`, Field: "valid", Value: `true`},
		{Params: `{"operation":"validate","engine":"go","input":"{{ x"}`, Field: "valid", Value: `false`},
		{Params: `{"operation":"validate","engine":"handlebars","input":"{{#if}}"}`, Field: "valid", Value: `false`},
		{Params: `{"input":"","context":{}}`, Field: "rendered", Value: `""`},

		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":5}`, Err: `"input" is wrong`},
		{Params: `{"input":"x","operation":"frob"}`, Err: `"operation" is wrong`},
		{Params: `{"input":"x","engine":"erb"}`, Err: `"engine" is wrong`},
		{Params: `{"input":"x","context":[1]}`, Err: `"context" is wrong`},
		{Params: `{"input":"x","auto_detect":1}`, Err: `"auto_detect" is wrong`},
		{Params: `{"input":"x","partials":{"a":1}}`, Err: `"partials.a" is wrong`},
		{Params: `{"input":"x","escape":1}`, Err: `"escape" is wrong`},
		{Params: `{"input":"x","strict":1}`, Err: `"strict" is wrong`},
		{Params: `{"input":"{{ x }}","strict":true}`, Err: `x has no value`, Code: tool.ExecutionFailed},
		{Params: `{"input":"{% include '/etc/passwd' %}"}`, Err: `files are never read`, Code: tool.ExecutionFailed},
		{Params: `{"input":"{{ 'x' * 9999999999 }}"}`, Err: `exceeds a limit`, Code: tool.LimitExceeded},
		{Params: `{"input":"{{ get_env(name='HOME') }}"}`, Err: `cannot read the environment`},
	})
	for _, params := range []string{
		`{"input":"{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"}`,
		`{"engine":"go","input":"{{range 999999999}}{{end}}"}`,
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		start := time.Now()
		_, err := r.Call(t, ctx, "template-creator", params)
		if cancel(); err == nil || err.Code != tool.Timeout {
			t.Errorf("%s: %v; want the end of time", params, err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s ended %v after its time", params, d)
		}
	}
	if _, err := r.Call(t, context.Background(), "template-creator", `{"input":"`+strings.Repeat("x", 1<<20+1)+`"}`); err == nil {
		t.Error("a template of more than 1 MB is accepted")
	}
}
