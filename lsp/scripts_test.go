package lsp_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// script is a file of testdata.
type script struct{ path, text string }

// scripts are all Lua files of testdata, here, below and of the whole repository.
func scripts(t testing.TB) (list []script) {
	t.Helper()
	for _, root := range []string{filepath.Join("..", "testdata"), "."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".lua" {
				return err
			}
			text, err := os.ReadFile(path)
			list = append(list, script{path, string(text)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(list) < 150 {
		t.Fatalf("%d scripts", len(list))
	}
	return list
}
