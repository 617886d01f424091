package utility

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
	"github.com/llmspell/llmspell/tools/utility/internal/bib"
)

func citationDefinition() tool.Definition {
	styles := schema.Choice("The style: APA 7, MLA 9, Chicago 17 (author-date), Harvard (Cite Them Right), IEEE, Vancouver, or bibtex, which writes the " +
		"entries back. These seven are built in; other styles, such as those of CSL, are not supported").
		WithDefault("apa").WithAliases(map[string]string{"apa7": "apa", "APA": "apa", "MLA": "mla", "mla9": "mla", "Chicago": "chicago", "chicago-author-date": "chicago",
		"Harvard": "harvard", "IEEE": "ieee", "Vancouver": "vancouver", "BibTeX": "bibtex", "biblatex": "bibtex"})
	for _, s := range bib.Styles() {
		styles.Enum = append(styles.Enum, s.ID)
	}
	const sample = "@article{knuth84,\n  author = {Knuth, Donald E.},\n  title = {Literate Programming},\n  journal = {The Computer Journal},\n" +
		"  year = 1984, volume = 27, number = 2, pages = {97--111},\n  doi = {10.1093/comjnl/27.2.97}\n}"
	return tool.Static(&tool.Descriptor{
		Name: "citation-formatter", Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"citation", "bibliography", "reference", "bibtex", "apa", "mla", "academic"},
		Description: "Formats references and citations from BibTeX or YAML in APA, MLA, Chicago, Harvard, IEEE, Vancouver or BibTeX, and checks bibliographies",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("Format references; check a bibliography; or list the styles", "format_citation", "validate_bibliography", "list_styles").
				WithDefault("format_citation").WithAliases(map[string]string{"format": "format_citation", "validate": "validate_bibliography", "styles": "list_styles"})),
			schema.Optional("input", schema.Text("The bibliography, of at most 8 MB: BibTeX, BibLaTeX, or YAML by key as Hayagriva writes it"), "bibliography"),
			schema.Optional("format", schema.Choice("The format of input; the default is found from it", "bibtex", "yaml").
				WithAliases(map[string]string{"biblatex": "bibtex", "bib": "bibtex", "yml": "yaml", "hayagriva": "yaml"})),
			schema.Optional("style", styles),
			schema.Optional("cite_keys", schema.List("The keys to format, in this order; the default is all, sorted by author except in numeric styles", schema.Text("A key")), "keys")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("style", schema.Text("The style (format_citation)")),
			schema.Optional("formatted", schema.Text("All references, one a line (format_citation)")),
			schema.Optional("citations", schema.List("One for each reference (format_citation)", schema.Map("",
				schema.Required("key", schema.Text("Its key")), schema.Required("reference", schema.Text("For the list of references")),
				schema.Required("in_text", schema.Text("For the text"))))),
			schema.Optional("valid", schema.Flag("Whether no problem is an error (validate_bibliography)")),
			schema.Optional("entries", schema.List("The entries found: {key, type, title} (validate_bibliography)", nil)),
			schema.Optional("problems", schema.List("What is missing or odd: {key, line, field, severity, message} (validate_bibliography)", nil)),
			schema.Optional("count", schema.Int("How many references, entries or styles", 0, 1<<31)),
			schema.Optional("styles", schema.List("{id, name, kind} (list_styles)", nil)),
		}},
		Examples: []tool.Example{
			{Description: "Format a reference", Params: object("input", sample, "style", "apa"), Want: object("formatted",
				"Knuth, D. E. (1984). Literate Programming. The Computer Journal, 27(2), 97–111. https://doi.org/10.1093/comjnl/27.2.97",
				"citations", array(object("key", "knuth84", "in_text", "(Knuth, 1984)", "reference",
					"Knuth, D. E. (1984). Literate Programming. The Computer Journal, 27(2), 97–111. https://doi.org/10.1093/comjnl/27.2.97")))},
			{Description: "From YAML", Params: object("style", "ieee", "cite_keys", array("rfc"), "input",
				"rfc:\n  type: report\n  title: HTTP Semantics\n  author: [\"Fielding, Roy T.\", \"Nottingham, Mark\"]\n  date: 2022-06\n  publisher: IETF\n"),
				Want: object("formatted", "[1] R. T. Fielding and M. Nottingham, “HTTP Semantics,” Technical report, IETF, 2022.")},
			{Description: "Check a bibliography", Params: object("operation", "validate_bibliography", "input", "@book{x, title = {T}, year = 2000, author = {A}}"),
				Want: object("valid", false, "problems", array(object("key", "x", "line", 1.0, "field", "publisher", "severity", "error", "message", "book entries need publisher")))},
			{Description: "List the styles", Params: object("operation", "list_styles"), Want: object("count", 7.0)},
		},
	}, formatCitations)
}

func formatCitations(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	if call.Operation == "list_styles" {
		var list []any
		for _, s := range bib.Styles() {
			list = append(list, map[string]any{"id": s.ID, "name": s.Name, "kind": s.Kind})
		}
		return tool.Value(map[string]any{"styles": list, "count": len(list)}), nil
	}
	input, err := call.Need("input")
	if err != nil {
		return nil, err
	}
	if len(input) > bib.MaxInput {
		return nil, tool.Errorf(tool.LimitExceeded, "the bibliography has %d MB; at most %d MB can be read", len(input)>>20, bib.MaxInput>>20)
	}
	entries, err := readBibliography(call.Params.String("format"), input)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if call.Operation == "validate_bibliography" {
		return checkBibliography(entries), nil
	}
	style := call.Params.String("style")
	chosen, err := chooseEntries(call, entries, style)
	if err != nil {
		return nil, err
	}
	list, lines := make([]any, len(chosen)), make([]string, len(chosen))
	for i, e := range chosen {
		if i%100 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		lines[i] = bib.Reference(style, e, i+1)
		list[i] = map[string]any{"key": e.Key, "reference": lines[i], "in_text": bib.Citation(style, e, i+1)}
	}
	text := strings.Join(lines, "\n")
	return &tool.Result{Text: &text, Value: map[string]any{"style": style, "formatted": text, "citations": list, "count": len(list)}}, nil
}

func readBibliography(format, input string) ([]*bib.Entry, error) {
	if format == "" {
		format = "yaml"
		if regexp.MustCompile(`(?m)^\s*@\s*\w+\s*[{(]`).MatchString(input) {
			format = "bibtex"
		}
	}
	read := bib.ParseYAML
	if format == "bibtex" {
		read = bib.ParseBibTeX
	}
	entries, err := read(input)
	if err != nil {
		problem := "is no BibTeX: "
		if format == "yaml" {
			problem = "is no bibliography in YAML: "
		}
		return nil, &schema.FieldError{Path: "input", Problem: problem + err.Error(), Help: "format says how it is written"}
	}
	if len(entries) == 0 {
		return nil, &schema.FieldError{Path: "input", Problem: "holds no entries", Help: "write @article{key, …} or key: {type: article, …}"}
	}
	return entries, nil
}

func checkBibliography(entries []*bib.Entry) *tool.Result {
	valid, problems := true, []any{}
	for _, p := range bib.Check(entries) {
		valid = valid && p.Severity != "error"
		problems = append(problems, map[string]any{"key": p.Key, "line": p.Line, "field": p.Field, "severity": p.Severity, "message": p.Message})
	}
	list := make([]any, len(entries))
	for i, e := range entries {
		list[i] = map[string]any{"key": e.Key, "type": e.Type, "title": e.Get("title")}
	}
	return tool.Value(map[string]any{"valid": valid, "entries": list, "problems": problems, "count": len(list)})
}

// chooseEntries returns the entries of cite_keys in that order, or all.
func chooseEntries(call *tool.Call, entries []*bib.Entry, style string) ([]*bib.Entry, error) {
	keys, given := call.Params["cite_keys"].([]any)
	if !given || len(keys) == 0 {
		if style != "ieee" && style != "vancouver" && style != "bibtex" {
			bib.Sort(entries)
		}
		return entries, nil
	}
	byKey := map[string]*bib.Entry{}
	var names []string
	for _, e := range entries {
		if _, twice := byKey[e.Key]; !twice {
			byKey[e.Key] = e
			names = append(names, e.Key)
		}
	}
	if len(keys) > bib.MaxEntries {
		return nil, &schema.FieldError{Path: "cite_keys", Expected: fmt.Sprintf("at most %d keys", bib.MaxEntries), Value: keys}
	}
	var out []*bib.Entry
	for i, k := range keys {
		key, _ := k.(string)
		e, ok := byKey[key]
		if !ok {
			return nil, &schema.FieldError{Path: fmt.Sprintf("cite_keys[%d]", i+1), Problem: fmt.Sprintf("names %q, which is not in the bibliography", key),
				Suggestion: schema.Nearest(key, names)}
		}
		out = append(out, e)
	}
	return out, nil
}
