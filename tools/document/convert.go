package document

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxData bounds what data-converter reads.
const maxData = 8 << 20

func dataConverterDefinition() tool.Definition {
	formats := []string{"json", "yaml", "toml", "ini", "env", "csv"}
	aliases := map[string]string{"yml": "yaml", "dotenv": "env", ".env": "env", "JSON": "json", "YAML": "yaml", "TOML": "toml", "INI": "ini", "CSV": "csv", "cfg": "ini"}
	return tool.Static(&tool.Descriptor{
		Name: "data-converter", Aliases: []string{"yaml-processor", "toml-processor", "format-converter"}, Category: "document", Version: "1.0.0", Security: tool.Privileged,
		Tags: []string{"yaml", "toml", "json", "ini", "env", "csv", "convert", "parse"}, Needs: []tool.Need{tool.Files}, SideEffects: true, Timeout: 30 * time.Second,
		Description: "Converts between JSON, YAML, TOML, INI, .env and CSV, and parses them to values. The order of keys and numbers of any size are kept; " +
			"comments, YAML anchors and the types that a format lacks are not, and lost says so. INI, env and CSV hold texts and no nesting",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("convert to another format; parse to a value; detect the format", "convert", "parse", "detect").WithDefault("convert").
				WithAliases(map[string]string{"decode": "parse", "validate": "parse", "encode": "convert", "format": "convert"})),
			schema.Optional("input", &schema.Schema{Description: "The document as text, of 8 MB at most (TOML: 2 MB), or, to be converted, any value"}, "data", "text"),
			schema.Optional("path", schema.Text("A file to read instead of input"), "file", "input_file"),
			schema.Optional("from", schema.Choice("The format of the document; the default is found out from the name of path or the content", formats...).WithAliases(aliases), "from_format", "input_format"),
			schema.Optional("to", schema.Choice("The format to convert to; the default is what target_path ends in, or json", formats...).WithAliases(aliases), "to_format", "output_format"),
			schema.Optional("target_path", schema.Text("A file to write the result to"), "output_path", "output_file"),
			schema.Optional("indent", schema.Int("Spaces for each level of JSON or YAML; 0: JSON on one line", 0, 8).WithDefault(2)),
			schema.Optional("drop_nulls", schema.Flag("Leave out what is null, which TOML cannot hold, instead of failing"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("from", schema.Text("The format of the document; value when it was one")),
			schema.Optional("to", schema.Text("The format of output (convert)")),
			schema.Optional("output", schema.Text("The converted document (convert); it is the answer's text too")),
			schema.Optional("value", &schema.Schema{Description: "What the document says (parse); whole numbers beyond 64 bits, dates, inf and nan are texts"}),
			schema.Optional("lost", schema.List("What of the document the result does not say", schema.Text(""))),
			schema.Optional("target_path", schema.Text("The file that was written")),
		}},
		Examples: []tool.Example{
			{Description: "YAML to JSON", Params: map[string]any{"input": "name: app\nports: [80, 443]\n", "to": "json", "indent": 0},
				Want: map[string]any{"from": "yaml", "output": `{"name":"app","ports":[80,443]}`, "lost": []any{}}},
			{Description: "A value to TOML", Params: map[string]any{"input": map[string]any{"title": "x", "owner": map[string]any{"age": 3}}, "to": "toml"},
				Want: map[string]any{"output": "title = \"x\"\n\n[owner]\nage = 3\n"}},
			{Description: "Parse a configuration", Params: map[string]any{"operation": "parse", "input": "[server]\nport = 8080\n", "from": "toml"},
				Want: map[string]any{"value": map[string]any{"server": map[string]any{"port": 8080}}}},
			{Description: "Which format it is", Params: map[string]any{"operation": "detect", "input": "A=1\nB=two\n"}, Want: map[string]any{"from": "env"}},
		},
	}, convertData)
}

func convertData(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	b := newBuilder(ctx)
	tree, from, err := readData(b, call)
	if err != nil {
		return nil, err
	}
	value := map[string]any{"from": from}
	switch call.Operation {
	case "detect":
		return tool.Value(value), nil
	case "parse":
		value["value"], value["lost"] = toValue(tree), b.losses()
		return tool.Value(value), nil
	}
	to := call.Params.String("to")
	if to == "" {
		if to = formatOf(call.Params.String("target_path")); to == "" {
			to = "json"
		}
	}
	if to == from && from != "json" { // only the comments would go
		b.lost["the layout"] = true
	}
	text, err := b.write(to, tree, call)
	if err == nil && len(text) > maxDocument {
		err = tool.Errorf(tool.LimitExceeded, "the result is larger than %d MB", maxDocument>>20)
	}
	if err != nil {
		return nil, err
	}
	value["to"], value["output"], value["lost"] = to, text, b.losses()
	if err := writeTarget(call, text, value); err != nil {
		return nil, err
	}
	return &tool.Result{Value: value, Text: &text}, nil
}

// readData reads what the call gives, and says in which format it was.
func readData(b *builder, call *tool.Call) (any, string, error) {
	input, given := call.Params["input"]
	if _, text := input.(string); given && !text {
		tree, err := b.fromValue(input, 0)
		return tree, "value", err
	}
	text, err := readSource(b.ctx, call, maxData)
	if err != nil {
		return nil, "", err
	}
	if !utf8.ValidString(text) {
		return nil, "", tool.Errorf(tool.ExecutionFailed, "the document is not UTF-8; file-converter can change its encoding")
	}
	from := call.Params.String("from")
	if from == "" && !given {
		from = formatOf(call.Params.String("path"))
	}
	if from == "" {
		return detectData(b, text)
	}
	tree, err := b.read(from, text)
	if err != nil && !ours(err) {
		field := "input"
		if !given {
			field = "path"
		}
		err = &schema.FieldError{Path: field, Problem: fmt.Sprintf("is not %s: %s", strings.ToUpper(from), err)}
	}
	return tree, from, err
}

func formatOf(path string) string {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".json", ".yaml", ".toml", ".ini", ".env", ".csv":
		return ext[1:]
	case ".yml":
		return "yaml"
	case ".cfg", ".conf":
		return "ini"
	}
	return ""
}

func (b *builder) read(format, text string) (any, error) {
	switch format {
	case "json":
		return b.fromJSON(text)
	case "toml":
		return b.fromTOML(text)
	case "ini":
		return b.fromINI(text)
	case "env":
		return b.fromEnv(text)
	case "csv":
		return b.fromCSV(text)
	}
	return b.yaml(text)
}

func (b *builder) yaml(text string) (v any, err error) {
	defer guard("the YAML", &err)
	return b.fromYAML(text)
}

func (b *builder) write(format string, tree any, call *tool.Call) (out string, err error) {
	defer guard("the document", &err)
	indent := call.Params.Int("indent")
	switch format {
	case "yaml":
		return b.toYAML(tree, indent)
	case "toml":
		return b.toTOML(tree, call.Params.Bool("drop_nulls"))
	case "ini":
		return b.toINI(tree)
	case "env":
		return b.toEnv(tree)
	case "csv":
		return b.toCSV(tree)
	}
	return b.toJSON(tree, indent)
}

// detectData reads a text in the first format that it is, the strictest first.
func detectData(b *builder, text string) (any, string, error) {
	for _, format := range []string{"json", "env", "toml", "ini", "yaml", "csv"} {
		attempt := newBuilder(b.ctx)
		tree, err := attempt.read(format, text)
		if err := b.ctx.Err(); err != nil {
			return nil, "", err
		}
		if err == nil && convincing(format, tree, text) {
			*b = *attempt
			return tree, format, nil
		}
	}
	return nil, "", &schema.FieldError{Path: "from", Problem: "is missing, and the content is none of json, yaml, toml, ini, env and csv for sure"}
}

// convincing tells whether a text that can be read in a format is meant to be.
func convincing(format string, tree any, text string) bool {
	o, isObject := tree.(*object)
	switch format {
	case "json":
		return true
	case "toml":
		return isObject && len(o.members) > 0
	case "env":
		return isObject && len(o.members) > 0 && !strings.Contains(text, "= ")
	case "ini": // flat YAML can be read as INI too
		at := strings.IndexAny(text, "=:")
		return isObject && len(o.members) > 0 && (strings.HasPrefix(text, "[") || strings.Contains(text, "\n[") || text[at] == '=')
	case "csv":
		rows, _ := tree.([]any)
		return len(rows) > 0 && strings.Contains(text, ",")
	}
	_, isList := tree.([]any)
	return isObject || isList
}
