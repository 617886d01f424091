package document

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	htmltomarkdown "github.com/JohannesKaufmann/html-to-markdown/v2"
	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	nethtml "golang.org/x/net/html"

	"github.com/llmspell/llmspell/tools/internal/sanitize"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxMarkdown        = 256 << 10 // bytes; its conversion cannot be cancelled
	maxMarkdownNesting = 60        // quotes and lists that begin on one line
	maxHTML            = 2 << 20
)

func markdownDefinition() tool.Definition {
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "markdown-converter", Aliases: []string{"markdown-to-html", "html-to-markdown", "markdown"}, Category: "document", Version: "1.0.0", Security: tool.Privileged, SideEffects: true,
			Tags: []string{"markdown", "html", "text", "convert", "sanitize", "front matter", "toc"}, Needs: []tool.Need{tool.Files}, Timeout: 30 * time.Second,
			Description: "Converts Markdown (GitHub's, of 256 KB at most) to HTML or plain text, HTML (of 2 MB at most) to Markdown, and makes HTML harmless. Scripts and the like are taken out of HTML unless raw is set",
			Parameters: schema.Map("",
				schema.Required("operation", schema.Choice("to_html, to_text, toc (the headings), front_matter (the values at its top): of Markdown; from_html: to Markdown; sanitize: harmless HTML of any",
					"to_html", "to_text", "from_html", "toc", "front_matter", "sanitize").
					WithAliases(map[string]string{"html": "to_html", "text": "to_text", "to_markdown": "from_html", "headings": "toc", "sanitise": "sanitize", "render": "to_html"})),
				schema.Optional("input", schema.Text("The Markdown or HTML"), "markdown", "html", "text", "content"),
				schema.Optional("path", schema.Text("A file to read instead of input"), "file", "input_file"),
				schema.Optional("target_path", schema.Text("A file to write the result to"), "output_path", "output_file"),
				schema.Optional("raw", schema.Flag("Keep HTML within the Markdown as it is, scripts included (to_html): only for documents that are trusted")),
				schema.Optional("domain", schema.Text("The address that relative links start from: https://example.com (from_html)"), "base_url")),
			Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
				schema.Optional("output", schema.Text("The result of to_html, to_text, from_html and sanitize; it is the answer's text too")),
				schema.Optional("headings", schema.List("{level, text, id} of each (toc)", &schema.Schema{})),
				schema.Optional("front_matter", &schema.Schema{Description: "The values at the top, between lines of --- (YAML) or +++ (TOML); null when there are none"}),
				schema.Optional("body", schema.Text("The Markdown below it (front_matter)")),
				schema.Optional("target_path", schema.Text("The file that was written")),
			}},
			Examples: []tool.Example{
				{Description: "Markdown to HTML", Params: map[string]any{"operation": "to_html", "input": "# Hi\n\nSome *text*.<script>x</script>\n"},
					Want: map[string]any{"output": "<h1 id=\"hi\">Hi</h1>\n<p>Some <em>text</em>.</p>\n"}},
				{Description: "HTML to Markdown", Params: map[string]any{"operation": "from_html", "input": "<h2>Hi</h2><p>A <a href=\"/x\">link</a></p>", "domain": "https://example.com"},
					Want: map[string]any{"output": "## Hi\n\nA [link](https://example.com/x)"}},
				{Description: "Plain text", Params: map[string]any{"operation": "to_text", "input": "# Hi\n\n- one [link](x)\n- `two`\n"}, Want: map[string]any{"output": "Hi\n\n- one link\n- two"}},
				{Description: "Table of contents", Params: map[string]any{"operation": "toc", "input": "# A\n\n## B c\n"},
					Want: map[string]any{"headings": []any{map[string]any{"level": 1, "text": "A", "id": "a"}, map[string]any{"level": 2, "text": "B c", "id": "b-c"}}}},
				{Description: "Front matter", Params: map[string]any{"operation": "front_matter", "input": "---\ntitle: Hi\n---\nBody\n"},
					Want: map[string]any{"front_matter": map[string]any{"title": "Hi"}, "body": "Body\n"}},
				{Description: "Harmless HTML", Params: map[string]any{"operation": "sanitize", "input": `<b onclick="x()">bold</b><script>x()</script>`}, Want: map[string]any{"output": "<b>bold</b>"}},
			},
		},
		New: func() (tool.Tool, error) {
			return &markdown{policy: sync.OnceValue(sanitizer), plain: sync.OnceValue(func() goldmark.Markdown { return newGoldmark() })}, nil
		},
	}
}

// markdown holds what takes long to make; all of it may be shared.
type markdown struct {
	policy func() *sanitize.Policy
	plain  func() goldmark.Markdown
}

func newGoldmark() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(html.WithUnsafe())) // what is unsafe goes in the end
}

// languageLetters are those of the names of languages after a fence.
const languageLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-"

// sanitizer allows what people write, and what Markdown becomes.
func sanitizer() *sanitize.Policy {
	p := sanitize.New()
	p.Allow("code", "class", func(class string) bool {
		language, ok := strings.CutPrefix(class, "language-")
		return ok && language != "" && strings.Trim(language, languageLetters) == ""
	})
	for _, name := range []string{"div", "a"} {
		p.Allow(name, "class", sanitize.OneOf("footnotes", "footnote-ref", "footnote-backref"))
	}
	for _, name := range []string{"td", "th"} {
		p.Allow(name, "style", sanitize.OneOf("text-align:left", "text-align:right", "text-align:center"))
	}
	p.Allow("input", "type", sanitize.OneOf("checkbox"))
	for _, name := range []string{"checked", "disabled"} {
		p.Allow("input", name, sanitize.OneOf(""))
	}
	return p
}

// Run does one operation.
func (m *markdown) Run(ctx context.Context, call *tool.Call) (res *tool.Result, err error) {
	defer guard("the document", &err)
	limit := maxMarkdown
	if call.Operation == "from_html" || call.Operation == "sanitize" {
		limit = maxHTML
	}
	source, err := readSource(ctx, call, limit)
	if err != nil {
		return nil, err
	}
	source = strings.ToValidUTF8(strings.TrimPrefix(source, "\ufeff"), "\ufffd")
	switch call.Operation {
	case "from_html":
		return fromHTML(ctx, call, source)
	case "sanitize":
		return output(call, m.policy().Sanitize(source))
	}
	matter, body, err := frontMatter(ctx, source)
	if call.Operation == "front_matter" {
		if err != nil {
			return nil, err
		}
		return tool.Value(map[string]any{"front_matter": matter, "body": body}), nil
	}
	if err != nil { // then it is no front matter, but text
		body = source
	}
	if err := checkMarkdown(body); err != nil {
		return nil, err
	}
	tree := m.plain().Parser().Parse(text.NewReader([]byte(body)))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch call.Operation {
	case "toc":
		return tool.Value(map[string]any{"headings": headings(tree, []byte(body))}), nil
	case "to_text":
		return output(call, plainText(tree, []byte(body)))
	}
	var out bytes.Buffer
	if err := m.plain().Renderer().Render(&out, []byte(body), tree); err != nil {
		return nil, err
	}
	if call.Params.Bool("raw") {
		return output(call, out.String())
	}
	return output(call, m.policy().Sanitize(out.String()))
}

func output(call *tool.Call, text string) (*tool.Result, error) {
	value := map[string]any{"output": text}
	if err := writeTarget(call, text, value); err != nil {
		return nil, err
	}
	return &tool.Result{Value: value, Text: &text}, nil
}

// maxLinkScan bounds how far the parser looks for the ends of links, in all.
const maxLinkScan = 10_000_000

// maxReferences bounds the definitions of links, each of which costs more than
// the one before.
const maxReferences = 2_000

// checkMarkdown refuses what makes the parser, which cannot be cancelled, take
// the square of its input: links without an end, and lines that open containers
// without end.
func checkMarkdown(body string) error {
	if strings.Count(body, "]:") > maxReferences {
		return tool.Errorf(tool.LimitExceeded, "the Markdown defines more than %d references", maxReferences)
	}
	scan, end := 0, len(body) // of the link, or of the paragraph
	for i := len(body) - 1; i > 0; i-- {
		switch {
		case body[i] == ')', body[i] == '\n' && body[i-1] == '\n':
			end = i
		case body[i] == '(' && body[i-1] == ']':
			scan += end - i
		}
	}
	if scan > maxLinkScan {
		return tool.Errorf(tool.LimitExceeded, "the Markdown has too many links that are not closed")
	}
	for line := range strings.SplitSeq(body, "\n") {
		markers := 0
	scan:
		for _, c := range line {
			switch {
			case c == '>' || c == '-' || c == '*' || c == '+' || c == '.' || c == ')':
				markers++
			case c == ' ' || c == '\t' || c >= '0' && c <= '9':
			default:
				break scan
			}
		}
		// A rule is a line of one character, and nests nothing.
		if markers > maxMarkdownNesting && strings.Trim(line, "- \t\r") != "" && strings.Trim(line, "* \t\r") != "" && strings.Trim(line, ".") != "" {
			return tool.Errorf(tool.LimitExceeded, "a line of the Markdown opens more than %d quotes or lists", maxMarkdownNesting)
		}
	}
	return nil
}

// frontMatter returns the values between two lines of --- or +++ at the top,
// and what follows.
func frontMatter(ctx context.Context, source string) (any, string, error) {
	for fence, format := range map[string]string{"---": "yaml", "+++": "toml"} {
		first, rest, _ := strings.Cut(source, "\n")
		if strings.TrimRight(first, " \r") != fence {
			continue
		}
		for pos := 0; pos < len(rest); {
			end := len(rest)
			if i := strings.IndexByte(rest[pos:], '\n'); i >= 0 {
				end = pos + i + 1
			}
			if strings.TrimRight(rest[pos:end], " \r\n") == fence {
				tree, err := newBuilder(ctx).read(format, rest[:pos])
				if err != nil && !ours(err) {
					err = &schema.FieldError{Path: "input", Problem: fmt.Sprintf("has front matter that is not %s: %s", strings.ToUpper(format), err)}
				}
				return toValue(tree), rest[end:], err
			}
			pos = end
		}
	}
	return nil, source, nil
}

func headings(tree ast.Node, source []byte) []any {
	out := []any{}
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function gives no error
		if h, ok := n.(*ast.Heading); ok && entering {
			item := map[string]any{"level": h.Level, "text": strings.TrimSpace(plainText(h, source))}
			if id, ok := h.AttributeString("id"); ok {
				if b, ok := id.([]byte); ok {
					item["id"] = string(b)
				}
			}
			out = append(out, item)
		}
		return ast.WalkContinue, nil
	})
	return out
}

func fromHTML(ctx context.Context, call *tool.Call, source string) (*tool.Result, error) {
	// The parser refuses elements that are nested too deep.
	doc, err := nethtml.Parse(tool.Reader(ctx, strings.NewReader(source)))
	if err != nil {
		if e := ctx.Err(); e != nil {
			return nil, e
		}
		return nil, &schema.FieldError{Path: "input", Problem: "is HTML that cannot be parsed: " + err.Error()}
	}
	options := []converter.ConvertOptionFunc{converter.WithContext(ctx)}
	if domain := call.Params.String("domain"); domain != "" {
		options = append(options, converter.WithDomain(domain))
	}
	out, err := htmltomarkdown.ConvertNode(doc, options...)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return output(call, string(out))
}
