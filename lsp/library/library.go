package library

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed stubs
var stubs embed.FS // immutable

// Scheme is that of the URIs of the stub files.
const Scheme = "llmspell-library"

// URI returns the URI of a stub file: llmspell-library:/tool.lua.
func URI(name string) string { return Scheme + ":/" + name }

// File returns the text of the stub file that a URI names, and whether there is
// one.
func File(uri string) (text string, ok bool) {
	name, ok := strings.CutPrefix(uri, Scheme+":/")
	if !ok {
		return "", false
	}
	data, err := stubs.ReadFile(path.Join("stubs", name))
	return string(data), err == nil
}

// Files returns the texts of all stub files by their names: tool.lua,
// lua/string.lua, …
func Files() map[string]string {
	all := map[string]string{}
	err := fs.WalkDir(stubs, "stubs", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := stubs.ReadFile(name)
		all[strings.TrimPrefix(name, "stubs/")] = string(data)
		return err
	})
	if err != nil { // cannot be: they are part of the program
		panic(err)
	}
	return all
}

// Names returns the names of all stub files, sorted.
func Names() []string { return slices.Sorted(maps.Keys(Files())) }

// Standard tells whether a URI is that of a file with one of Lua's own libraries, in
// contrast to the kernel's globals.
func Standard(uri string) bool { return strings.HasPrefix(uri, URI("lua/")) }

// Slots returns the kinds of what strings name by the alias that a parameter's or
// field's type has: llmspell.ToolName is "tool". The kinds are those of
// analysis.Slot.
func Slots() map[string]string {
	return map[string]string{
		"llmspell.ToolName":     "tool",
		"llmspell.EventName":    "event",
		"llmspell.EventPattern": "event",
		"llmspell.HookPoint":    "hook",
		"llmspell.StateKey":     "state",
		"llmspell.StateScope":   "scope",
		"llmspell.SessionId":    "session",
		"llmspell.File":         "file",
		"llmspell.Module":       "require",
		"llmspell.ModelName":    "model",
		"llmspell.AgentName":    "agent",
		"llmspell.TemplateName": "template",
		"llmspell.ToolCategory": "category",
		"llmspell.ToolTag":      "tag",
	}
}

// Export writes the stub files into a folder, which it makes if it is missing, for
// other language servers: the folder is what LuaLS calls a workspace library. more are further
// files by their names, such as those that are made of the tools' schemas. The file
// luarc.json has the settings to copy into a project's .luarc.json; they switch off
// LuaLS's own idea of the standard libraries, which these files replace. Files of
// the same names are overwritten, others stay.
func Export(dir string, more map[string]string) error {
	all := Files()
	maps.Copy(all, more)
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("export stubs to %s: %w", dir, err)
	}
	all["luarc.json"] = settings(abs)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("export stubs to %s: %q is no name of a file in it", dir, name)
		}
		to := filepath.Join(abs, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("export stubs to %s: %w", dir, err)
		}
		if err := os.WriteFile(to, []byte(all[name]), 0o644); err != nil {
			return fmt.Errorf("export stubs to %s: %w", dir, err)
		}
	}
	return nil
}

// builtin are LuaLS's names for the standard libraries that the stubs replace.
const builtin = "basic bit32 coroutine debug io math os package string table utf8"

// settings is a .luarc.json for the stubs in a folder.
func settings(dir string) string {
	var b strings.Builder
	b.WriteString("{\n  \"runtime.version\": \"Lua 5.1\",\n  \"runtime.builtin\": {\n")
	for i, name := range strings.Fields(builtin) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "    %q: \"disable\"", name)
	}
	fmt.Fprintf(&b, "\n  },\n  \"workspace.library\": [%s]\n}\n", quoteJSON(filepath.ToSlash(dir)))
	return b.String()
}

// quoteJSON writes a string of JSON.
func quoteJSON(s string) string {
	data, err := json.Marshal(s)
	if err != nil { // cannot be: it is a string
		panic(err)
	}
	return string(data)
}
