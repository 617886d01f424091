package library

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestFiles(t *testing.T) {
	all := Files()
	for _, name := range Names() {
		text, ok := File(URI(name))
		if !ok || text != all[name] || text == "" {
			t.Errorf("%s is not what its URI names", name)
		}
	}
	for _, uri := range []string{"llmspell-library:/none.lua", "llmspell-library:/../library.go", "llmspell-library:/lua", "file:///tool.lua", "tool.lua", "llmspell-library:/"} {
		if text, ok := File(uri); ok {
			t.Errorf("%s names a file: %q", uri, text)
		}
	}
	if URI("lua/string.lua") != "llmspell-library:/lua/string.lua" || all["lua/string.lua"] == "" || all["tool.lua"] == "" {
		t.Error("the names of files are not what they were")
	}
}

func TestExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder", `with "quotes"`)
	more := map[string]string{"generated/tools.lua": "---@meta\n"}
	for range 2 { // also over what is there
		if err := Export(dir, more); err != nil {
			t.Fatal(err)
		}
	}
	want := append(Names(), "generated/tools.lua", "luarc.json")
	slices.Sort(want)
	var got []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			got = append(got, filepath.ToSlash(name))
		}
		return err
	})
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\n%v\nnot\n%v", err, got, want)
	}
	for name, text := range Files() {
		if data, _ := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); string(data) != text {
			t.Errorf("%s has another text", name)
		}
	}
	var settings struct {
		Version string            `json:"runtime.version"`
		Builtin map[string]string `json:"runtime.builtin"`
		Library []string          `json:"workspace.library"`
	}
	data, _ := os.ReadFile(filepath.Join(dir, "luarc.json"))
	if err := json.Unmarshal(data, &settings); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if settings.Version != "Lua 5.1" || len(settings.Library) != 1 || settings.Library[0] != filepath.ToSlash(dir) || settings.Builtin["string"] != "disable" {
		t.Errorf("the settings are %+v", settings)
	}
}

func TestExportFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Export(file, nil); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("into a file: %v", err)
	}
	for _, name := range []string{"../x.lua", "/x.lua", ""} {
		if err := Export(t.TempDir(), map[string]string{name: "x"}); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if data, _ := os.ReadFile(file); string(data) != "kept" {
		t.Errorf("the file holds %q", data)
	}
}

// TestDocs finds names in the documentation that nothing declares, and functions
// that the documentation does not name.
func TestDocs(t *testing.T) {
	s := readSpec(t)
	mention := regexp.MustCompile(`\b(Tool|State|Memory|Session|Artifact|Replay|Event|Hook|Config|JSON|Debug|Logger|Streaming|Utils)([.:])([a-z]\w*)`)
	var all strings.Builder
	for _, name := range strings.Fields("lua-api lua state sessions events hooks config sandbox tools") {
		data, err := os.ReadFile(filepath.Join("..", "..", "docs", name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
		for _, m := range mention.FindAllStringSubmatch(string(data), -1) {
			global, member := m[1], m[3]
			_, function := s.functions[global+"."+member]
			_, variable := s.variables[global+"."+member]
			table := s.classes["llmspell."+global+strings.ToUpper(member[:1])+member[1:]] != nil // Replay.schedules
			if !function && !variable && !table && global != "Tool" {
				t.Errorf("docs/%s.md names %s, which nothing declares", name, m[0])
			}
		}
	}
	for name := range s.functions {
		global, member, ok := strings.Cut(name, ".")
		if ok && mention.MatchString(global+".x") && !regexp.MustCompile(`\b`+member+`\b`).MatchString(all.String()) {
			t.Errorf("no documentation names %s", name)
		}
	}
}
