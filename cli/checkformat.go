package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// checkFormats are the ways to print the findings of a severity or graver.
func checkFormats() map[string]func(w io.Writer, r *batch.Report, least lint.Severity) error {
	return map[string]func(io.Writer, *batch.Report, lint.Severity) error{
		"text": checkText, "json": checkJSON, "sarif": checkSARIF, "github": checkGitHub,
	}
}

// checkedFinding is a finding as JSON has it. Lines and columns are from 1; columns count
// characters.
type checkedFinding struct {
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	Severity  string `json:"severity"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Help      string `json:"help,omitempty"`
	// Fixes are the titles of what could be done; Fixable says that --fix does the first.
	Fixes   []string `json:"fixes,omitempty"`
	Fixable bool     `json:"fixable"`

	severity lint.Severity
}

// checked lists the findings of a severity or graver, in order.
func checked(r *batch.Report, least lint.Severity) []checkedFinding {
	out := []checkedFinding{}
	for _, f := range r.Files {
		lines := f.File.Lines()
		for _, x := range f.Findings {
			if x.Severity > least {
				continue
			}
			c := checkedFinding{Path: filepath.ToSlash(f.Path), Severity: x.Severity.String(), Code: x.Code, Message: x.Message, Help: x.Help, severity: x.Severity}
			c.Line, c.Column = lines.Position(x.Start, syntax.UTF32)
			c.EndLine, c.EndColumn = lines.Position(x.End, syntax.UTF32)
			c.Line, c.Column, c.EndLine, c.EndColumn = c.Line+1, c.Column+1, c.EndLine+1, c.EndColumn+1
			for i, fix := range x.Fixes {
				c.Fixes = append(c.Fixes, fix.Title)
				c.Fixable = c.Fixable || i == 0 && fix.Sure
			}
			out = append(out, c)
		}
	}
	return out
}

func checkText(w io.Writer, r *batch.Report, least lint.Severity) error {
	b := bufio.NewWriter(w)
	list := checked(r, least)
	for _, c := range r.Changes {
		fmt.Fprintln(b, changeText(c, "fixed"))
	}
	fixable := 0
	for _, x := range list {
		fmt.Fprintf(b, "%s:%d:%d: %s: %s [%s]\n", oneLine(x.Path), x.Line, x.Column, x.Severity, oneLine(x.Message), x.Code)
		if x.Fixable {
			fixable++
		}
	}
	if len(r.Changes) > 0 {
		fmt.Fprintf(b, "%s made\n", plural.Of(len(r.Changes), "change"))
	}
	if len(list) > 0 {
		fmt.Fprintf(b, "%s in %s", plural.Of(len(list), "finding"), plural.Of(len(r.Files), "file"))
		if fixable > 0 {
			fmt.Fprintf(b, ", %d of which --fix mends", fixable)
		}
		fmt.Fprintln(b)
	}
	return b.Flush()
}

func checkJSON(w io.Writer, r *batch.Report, least lint.Severity) error {
	list := []checkedChange{}
	for _, c := range r.Changes {
		list = append(list, checkedChange{Path: filepath.ToSlash(c.Path), Line: c.Line, Code: c.Code, What: c.Title})
	}
	return writeJSON(w, map[string]any{"files": len(r.Files), "fixed": len(list), "changes": list, "findings": checked(r, least)}, true)
}

// checkedChange is a change that --fix has made, as JSON has it. Line is that of the text
// before it.
type checkedChange struct {
	Path string `json:"path"`
	Line int    `json:"line"`
	Code string `json:"code"`
	What string `json:"what"`
}

// changeText says on one line what was done, or was not, and where.
func changeText(c batch.Change, done string) string {
	return fmt.Sprintf("%s:%d: %s: %s [%s]", oneLine(filepath.ToSlash(c.Path)), c.Line, done, oneLine(c.Title), c.Code)
}

// checkGitHub prints the commands that GitHub's runners make annotations of.
func checkGitHub(w io.Writer, r *batch.Report, least lint.Severity) error {
	text := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	b := bufio.NewWriter(w)
	for _, x := range checked(r, least) {
		kind := "notice"
		switch x.severity {
		case lint.Error:
			kind = "error"
		case lint.Warning:
			kind = "warning"
		}
		fmt.Fprintf(b, "::%s file=%s,line=%d,col=%d,endLine=%d,endColumn=%d,title=%s::%s\n", kind, property.Replace(x.Path), x.Line, x.Column, x.EndLine, x.EndColumn, property.Replace(x.Code), text.Replace(x.Message))
	}
	return b.Flush()
}

// checkSARIF prints a SARIF 2.1.0 log. In its texts a brace alone begins a placeholder (section
// 3.11.5): ours have none, so that all braces are doubled.
func checkSARIF(w io.Writer, r *batch.Report, least lint.Severity) error {
	level := map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning", lint.Information: "note", lint.Hint: "note"}
	braces := strings.NewReplacer("{", "{{", "}", "}}")
	text := func(s string) map[string]any { return map[string]any{"text": braces.Replace(s)} }
	rules, index := []any{}, map[string]int{}
	for i, rule := range lint.Rules() {
		index[rule.Code] = i
		configuration := map[string]any{"enabled": rule.Severity != 0}
		if l, ok := level[rule.Severity]; ok {
			configuration["level"] = l
		}
		rules = append(rules, map[string]any{
			"id": rule.Code, "helpUri": lint.HelpPage(rule.Code), "shortDescription": text(rule.Doc), "defaultConfiguration": configuration,
		})
	}
	results := []any{}
	for _, x := range checked(r, least) {
		address := (&url.URL{Path: x.Path}).String()
		if filepath.IsAbs(filepath.FromSlash(x.Path)) {
			address = (&url.URL{Scheme: "file", Path: x.Path}).String()
		}
		results = append(results, map[string]any{
			"ruleId": x.Code, "ruleIndex": index[x.Code], "level": level[x.severity], "message": text(x.Message),
			"locations": []any{map[string]any{"physicalLocation": map[string]any{
				"artifactLocation": map[string]any{"uri": address},
				"region":           map[string]any{"startLine": x.Line, "startColumn": x.Column, "endLine": x.EndLine, "endColumn": x.EndColumn},
			}}},
		})
	}
	version, _ := buildVersion()
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":       map[string]any{"driver": map[string]any{"name": "llmspell", "version": version, "informationUri": "https://github.com/llmspell/llmspell", "rules": rules}},
			"columnKind": "unicodeCodePoints", "results": results,
		}},
	})
}
