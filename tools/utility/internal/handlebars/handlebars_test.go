package handlebars

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func values(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	err := json.Unmarshal([]byte(`{"name":"Ann","html":"<b>'","n":5,"zero":0,"t":true,"f":false,"list":[1,2,3],"empty":[],"user":{"name":"Bob","a b":1},
"users":[{"name":"X","tags":["p","q"]},{"name":"Y","tags":[]}],"tree":{"v":1,"kids":[{"v":2,"kids":[]}]},"which":"part"}`), &v)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRender(t *testing.T) {
	for _, tc := range [][2]string{
		{"", ""}, {"{ } plain", "{ } plain"}, {"{{name}} {{ nothing }}!", "Ann !"}, {"{{html}} {{{html}}} {{&html}}", "&lt;b&gt;&#39; <b>' <b>'"}, {`\{{name}} {{name}}`, "{{name}} Ann"},
		{"a{{! c }}b{{!-- }} --}}c", "abc"}, {"{{user.name}} {{user/name}} {{this.name}} {{./name}} {{user.[a b]}} {{list.[1]}} {{list.1}} {{list.length}}", "Bob Bob Ann Ann 1 2 2 3"},
		{"{{#if t}}a{{else}}b{{/if}}{{#if f}}a{{else}}b{{/if}}{{#if zero}}a{{/if}}{{#if zero includeZero=true}}z{{/if}}{{#if empty}}e{{/if}}", "abz"},
		{"{{#if f}}a{{else if t}}b{{else}}c{{/if}}{{#if f}}a{{else if f}}b{{else}}c{{/if}}", "bc"}, {"{{#unless f}}a{{/unless}}{{#unless t}}a{{^}}b{{/unless}}", "ab"},
		{"{{#each list}}{{@index}}:{{this}}{{#unless @last}},{{/unless}}{{/each}}", "0:1,1:2,2:3"}, {"{{#each user}}{{@key}}={{.}};{{/each}}", "a b=1;name=Bob;"}, {"{{#each empty}}x{{else}}none{{/each}}", "none"},
		{"{{#each users}}{{name}}:{{#each tags}}{{this}}{{../name}}{{@../index}}{{../../name}} {{/each}}{{/each}}", "X:pX0Ann qX0Ann Y:"}, {"{{#each users as |u i|}}{{i}}{{u.name}}{{name}} {{/each}}", "0XX 1YY "},
		{"{{#with user}}{{name}}{{@root.name}}{{../name}}{{/with}}{{#with nothing}}x{{else}}y{{/with}}{{#with user as |u|}}{{u.name}}{{/with}}", "BobAnnAnnyBob"},
		{"{{#each users}}{{#if tags}}{{../name}}{{/if}}{{/each}}", "Ann"}, {"{{#list}}{{.}}{{/list}}{{#user}}{{name}}{{/user}}{{^empty}}none{{/empty}}{{#f}}x{{/f}}{{#t}}y{{/t}}", "123Bobnoney"},
		{"{{lookup list 1}} {{lookup user 'name'}} {{#if (eq n 5)}}five{{/if}} {{#if (and t (gt n 3))}}big{{/if}} {{#eq name 'Ann'}}A{{else}}B{{/eq}} {{len list}}", "2 Bob five big A 3"},
		{"{{or f t}} {{not f}} {{ne 1 2}} {{lt 1 2}} {{lte 'b' 'a'}} {{gte 2 2}} {{if t 'yes' 'no'}} {{if f 'yes' 'no'}} {{log 'x'}}{{len user}}", "true true true true false true yes no 2"},
		{"a {{~name~}} b", "aAnnb"}, {"a\n{{#if t}}\nb\n{{/if}}\nc", "a\nb\nc"}, {"{{#each list}}\n- {{this}}\n{{/each}}\n", "- 1\n- 2\n- 3\n"}, {"x {{#if t}}\ny{{/if}}\nz", "x \ny\nz"}, {"a\n  {{! c }}\nb", "a\nb"},
		{"{{> part}}", "[Ann]"}, {"{{> part user}}", "[Bob]"}, {"{{> part name='Cy'}}", "[Cy]"}, {"{{> (lookup . 'which')}}", "[Ann]"}, {"{{> node tree}}", "1(2())"}, {"a\n  {{> lines}}\nb", "a\n  x\n  y\nb"},
		{"{{list}} {{user.name}}", "[1,2,3] Bob"}, {"{{#each list}}{{@first}}{{/each}}", "truefalsefalse"},
	} {
		got, err := Render(context.Background(), tc[0], values(t), Options{Partials: map[string]string{
			"part": "[{{name}}]", "node": "{{v}}({{#each kids}}{{> node}}{{/each}})", "lines": "x\ny\n"}})
		if err != nil || got != tc[1] {
			t.Errorf("%s\ngot  %q, %v\nwant %q", tc[0], got, err, tc[1])
		}
	}
	if got, err := Render(context.Background(), "{{html}}", values(t), Options{Raw: true}); got != "<b>'" || err != nil {
		t.Errorf("raw: %q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range [][2]string{
		{"a\n{{name", "line 2: a tag is never closed with }}"}, {"{{{name}}", "never closed"}, {"{{#if t}}", "the block {{#if}} is never closed with {{/if}}"}, {"{{#if t}}{{/each}}", "expected {{/if}} for the block that begins on line 1, found {{/each}}"},
		{"{{/if}}", "{{if}} closes nothing"}, {"{{else}}", "{{else}} closes nothing"}, {"{{#if t}}{{else}}{{else}}{{/if}}", "second {{else}}"}, {"{{frob name}}", `there is no helper "frob"`}, {"{{eqq 1 2}}", "did you mean eq?"},
		{"{{}}", "expected a value"}, {"{{a (b}}", "a ( is never closed"}, {"{{a 'b}}", "never closed"}, {"{{a.[b}}", "a [ is never closed"}, {"{{#if}}{{/if}}", "takes one argument, not 0"}, {"{{eq 1}}", "takes 2 arguments, not 1"},
		{"{{lt 1 'a'}}", "only two numbers or two texts"}, {"{{> etc/passwd}}", "files are never read"}, {"{{> bad}}", `in the partial "bad": line 1`}, {"{{#> x}}{{/x}}", "partial blocks and decorators are not supported"},
		{"{{=<% %>=}}", "changing the delimiters is not supported"}, {"{{a )}}", "unexpected"}, {"{{user.name 1}}", "is no helper"},
	} {
		got, err := Render(context.Background(), tc[0], values(t), Options{Partials: map[string]string{"bad": "{{"}})
		if err == nil || !strings.Contains(err.Error(), tc[1]) {
			t.Errorf("%s: got %q, %v; want the error %q", tc[0], got, err, tc[1])
		}
	}
	if _, err := Render(context.Background(), "{{x.y}}", nil, Options{Strict: true}); err == nil || !strings.Contains(err.Error(), "x.y has no value") {
		t.Errorf("a missing value in strict mode: %v", err)
	}
	if err := Check("{{#if}}"); err == nil {
		t.Error("Check accepts a broken template")
	}
}

func TestBounds(t *testing.T) {
	many := make([]any, 3000)
	v := map[string]any{"l": many, "s": strings.Repeat("x", 1<<20)}
	nested := strings.Repeat("{{#each @root.l}}", 5) + strings.Repeat("{{/each}}", 5)
	for name, src := range map[string]string{
		"loops": nested, "output": "{{#each l}}{{@root.s}}{{/each}}", "partial": "{{> self}}", "partials": "{{> two}}",
		"parens": "{{a " + strings.Repeat("(a ", 100_000) + strings.Repeat(")", 100_000) + "}}", "blocks": strings.Repeat("{{#t}}", 100_000),
		"else ifs": "{{#if a}}" + strings.Repeat("{{else if b}}", 50_000) + "{{/if}}", "long": strings.Repeat("x", render.MaxTemplate+1),
	} {
		start := time.Now()
		_, err := Render(context.Background(), src, v, Options{Partials: map[string]string{"self": "{{> self}}", "two": "{{> two}}{{> two}}"}})
		if !errors.Is(err, render.ErrLimit) {
			t.Errorf("%s: %v; want the error of a limit", name, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Render(ctx, nested, v, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancellation: %v", err)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("{{#each users as |u i|}}{{u.name}}{{else}}{{~> self~}}{{/each}}{{#if (eq n 5)}}{{{../x}}}{{else if t}}{{/if}}")
	f.Add("a\n  {{! c }}\n\\{{x}} {{@root.list.[0]}} {{^f}}x{{/f}}{{!-- --}}")
	v := values(f)
	f.Fuzz(func(t *testing.T, src string) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, _ = Render(ctx, src, v, Options{Partials: map[string]string{"self": src}})
	})
}
