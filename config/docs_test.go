package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/config.md")

const (
	docsFile  = "../docs/config.md"
	docsBegin = "<!-- keys: written by go test ./config -run TestDocs -update -->\n"
	docsEnd   = "<!-- end of keys -->\n"
)

// TestDocs compares the tables in docs/config.md with the struct.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), docsBegin)
	_, tail, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the tables", docsFile)
	}
	want := head + docsBegin + "\n" + keyTables() + docsEnd + tail
	if want == string(data) {
		return
	}
	if !*update {
		t.Fatalf("%s is not up to date: go test ./config -run TestDocs -update", docsFile)
	}
	if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func keyTables() string {
	defaults := map[string]any{}
	for _, v := range (&Loaded{Config: Default()}).Values("") {
		defaults[v.Key] = v.Value
	}
	var b strings.Builder
	top := true
	for _, k := range Keys() {
		if k.Type == "anything" || k.Table && k.Doc == "" && k.Planned && !strings.HasPrefix(k.Path, "providers.") {
			continue // tables whose shape is not fixed
		}
		if k.Table {
			name := strings.ReplaceAll(k.Path, "*", "NAME")
			if k.Doc == "" {
				k.Doc = "one of them"
			}
			fmt.Fprintf(&b, "\n### [%s]\n\n%s%s.%s\n", name, strings.ToUpper(k.Doc[:min(1, len(k.Doc))]), k.Doc[min(1, len(k.Doc)):], notes(k))
			top = true
			continue
		}
		if k.Path == "default_engine" {
			b.WriteString("### At the top\n")
		}
		if top {
			b.WriteString("\n| key | type | default | meaning |\n|---|---|---|---|\n")
			top = false
		}
		def := ""
		if v, ok := defaults[k.Path]; ok && v != nil {
			def = "`" + tomlValue(v) + "`"
		}
		name := k.Path[strings.LastIndexByte(k.Path, '.')+1:]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s%s |\n", strings.ReplaceAll(name, "*", "NAME"), typeCell(k), def, escapeCell(k.Doc), notes(k))
	}
	return strings.TrimLeft(b.String(), "\n") + "\n"
}

func escapeCell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "*", `\*`)
}

func typeCell(k Key) string {
	if len(k.Enum) > 0 {
		return words(k.Enum)
	}
	out := k.Type
	if k.Unit != "" && k.Unit != "bytes" {
		out += " (" + k.Unit + ")"
	}
	switch {
	case k.Min != "" && k.Max != "":
		out += ", " + k.Min + " to " + k.Max
	case k.Min != "" && k.Min != "0":
		out += ", from " + k.Min
	}
	return out
}

// notes are what is to be known of a key beyond its meaning.
func notes(k Key) string {
	var out []string
	if len(k.Aliases) > 0 {
		out = append(out, "also `"+strings.Join(k.Aliases, "`, `")+"`")
	}
	if !k.Table {
		for _, name := range k.Env {
			if name != "LLMSPELL_"+strings.ToUpper(strings.ReplaceAll(k.Path, ".", "_")) && !isDerived(k, name) {
				out = append(out, "variable `"+name+"`")
			}
		}
		if k.Live {
			out = append(out, "**live**")
		}
		if p := map[string]string{
			projectNo: "not from a project", projectFalse: "a project can only switch it off", projectLower: "a project can only lower it",
			projectStricter: "a project can only make it stricter", projectAdd: "a project can only add",
		}[k.Project]; p != "" {
			out = append(out, p)
		}
	}
	if k.Secret && !k.Table {
		out = append(out, "masked")
	}
	if k.Planned {
		out = append(out, "not used yet")
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, "; ") + ")"
}

// isDerived tells whether a variable follows from the key's path and aliases.
func isDerived(k Key, name string) bool {
	for _, a := range k.Aliases {
		if strings.HasSuffix(name, "_"+strings.ToUpper(a)) {
			return true
		}
	}
	short := map[string]string{"runtime.state_persistence.": "LLMSPELL_STATE_", "runtime.sessions.": "LLMSPELL_SESSIONS_", "runtime.memory.": "LLMSPELL_MEMORY_", "permissions.": "LLMSPELL_SANDBOX_"}
	for path, prefix := range short {
		if strings.HasPrefix(k.Path, path) && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.HasPrefix(name, "LLMSPELL_LOGGING_")
}
