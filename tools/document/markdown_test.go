package document

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestMarkdown(t *testing.T) {
	r := runner(t, map[string]string{"a.md": "# T\n"})
	doc := "---\ntitle: x\n---\n# Top *one*\n\nText with `code`,\n**bold** & a [link](http://x/y \"t\").\n\n1. one\n2. two\n   - [x] deep\n\n> quote\n\n```lua\nprint(1)\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n<div onclick=\"x\">html</div>\n\n<http://auto.link> ![alt](i.png) ~~gone~~\n"
	r.Table(t, "markdown-converter", []tooltest.Want{
		{Params: params("operation", "to_text", "input", doc), Field: "output",
			Value: quote("Top one\n\nText with code,\nbold & a link.\n\n1. one\n2. two\n  - [x] deep\n\nquote\n\nprint(1)\n\na\tb\n1\t2\n\nhttp://auto.link alt gone")},
		{Params: params("operation", "toc", "input", doc), Field: "headings", Value: `[{"id":"top-one","level":1,"text":"Top one"}]`},
		{Params: params("operation", "front_matter", "input", doc), Field: "front_matter", Value: `{"title":"x"}`},
		{Params: params("operation", "front_matter", "input", "+++\na = 1\n+++\nrest"), Field: "front_matter", Value: `{"a":1}`},
		{Params: params("operation", "front_matter", "input", "--- x\n"), Field: "front_matter", Value: `null`},
		{Params: params("operation", "front_matter", "input", "---\nnever closed\n"), Field: "body", Value: `"---\nnever closed\n"`},
		{Params: params("operation", "to_html", "input", "- [ ] a\n\n```go\nx\n```\n\n|a|\n|:-:|\n|b|\n"), Field: "output",
			Value: quote("<ul>\n<li><input disabled=\"\" type=\"checkbox\"> a</li>\n</ul>\n<pre><code class=\"language-go\">x\n</code></pre>\n<table>\n<thead>\n<tr>\n<th style=\"text-align:center\">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td style=\"text-align:center\">b</td>\n</tr>\n</tbody>\n</table>\n")},
		{Params: params("operation", "to_html", "input", "<b onclick=x>y</b> [a](javascript:alert)"), Field: "output", Value: quote("<p><b>y</b> a</p>\n")},
		{Params: params("operation", "to_html", "input", "<b onclick=x>y</b>", "raw", true), Field: "output", Value: quote("<p><b onclick=x>y</b></p>\n")},
		{Params: params("operation", "to_html", "path", "a.md", "target_path", "a.html"), Field: "output", Value: quote("<h1 id=\"t\">T</h1>\n")},
		{Params: params("operation", "from_html", "path", "a.html"), Field: "output", Value: `"# T"`},
		{Params: params("operation", "from_html", "input", "<ul><li>a<ul><li>b</li></ul></li></ul><script>x</script>"), Field: "output", Value: quote("- a\n  \n  - b")},
		{Params: params("operation", "sanitize", "input", `<p style="x">a<iframe src="//x"></iframe><a href="https://x" onmouseover="y">b</a><img src=x onerror=y></p>`), Field: "output",
			Value: quote(`<p>a<a href="https://x" rel="nofollow">b</a><img src="x"></p>`)},
	})
}

func TestMarkdownRefusals(t *testing.T) {
	r := runner(t, nil)
	r.Table(t, "markdown-converter", []tooltest.Want{
		{Params: `{"input":"x"}`, Err: `"operation" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"to_pdf","input":"x"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"to_html"}`, Err: `"input" is missing`},
		{Params: `{"operation":"to_html","input":5}`, Err: `"input" is wrong`},
		{Params: `{"operation":"to_html","path":5}`, Err: `"path" is wrong`},
		{Params: `{"operation":"to_html","input":"x","target_path":5}`, Err: `"target_path" is wrong`},
		{Params: `{"operation":"to_html","input":"x","raw":5}`, Err: `"raw" is wrong`},
		{Params: `{"operation":"from_html","input":"x","domain":5}`, Err: `"domain" is wrong`},
		{Params: params("operation", "front_matter", "input", "---\na: [\n---\n"), Err: "not YAML", Code: tool.InvalidParameters},
		{Params: params("operation", "to_html", "input", strings.Repeat("x", maxMarkdown+1)), Err: "256 KB", Code: tool.LimitExceeded},
		{Params: params("operation", "sanitize", "input", strings.Repeat("x", maxHTML+1)), Err: "2 MB", Code: tool.LimitExceeded},
		{Params: params("operation", "to_html", "input", strings.Repeat("> ", 1000)+"x"), Err: "more than 60 quotes", Code: tool.LimitExceeded},
		{Params: params("operation", "to_html", "input", strings.Repeat("- ", 1000)+"x"), Err: "more than 60 quotes", Code: tool.LimitExceeded},
		{Params: params("operation", "to_html", "input", strings.Repeat("-", 1000)), Field: "output", Value: quote("<hr>\n")},
		{Params: params("operation", "from_html", "input", strings.Repeat("<div>", 10_000)), Err: "cannot be parsed", Code: tool.InvalidParameters},
		{Params: `{"operation":"to_html","path":"none"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"to_html","path":"secret"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"to_html","path":"/etc/passwd"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"to_html","input":"x","target_path":"/etc/x"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
	})
}

// What makes other converters take the square of their input, or exhaust the
// stack, ends soon.
func TestMarkdownHostile(t *testing.T) {
	r := runner(t, nil)
	for name, piece := range map[string]string{"brackets": "[", "images": "![", "stars": "*a ", "both": "*_", "links": "[a](", "ticks": "`a``", "less": "<a ", "refs": "[a]: b\n", "closing": "]", "html": "<!--", "table": "|", "quotes": "> a\n", "entity": "&", "tilde": "~~a", "foot": "[^1]", "brackets2": "[a]"} {
		start := time.Now()
		for _, op := range []string{"to_html", "to_text"} {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			r.Call(t, ctx, "markdown-converter", params("operation", op, "input", strings.Repeat(piece, (64<<10)/len(piece))))
			cancel()
		}
		if d := time.Since(start); d > 2*time.Minute {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestMarkdownCancelled(t *testing.T) {
	r := runner(t, nil)
	for op, looks := range map[string]int64{"to_html": 0, "from_html": 1, "to_text": 0} {
		if _, err := r.Call(t, newCountdown(looks), "markdown-converter", params("operation", op, "input", "<p>"+strings.Repeat("text ", 10_000))); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", op, err)
		}
	}
}
