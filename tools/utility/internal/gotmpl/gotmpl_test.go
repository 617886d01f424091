package gotmpl

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func values() map[string]any {
	return map[string]any{"Name": "Ann", "n": 5.0, "list": []any{1.0, 2.5, "x"}, "m": map[string]any{"a": 1.0}, "html": "<b>", "nil": nil}
}

func TestRender(t *testing.T) {
	for _, tc := range [][2]string{
		{"", ""}, {"{{.Name}} {{.n}} {{.m.a}}", "Ann 5 1"}, {"{{range $i, $x := .list}}{{$i}}={{$x}} {{else}}none{{end}}", "0=1 1=2.5 2=x "},
		{"{{if gt .n 3}}a{{else}}b{{end}}{{with .m}}{{.a}}{{end}}", "a1"}, {"{{define \"t\"}}[{{.}}]{{end}}{{template \"t\" .Name}}{{template \"p\" .}}", "[Ann]<Ann>"},
		{"{{printf \"%05.1f|%s|%q\" 2.25 .Name .Name}} {{len .list}} {{index .list 1}}", "002.2|Ann|\"Ann\" 3 2.5"}, {"{{range 3}}{{.}}{{if eq . 1}}{{break}}{{end}}{{end}}", "01"},
		{"{{.Name | upper}} {{lower .Name}} {{title \"a bc\"}} {{trim \" x \"}} {{json .m}} {{default \"d\" .nil}} {{join \"-\" .list}} {{replace \"n\" \"m\" .Name}}", "ANN ann A Bc x {\"a\":1} d 1-2.5-x Amm"},
		{"{{add .n 1}} {{sub .n 1}} {{mul .n 2}} {{div .n 2}}", "6 4 10 2.5"}, {"{{print 1 2}} {{html .html}} {{urlquery \"a b\"}}", "1 2 &lt;b&gt; a+b"}, {"{{/* c */}}x", "x"}, {"{{- 1 -}} x", "1x"}, {"[{{.none}}{{.nil}}]", "[]"},
	} {
		got, err := Render(context.Background(), tc[0], values(), Options{Templates: map[string]string{"p": "<{{.Name}}>"}})
		if err != nil || got != tc[1] {
			t.Errorf("%s\ngot  %q, %v\nwant %q", tc[0], got, err, tc[1])
		}
	}
	if got, err := Render(context.Background(), "<i>{{.html}}</i>{{range .list}}{{.}}{{end}}", values(), Options{Escape: true}); got != "<i>&lt;b&gt;</i>12.5x" || err != nil {
		t.Errorf("escaping: %q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range [][2]string{
		{"{{", "unclosed action"}, {"{{if .x}}", "unexpected EOF"}, {"{{frob}}", `function "frob" not defined`}, {"{{call .Name}}", "templates run no code"}, {"{{template \"none\"}}", `"none" not defined`},
		{"{{printf \"%*d\" 5 1}}", "is not supported"}, {"{{printf \"%99999d\" 1}}", "is larger than 999"}, {"{{div 1 0}}", "division by zero"}, {"{{add 1 \"x\"}}", "both must be numbers"}, {"{{join 5 5}}", "expected string"}, {"{{join \",\" 5}}", "needs a list"},
		{"{{.Name.x}}", "can't evaluate field x"},
	} {
		if got, err := Render(context.Background(), tc[0], values(), Options{}); err == nil || !strings.Contains(err.Error(), tc[1]) {
			t.Errorf("%s: got %q, %v; want the error %q", tc[0], got, err, tc[1])
		}
	}
	if _, err := Render(context.Background(), "{{.none}}", values(), Options{Strict: true}); err == nil {
		t.Error("a missing value passes in strict mode")
	}
	if err := Check("{{"); err == nil {
		t.Error("Check accepts a broken template")
	}
}

func bombs() map[string]string {
	return map[string]string{
		"loop": "{{range 9999999999}}{{end}}", "loops": "{{range 99999}}{{range 99999}}{{end}}{{end}}", "output": "{{range 99999999}}" + strings.Repeat("x", 5000) + "{{end}}",
		"doubling": "{{$x := \"xxxxxxxx\"}}{{range 99}}{{$x = print $x $x}}{{end}}", "printf": "{{$x := \"xxxxxxxx\"}}{{range 99}}{{$x = printf \"%s%s\" $x $x}}{{end}}",
		"json": "{{$x := \"\\\"\\\"\"}}{{range 99}}{{$x = json $x}}{{end}}", "replace": "{{$x := \"xxxxxxxx\"}}{{range 99}}{{$x = replace \"x\" \"xx\" $x}}{{end}}",
		"recursion": "{{define \"t\"}}{{template \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}", "parens": "{{" + strings.Repeat("(", 100_000), "ifs": strings.Repeat("{{if 1}}", 100_000),
		"else ifs": "{{if 1}}" + strings.Repeat("{{else if 1}}", 50_000) + "{{end}}", "long": strings.Repeat("x", render.MaxTemplate+1),
	}
}

func TestBounds(t *testing.T) {
	for name, src := range bombs() {
		_, err := Render(context.Background(), src, nil, Options{})
		if err == nil || name != "recursion" && !errors.Is(err, render.ErrLimit) { // text/template may see the recursion first
			t.Errorf("%s: %v; want the error of a limit", name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Render(ctx, bombs()["loop"], nil, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancellation: %v", err)
	}
}
