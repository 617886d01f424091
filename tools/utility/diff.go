package utility

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
	"github.com/llmspell/llmspell/tools/utility/internal/jsondiff"
	"github.com/llmspell/llmspell/tools/utility/internal/textdiff"
)

// maxDiffInput bounds each side of a comparison.
const maxDiffInput = 16 << 20

func diffDefinition() tool.Definition {
	value := func(about string) *schema.Schema { return &schema.Schema{Description: about} }
	return tool.Static(&tool.Descriptor{
		Name: "diff-calculator", Category: "utility", Version: "1.0.0", Security: tool.Safe, Needs: []tool.Need{tool.Files},
		Tags: []string{"diff", "compare", "patch", "text", "json"},
		Description: "Compares two texts (as a unified, context, inline or simple diff) or two JSON values (what was added, removed and modified, " +
			"and the JSON Patch), given directly or as files",
		Parameters: schema.Map("",
			schema.Optional("type", schema.Choice("What to compare; the default is json when old_json or new_json is given, and text else", "text", "json"), "mode"),
			schema.Optional("old_text", schema.Text("The text before"), "text1", "old", "before", "original"),
			schema.Optional("new_text", schema.Text("The text after"), "text2", "new", "after", "modified"),
			schema.Optional("old_json", value("The value before: JSON as text, or any value as it is"), "json1"),
			schema.Optional("new_json", value("The value after"), "json2"),
			schema.Optional("old_file", schema.Text("The path of a file to read the text or JSON before from"), "file1"),
			schema.Optional("new_file", schema.Text("The path of a file to read the text or JSON after from"), "file2"),
			schema.Optional("format", schema.Choice("How to write a diff of texts: unified as for patch; context as of diff -c; inline, the whole new text with "+
				"[-removed-] and {+added+} words; simple, the changed lines with - and +", "unified", "context", "inline", "simple").WithDefault("unified")),
			schema.Optional("context_lines", schema.Int("How many equal lines to show around each change (unified, context)", 0, 1000).WithDefault(3), "context"),
			schema.Optional("ignore_whitespace", schema.Flag("Whether lines count as equal that differ in white space only")),
			schema.Optional("ignore_case", schema.Flag("Whether lines count as equal that differ in letter case only"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("type", schema.Choice("What was compared", "text", "json")),
			schema.Required("identical", schema.Flag("Whether both are equal")),
			schema.Optional("format", schema.Text("How the diff is written (text)")),
			schema.Required("diff", &schema.Schema{Types: []schema.Type{schema.String, schema.Object}, Description: "For text, the diff, \"\" when both are equal, " +
				"except inline. For json, {added, removed, modified: {pointer: {old, new}}, unchanged: [pointer]}, by JSON Pointer (RFC 6901, counted from 0)"}),
			schema.Optional("stats", schema.Map("Lines (text)",
				schema.Required("additions", schema.Int("Lines added", 0, 1<<31)), schema.Required("deletions", schema.Int("Lines removed", 0, 1<<31)),
				schema.Required("unchanged", schema.Int("Lines in both", 0, 1<<31)), schema.Required("hunks", schema.Int("Groups of changes", 0, 1<<31)),
				schema.Required("similarity", schema.Num("How much is in both, from 0 to 1")))),
			schema.Optional("summary", schema.Map("Places (json)",
				schema.Required("added", schema.Int("Places added", 0, 1<<31)), schema.Required("removed", schema.Int("Places removed", 0, 1<<31)),
				schema.Required("modified", schema.Int("Values replaced", 0, 1<<31)), schema.Required("unchanged", schema.Int("Parts that are equal", 0, 1<<31)))),
			schema.Optional("patch", schema.List("The JSON Patch (RFC 6902) that turns the old value into the new one (json)", nil)),
		}},
		Examples: []tool.Example{
			{Description: "Compare texts", Params: object("old_text", "one\ntwo\n", "new_text", "one\n2\n"),
				Want: object("diff", "--- old\n+++ new\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n", "identical", false)},
			{Description: "Mark changed words", Params: object("old_text", "the quick fox", "new_text", "the slow fox", "format", "inline"),
				Want: object("diff", "the [-quick-]{+slow+} fox")},
			{Description: "Compare files", Params: object("old_file", "a.txt", "new_file", "b.txt", "format", "simple"),
				Files: map[string]string{"a.txt": "x\ny\n", "b.txt": "x\nz\n"}, Want: object("diff", "- y\n+ z\n")},
			{Description: "The format of diff -c", Params: object("old_text", "a\n", "new_text", "b\n", "format", "context"),
				Want: object("diff", "*** old\n--- new\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n")},
			{Description: "Compare JSON", Params: object("type", "json", "old_json", object("a", 1.0, "b", 2.0), "new_json", `{"a": 1, "b": 3, "c": 4}`),
				Want: object("diff", object("added", object("/c", 4.0), "removed", object(), "modified", object("/b", object("old", 2.0, "new", 3.0)), "unchanged", array("/a")),
					"patch", array(object("op", "replace", "path", "/b", "value", 3.0), object("op", "add", "path", "/c", "value", 4.0)))},
		},
	}, calculateDiff)
}

func calculateDiff(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	isJSON := p.String("type") == "json"
	if !p.Has("type") {
		isJSON = p.Has("old_json") || p.Has("new_json")
	}
	if isJSON {
		return diffJSON(ctx, call)
	}
	before, oldName, err := diffText(ctx, call, "old", "text")
	if err != nil {
		return nil, err
	}
	after, newName, err := diffText(ctx, call, "new", "text")
	if err != nil {
		return nil, err
	}
	s := &textdiff.Script{Old: textdiff.Lines(before), New: textdiff.Lines(after)}
	s.Ops, err = textdiff.Compare(ctx, diffKeys(p, s.Old), diffKeys(p, s.New))
	if err != nil {
		return nil, err
	}
	around, format := p.Int("context_lines"), p.String("format")
	var diff string
	switch format {
	case "unified":
		diff = s.Unified(oldName, newName, around)
	case "context":
		diff = s.Context(oldName, newName, around)
	case "simple":
		diff = s.Simple()
	default:
		if diff, err = s.Inline(ctx); err != nil {
			return nil, err
		}
	}
	st := s.Stats(around)
	similarity := 1.0
	if total := len(s.Old) + len(s.New); total > 0 {
		similarity = float64(2*st.Unchanged) / float64(total)
	}
	return &tool.Result{Text: &diff, Message: fmt.Sprintf("%d lines added, %d removed", st.Added, st.Removed), Value: map[string]any{
		"type": "text", "format": format, "diff": diff, "identical": st.Added+st.Removed == 0,
		"stats": map[string]any{"additions": st.Added, "deletions": st.Removed, "unchanged": st.Unchanged, "hunks": st.Hunks, "similarity": similarity},
	}}, nil
}

// diffKeys returns what lines are compared by.
func diffKeys(p tool.Params, lines []string) []string {
	spaces, letters := p.Bool("ignore_whitespace"), p.Bool("ignore_case")
	if !spaces && !letters {
		return lines
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		if spaces {
			l = strings.Join(strings.Fields(l), " ")
		}
		if letters {
			l = strings.ToLower(l)
		}
		out[i] = l
	}
	return out
}

// diffText returns one side of a comparison, and its name in the diff.
func diffText(ctx context.Context, call *tool.Call, side, kind string) (text, name string, err error) {
	field, path := side+"_"+kind, call.Params.String(side+"_file")
	text, ok := call.Params[field].(string)
	switch {
	case ok && path != "":
		return "", "", &schema.FieldError{Path: side + "_file", Problem: "is given together with " + field + "; pass one of them"}
	case !ok && path == "":
		return "", "", &schema.FieldError{Path: field, Problem: "is missing", Help: "pass it, or the path of a file as " + side + "_file"}
	case !ok:
		data, err := call.Sandbox.ReadFile(ctx, path)
		if err != nil {
			return "", "", err
		}
		if text = string(data); !utf8.ValidString(text) {
			return "", "", tool.Errorf(tool.Unsupported, "%q is no UTF-8 text; only texts can be compared", path)
		}
		side = strings.Map(func(r rune) rune {
			if r < ' ' {
				return '?' // a name must not add lines to the diff
			}
			return r
		}, path)
	}
	if len(text) > maxDiffInput {
		return "", "", tool.Errorf(tool.LimitExceeded, "the %s side has %d MB; at most %d MB can be compared", side, len(text)>>20, maxDiffInput>>20)
	}
	return text, side, nil
}

func diffJSON(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	var sides [2]any
	for i, side := range []string{"old", "new"} {
		v, given := call.Params[side+"_json"]
		if _, isText := v.(string); !given || isText || call.Params.Has(side+"_file") {
			text, _, err := diffText(ctx, call, side, "json")
			if err != nil {
				return nil, err
			}
			field := side + "_json"
			if !given {
				field = side + "_file"
			}
			if v, err = parseJSON(field, text); err != nil {
				return nil, err
			}
		}
		sides[i] = v
	}
	d, err := jsondiff.Compare(ctx, sides[0], sides[1])
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, tool.Errorf(tool.LimitExceeded, "%w", err)
	}
	modified := make(map[string]any, len(d.Modified))
	for path, m := range d.Modified {
		modified[path] = map[string]any{"old": m.Old, "new": m.New}
	}
	changes := len(d.Added) + len(d.Removed) + len(modified)
	return &tool.Result{Message: fmt.Sprintf("%d added, %d removed, %d modified", len(d.Added), len(d.Removed), len(modified)), Value: map[string]any{
		"type": "json", "identical": changes == 0, "patch": anyMaps(d.Patch),
		"diff":    map[string]any{"added": d.Added, "removed": d.Removed, "modified": modified, "unchanged": anyList(d.Unchanged)},
		"summary": map[string]any{"added": len(d.Added), "removed": len(d.Removed), "modified": len(modified), "unchanged": len(d.Unchanged)},
	}}, nil
}

func anyMaps(items []map[string]any) []any {
	out := make([]any, len(items))
	for i, e := range items {
		out[i] = e
	}
	return out
}

// parseJSON decodes one JSON value, and says line and column of an error.
func parseJSON(field, text string) (any, error) {
	var v any
	err := json.Unmarshal([]byte(text), &v)
	if err == nil {
		// Once more for numbers beyond 2^53, which a float64 does not tell apart.
		exact := json.NewDecoder(strings.NewReader(text))
		exact.UseNumber()
		var w any
		if err := exact.Decode(&w); err != nil {
			return v, nil
		}
		if w, err = tool.Numbers(w); err != nil {
			return v, nil
		}
		return w, nil
	}
	where := ""
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		before := text[:min(max(int(e.Offset)-1, 0), len(text))]
		where = fmt.Sprintf("line %d, column %d: ", strings.Count(before, "\n")+1, len(before)-strings.LastIndexByte(before, '\n'))
	}
	return nil, &schema.FieldError{Path: field, Problem: "is not JSON: " + where + err.Error()}
}
