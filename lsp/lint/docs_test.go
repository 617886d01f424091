package lint_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
)

var update = flag.Bool("update", false, "write the list of findings in docs/check.md, and what is said of their examples")

const (
	docsPage  = "../../docs/check.md"
	docsBegin = "<!-- rules: written by go test ./lsp/lint -run TestDocs -update -->\n"
)

// TestDocs compares docs/check.md with the table of rules.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(page), docsBegin)
	if !ok {
		t.Fatalf("%s lacks the line %q", docsPage, docsBegin)
	}
	var b strings.Builder
	b.WriteString(head + docsBegin)
	if *update {
		writeExamples(t)
	}
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if seen[r.Code] || r.Doc == "" {
			t.Errorf("%s is there twice, or has no text", r.Code)
		}
		seen[r.Code] = true
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", r.Code, r.Text())
		if e := r.Example(); e != nil { // TestExamples asks for one
			fmt.Fprintf(&b, "\n%s\n", e.Text())
		}
	}
	if *update {
		if err := os.WriteFile(docsPage, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != b.String() {
		t.Errorf("%s is not what the rules say: go test ./lsp/lint -run TestDocs -update", docsPage)
	}
}
