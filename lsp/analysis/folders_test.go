package analysis_test

import (
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestRequireInTwoFolders: a script of one folder of the workspace does not see the modules
// of another one, as no script is started in two of them; it sees those of its own folder
// first, and one that is in no folder those of all, in their order.
func TestRequireInTwoFolders(t *testing.T) {
	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{at("one"), at("two")}, Library: []string{at("lib")}}, nil)
	file := map[string]*analysis.File{}
	for _, path := range []string{
		"one/main.lua", "one/util.lua", "one/sub/tool.lua", "one/sub/near.lua", "one/near.lua", "one/only1/init.lua",
		"two/main.lua", "two/util.lua", "two/only2.lua", "lib/shared.lua", "lib/util.lua", "else/script.lua", "else/beside.lua",
	} {
		file[path] = analysis.NewFile(analysis.URIOf(at(path)), at(path), 1, "return {}")
		snap = snap.WithFile(file[path])
	}
	for _, tt := range []struct{ from, name, want string }{
		{"one/main.lua", "util", "one/util.lua"}, {"two/main.lua", "util", "two/util.lua"},
		{"one/main.lua", "only2", ""}, {"two/main.lua", "only1", ""}, {"one/main.lua", "only1", "one/only1/init.lua"},
		{"two/main.lua", "sub.tool", ""}, {"one/main.lua", "sub.tool", "one/sub/tool.lua"}, {"one/sub/tool.lua", "util", "one/util.lua"},
		{"one/sub/tool.lua", "near", "one/near.lua"}, {"one/main.lua", "main", "one/main.lua"},
		{"one/main.lua", "shared", "lib/shared.lua"}, {"two/main.lua", "shared", "lib/shared.lua"}, {"two/main.lua", "one.util", ""},
		{"else/script.lua", "beside", "else/beside.lua"}, {"else/script.lua", "util", "one/util.lua"}, {"else/script.lua", "only2", "two/only2.lua"},
	} {
		got := ""
		if f := snap.Require(file[tt.from], tt.name); f != nil {
			rel, err := filepath.Rel(root, f.Path)
			if err != nil {
				t.Fatal(err)
			}
			got = filepath.ToSlash(rel)
		}
		if got != tt.want {
			t.Errorf("require(%q) in %s is %q, not %q", tt.name, tt.from, got, tt.want)
		}
	}
}
