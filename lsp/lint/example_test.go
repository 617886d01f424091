package lint_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/sandbox"
)

const (
	examplesFile = "examples.txt"
	// exampleFolder stands for the folder of the examples in what is said of them.
	exampleFolder = "/project"
)

// exampleConfig allows what is below a folder, and nothing else; a rule that is off is on.
func exampleConfig(t *testing.T, dir string, rule *lint.Rule) *analysis.Config {
	box, err := sandbox.New(dir, sandbox.Folders(dir))
	if err != nil {
		t.Fatal(err)
	}
	c := &analysis.Config{Roots: []string{dir}, Refuses: func(_, _, access, target string) (err error) {
		switch access {
		case analysis.RunAccess:
			_, err = box.FindProgram("sh")
		case analysis.EnvAccess:
			_, _, err = box.Getenv(target)
		default:
			var place *sandbox.Place
			if place, err = box.Place(sandbox.Permission(access), target); err == nil {
				place.Close()
			}
		}
		return err
	}}
	if rule.Severity == 0 {
		c.Severity = map[string]string{rule.Code: "warning"}
	}
	return c
}

// saidOf returns the findings of a text: their codes, and lines LINE:COLUMN: message.
func saidOf(t *testing.T, rule *lint.Rule, name, text string) (codes []string, said string) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if name == "" {
		name = "example.lua"
	}
	snap := analysis.NewSnapshot(exampleConfig(t, dir, rule), catalog.Builtin())
	util, f := analysis.NewFile("file://"+dir+"/util.lua", "", 1, "return {}\n"), analysis.NewFile("file://"+dir+"/"+name, "", 1, text)
	at := syntax.NewLines(text)
	for _, x := range lint.Check(context.Background(), snap.WithFile(util).WithFile(f), f) {
		line, column := at.Position(x.Start, syntax.UTF8)
		codes = append(codes, x.Code)
		said += fmt.Sprintf("%d:%d: %s\n", line+1, column+1, strings.ReplaceAll(x.Message, dir, exampleFolder))
	}
	return codes, strings.TrimSuffix(said, "\n")
}

// TestExamples: what is wrong in an example is of that kind, and nothing else; nothing is in
// what is right.
func TestExamples(t *testing.T) {
	rules := lint.Rules()
	for i := range rules {
		r := &rules[i]
		e := r.Example()
		if e == nil || e.Wrong == e.Right {
			t.Errorf("%s has no example in %s", r.Code, examplesFile)
			continue
		}
		codes, said := saidOf(t, r, e.File, e.Wrong)
		if len(codes) == 0 || slices.ContainsFunc(codes, func(code string) bool { return code != r.Code }) {
			t.Errorf("%s: the wrong code is reported as %s:\n%s", r.Code, codes, said)
		}
		if said != e.Said {
			t.Errorf("%s: %q is said, the example has %q: go test ./lsp/lint -run TestDocs -update", r.Code, said, e.Said)
		}
		if codes, said := saidOf(t, r, e.File, e.Right); len(codes) > 0 {
			t.Errorf("%s: the right code is reported as %s:\n%s", r.Code, codes, said)
		}
	}
}

// writeExamples writes what is said of the examples.
func writeExamples(t *testing.T) {
	var b strings.Builder
	rules := lint.Rules()
	for i := range rules {
		if e := rules[i].Example(); e != nil {
			_, e.Said = saidOf(t, &rules[i], e.File, e.Wrong)
			fmt.Fprintf(&b, "### %s\n%s\n--- said\n%s\n--- right\n%s\n", strings.TrimSpace(rules[i].Code+" "+e.File), e.Wrong, e.Said, e.Right)
		}
	}
	if err := os.WriteFile(examplesFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
