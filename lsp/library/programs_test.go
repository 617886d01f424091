package library

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tolerated is what programs do that the declarations rightly call a mistake.
var tolerated = []string{
	"tostring: 2 arguments are too many", "string.rep: 3 arguments are too many", "string.rep: argument 2, n: 2.9 is no integer",
	"pcall: argument 1, f: a table is no function", "tostring: result 1: 1 is no string",
}

// TestPrograms runs the programs that print the same under PUC Lua, and compares
// what the standard libraries give with the declarations.
func TestPrograms(t *testing.T) {
	s := readSpec(t)
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "programs", "*.lua"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no programs were found", err)
	}
	stopped := 0 // programs that the wrapped functions make end early
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			code, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			k := contract(t, s, nil)
			_, err = k.RunString(t.Context(), string(code), "=program", nil)
			if err != nil {
				stopped++
				t.Log(err)
			}
			faults, _ := report(t, k)
			for fault := range strings.SplitSeq(faults, "\n") {
				if fault != "" && !slices.Contains(tolerated, fault) {
					t.Error(fault)
				}
			}
		})
	}
	if stopped > len(paths)/10 {
		t.Errorf("%d of %d programs have ended early", stopped, len(paths))
	}
}
