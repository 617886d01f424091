package lint_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMarked checks the files of testdata: what a line has is what "--! CODE…" at its end
// says, of all others nothing.
func TestMarked(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			found := check(t, text, nil)
			got := map[int][]string{}
			for _, x := range found {
				line := strings.Count(text[:x.Start], "\n")
				got[line] = append(got[line], x.Code)
			}
			for i, line := range strings.Split(text, "\n") {
				_, codes, _ := strings.Cut(line, "--! ")
				want, have := strings.Fields(codes), got[i]
				slices.Sort(want)
				slices.Sort(have)
				if !slices.Equal(want, have) {
					t.Errorf("line %d: %s: found %q", i+1, line, have)
				}
			}
			applied(t, text, found)
		})
	}
}
