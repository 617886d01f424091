package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

const knownFile = "testdata/known.txt"

var luaBlock = regexp.MustCompile("(?ms)^```lua\n(.*?)^```")

// TestKnown checks all scripts of the repository, and those in its documentation. A warning
// in one of them is a mistake that it makes on purpose, which known.txt lists, or a false
// alarm. Whoever adds a line there with -update has looked at it.
func TestKnown(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	var out strings.Builder
	files := 0
	add := func(name, text string) {
		files++
		at := strings.Split(text, "\n")
		for _, x := range checkIn(base, text) {
			if x.Severity > lint.Warning {
				continue
			}
			line := strings.Count(text[:x.Start], "\n")
			place := name
			if !strings.HasSuffix(name, ".md") { // where it stands in a page says nothing
				place = fmt.Sprintf("%s:%d", name, line+1)
			}
			fmt.Fprintf(&out, "%s [%s] %s\n\t%s\n", place, x.Code, x.Message, strings.TrimSpace(at[line]))
		}
	}
	root := filepath.FromSlash("../..")
	for _, pattern := range []string{"testdata/programs/*.lua", "testdata/scripts/*.lua", "testdata/differences/*.lua", "testdata/tools/*.lua", "latency/scripts/*.lua", "latency/testdata/*.lua", "examples/*/*.lua", "editors/tests/scripts/*.lua", "docs/*.md", "README.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			name = filepath.ToSlash(name)
			if !strings.HasSuffix(name, ".md") {
				add(name, string(data))
				continue
			}
			if i := strings.Index(string(data), docsBegin); i >= 0 {
				data = data[:i] // TestExamples looks at the rest
			}
			for _, m := range luaBlock.FindAllStringSubmatch(string(data), -1) {
				if len(syntax.Parse(m[1]).Errors()) == 0 { // else it is a part of a script
					add(name, m[1])
				}
			}
		}
	}
	if files < 150 {
		t.Errorf("only %d scripts", files)
	}
	if *update {
		if err := os.WriteFile(knownFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(knownFile)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the findings are not those of %s (go test ./lsp/lint -run TestKnown -update):\n%s", knownFile, out.String())
	}
}
