package analysis_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/markers"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// mostUnknown is the share of names whose type may be unknown in a script as users
// write it, in percent. Most of these are values that come from outside.
const mostUnknown = 15

// TestScripts compares the types of all names in scripts as users write them with those
// in NAME.types, which somebody has looked through. LLMSPELL_WRITE_TYPES=1 writes them
// anew: the difference says what a change has done.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("testdata", "scripts"))
	if err != nil {
		t.Fatal(err)
	}
	base := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, catalog.Builtin())
	files := markers.Files(t, root)
	if len(files) < 20 {
		t.Errorf("there are only %d scripts", len(files))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f := analysis.NewFile(analysis.URIOf(path), path, 1, string(text))
			got, names, unknown := typesOf(base.WithFile(f), f)
			if unknown*100 > names*mostUnknown {
				t.Errorf("%d of %d names are unknown", unknown, names)
			}
			golden := strings.TrimSuffix(path, ".lua") + ".types"
			if os.Getenv("LLMSPELL_WRITE_TYPES") == "1" {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
			for i := range max(len(gotLines), len(wantLines)) {
				a, b := line(gotLines, i), line(wantLines, i)
				if a != b {
					t.Fatalf("%s:%d: %q, not %q", filepath.Base(golden), i+1, a, b)
				}
			}
		})
	}
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// typesOf lists the types of all names of a file, those of one line once each, and counts
// the names, and those of which nothing is known.
func typesOf(s *analysis.Snapshot, f *analysis.File) (list string, names, unknown int) {
	var b strings.Builder
	tree := f.Tree()
	lines := strings.Split(f.Text(), "\n")
	last, said := -1, map[string]bool{}
	for n := syntax.Node(1); int(n) < tree.Len(); n++ {
		name := tree.NameOf(n)
		up := tree.Kind(tree.Parent(n))
		if name == "" || name == "_" || up == syntax.LabelStat || up == syntax.GotoStat {
			continue
		}
		names++
		of := s.TypeOf(f, n).String()
		if of == "unknown" || of == "any" {
			unknown++
		}
		if at := strings.Count(f.Text()[:tree.Start(n)], "\n"); at != last {
			last = at
			clear(said)
			fmt.Fprintf(&b, "%s\n", strings.TrimSpace(lines[at]))
		}
		entry := fmt.Sprintf("\t%s: %s\n", name, of)
		if !said[entry] {
			said[entry] = true
			b.WriteString(entry)
		}
	}
	return b.String(), names, unknown
}
