package lint

import ("testing";"context";"fmt";"os";"path/filepath";"time";"strings"
"github.com/llmspell/llmspell/lsp/analysis"
"github.com/llmspell/llmspell/lsp/catalog")

func TestYY(t *testing.T) {
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{"/proj"}}, catalog.Builtin())
	var fs []*analysis.File
	n := 0
	filepath.Walk(os.Getenv("ZZ"), func(p string, i os.FileInfo, err error) error {
		if strings.HasSuffix(p, ".lua") {
			data, _ := os.ReadFile(p)
			q := strings.Replace(p, os.Getenv("ZZ"), "/proj", 1)
			f := analysis.NewFile("file://"+q, q, 1, string(data))
			n += len(data)
			snap = snap.WithFile(f)
			fs = append(fs, f)
		}
		return nil
	})
	for _, f := range fs {
		f.Entry()
		at := time.Now()
		_, ok := snap.Absent(context.Background(), f, 5, "zzz")
		if d := time.Since(at); d > 20*time.Millisecond { fmt.Println(f.URI, len(f.Text()), ok, d) }
	}
	fmt.Println(len(fs), n)
}
