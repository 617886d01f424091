package utility

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
	"github.com/llmspell/llmspell/tools/utility/internal/gotmpl"
	"github.com/llmspell/llmspell/tools/utility/internal/handlebars"
	"github.com/llmspell/llmspell/tools/utility/internal/jinja"
	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func templateDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "template-creator", Aliases: []string{"template-engine"}, Category: "utility", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"template", "render", "tera", "jinja", "handlebars", "text"},
		Description: "Renders a template of Tera, Jinja, Handlebars or Go's text/template with values. Templates see these values and the partials " +
			"passed, and no files, environment or code",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("render the template, or only check its syntax", "render", "validate").WithDefault("render").
				WithAliases(map[string]string{"check": "validate", "create": "render"})),
			schema.Required("input", &schema.Schema{Types: []schema.Type{schema.String}, MaxLength: schema.Ptr(render.MaxTemplate),
				Description: "The template, of at most 1 MB"}, "template", "text"),
			schema.Optional("context", schema.Map("The values, by name"), "variables", "data", "values", "vars"),
			schema.Optional("engine", schema.Choice("The language of the template: tera and jinja both know what either has; jinja prints as Jinja2 does (True, None, ['a', 1]) and drops the line end at the end of the template, tera as Tera does (true, nothing, [a, 1]). The default is found by auto_detect",
				"tera", "jinja", "handlebars", "go").WithAliases(map[string]string{"jinja2": "jinja", "gonja": "jinja", "mustache": "handlebars", "hbs": "handlebars",
				"gotemplate": "go", "text/template": "go"})),
			schema.Optional("auto_detect", (&schema.Schema{Types: []schema.Type{schema.Boolean},
				Description: "Whether to find the language from the template when engine is not given; tera where it could be any"}).WithDefault(true)),
			schema.Optional("partials", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: schema.Text("The partial's source"),
				Description: "Other templates by name: for include, import and extends (tera, jinja), {{> name}} (handlebars) and {{template}} (go)"}, "templates"),
			schema.Optional("escape", &schema.Schema{Types: []schema.Type{schema.Boolean},
				Description: "Whether printed values are made safe within HTML; by default handlebars does, as its users expect, and the others do not"}, "escape_html", "autoescape"),
			schema.Optional("strict", schema.Flag("Whether printing a name without a value is an error; else it prints nothing"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("engine", schema.Text("The engine that was used")),
			schema.Optional("rendered", schema.Text("The text (render)")),
			schema.Optional("valid", schema.Flag("Whether the template can be read (validate)")),
			schema.Optional("error", schema.Text("Why it cannot (validate)")),
		}},
		Examples: []tool.Example{
			{Description: "Tera or Jinja", Params: object("engine", "tera", "input", "{% for u in users %}{{ loop.index }}. {{ u.name | upper }}\n{% endfor %}",
				"context", object("users", array(object("name", "Ann"), object("name", "Bob")))), Want: object("rendered", "1. ANN\n2. BOB\n", "engine", "tera")},
			{Description: "Handlebars", Params: object("engine", "handlebars", "input", "{{#each items}}{{@index}}={{this}} {{else}}none{{/each}}",
				"context", object("items", array("a", "b"))), Want: object("rendered", "0=a 1=b ")},
			{Description: "Go's text/template", Params: object("engine", "go", "input", "{{range .items}}<{{.}}>{{end}}", "context", object("items", array(1.0, 2.0))),
				Want: object("rendered", "<1><2>")},
			{Description: "Find the language, and include a partial", Params: object("input", "{% include 'head' %} {{ name }}", "partials", object("head", "Dear"),
				"context", object("name", "Ann")), Want: object("rendered", "Dear Ann", "engine", "tera")},
			{Description: "Check the syntax", Params: object("operation", "validate", "input", "{% if x %}"),
				Want: object("valid", false, "engine", "tera", "error", "line 1: the block that begins on line 1 is never closed with {% endif %}")},
		},
	}, renderTemplate)
}

func renderTemplate(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	input, engine := p.String("input"), p.String("engine")
	if engine == "" {
		engine = "tera"
		if p.Bool("auto_detect") {
			engine = detectEngine(input)
		}
	}
	if call.Operation == "validate" {
		check := map[string]func(string) error{"handlebars": handlebars.Check, "go": gotmpl.Check}[engine]
		if check == nil {
			check = jinja.Check
		}
		if err := check(input); err != nil {
			return tool.Value(map[string]any{"engine": engine, "valid": false, "error": err.Error()}), nil
		}
		return tool.Value(map[string]any{"engine": engine, "valid": true}), nil
	}
	partials := make(map[string]string, len(p.Map("partials")))
	for name, v := range p.Map("partials") {
		partials[name], _ = v.(string)
	}
	values, strict, escape := p.Map("context"), p.Bool("strict"), p.Bool("escape")
	var out string
	var err error
	switch engine {
	case "handlebars":
		out, err = handlebars.Render(ctx, input, values, handlebars.Options{Partials: partials, Strict: strict, Raw: p.Has("escape") && !escape})
	case "go":
		out, err = gotmpl.Render(ctx, input, values, gotmpl.Options{Templates: partials, Strict: strict, Escape: escape})
	default:
		out, err = jinja.Render(ctx, input, values, jinja.Options{Templates: partials, Strict: strict, Escape: escape, Python: engine == "jinja"})
	}
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return nil, err
	case errors.Is(err, render.ErrLimit):
		return nil, tool.Errorf(tool.LimitExceeded, "%w", err)
	case err != nil:
		return nil, tool.Errorf(tool.ExecutionFailed, "the %s template failed: %w", engine, err)
	}
	return &tool.Result{Text: &out, Message: fmt.Sprintf("%d characters", len([]rune(out))), Value: map[string]any{"rendered": out, "engine": engine}}, nil
}

// detectEngine finds the language of a template by what only one of them has.
func detectEngine(input string) string {
	has := func(expr string) bool { return regexp.MustCompile(expr).MatchString(input) }
	switch {
	case strings.Contains(input, "{%") || has(`(^|[^{])\{#`):
		return "tera"
	case has(`\{\{~?[#/^>!&]|\{\{\{|\{\{~?\s*(else\b|this\b|@|\.\./)`):
		return "handlebars"
	case has(`\{\{-?\s*(\.\w|\.\s*-?\}\}|end\b|range\s+[.$]|if\s+[.$(a-z]|with\s+[.$]|define\s+"|template\s+"|\$\w|/\*)`):
		return "go"
	}
	return "tera"
}
