package lint_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestRefused lets somebody refuse who allows what is below the folder of the script.
func TestRefused(t *testing.T) {
	config := &analysis.Config{Roots: []string{filepath.FromSlash("/proj")}, Refuses: func(script, folder, access, target string) error {
		if access == analysis.RunAccess || access == analysis.EnvAccess && target == "SECRET" {
			return errors.New(access + " is refused")
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(folder, target)
		}
		rel, err := filepath.Rel(filepath.Dir(script), target)
		if access == analysis.EnvAccess || err == nil && filepath.IsLocal(rel) {
			return nil
		}
		return errors.New(access + " is refused")
	}}
	for text, want := range map[string]string{
		`print(io.open("/etc/x"))`:                                           "1:15 refused-path read is refused",
		`print(io.open("/etc/x", "w"))`:                                      "1:15 refused-path write is refused",
		`print(io.open("/etc/x", arg[1]))`:                                   "",
		`print(io.open("../x"))`:                                             "1:15 refused-path read is refused",
		`print(io.open("x/../y"), io.open(arg[1]))`:                          "",
		`dofile("/x.lua")`:                                                   "1:8 refused-path read is refused",
		`print(loadfile("/x.lua"))`:                                          "1:16 refused-path read is refused",
		`for l in io.lines("/x") do print(l) end`:                            "1:19 refused-path read is refused",
		`os.remove("/x")`:                                                    "1:11 refused-path write is refused",
		`os.rename("a", "/x")`:                                               "1:16 refused-path write is refused",
		`local open = io.open print(open("/x"))`:                             "1:33 refused-path read is refused",
		`local io = {open = print} io.open("/x")`:                            "",
		`print(os.getenv("SECRET"), os.getenv("HOME"))`:                      "1:17 refused-variable env is refused",
		`print(os.execute("ls"), os.execute())`:                              "1:7 refused-program run is refused",
		`print(io.popen("ls"))`:                                              "1:7 refused-program run is refused",
		`Tool.execute("file-operations", {operation = "read", path = "/x"})`: "1:61 refused-path read is refused",
		`Tool.execute("file-operations", {operation = "write", path = "/x", input = ""})`:              "1:62 refused-path write is refused",
		`Tool.execute("file-operations", {operation = "copy", source_path = "a", target_path = "/x"})`: "1:87 refused-path write is refused",
		`Tool.execute("file-operations", {operation = "read", path = "a"})`:                            "",
		`Tool.execute("json-processor", {operation = "query", input = "{}", query = "/x"})`:            "",
		`print(io.open("/etc/x")) ---@diagnostic disable-line: refused-path`:                           "",
	} {
		if got := lines(text, check(t, text, config)); want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, wanted %q", text, got, want)
		}
	}
}

// TestModules: a module is looked for where the runtime looks, and wherever else the
// project has it.
func TestModules(t *testing.T) {
	for text, want := range map[string]string{
		`require("nope")`:                                     `1:9 missing-module module 'nope' not found: no file 'nope.lua', no file 'nope/init.lua'`,
		`require("there.modul")`:                              `1:9 missing-module module 'there.modul' not found: no file 'there/modul.lua', no file 'there/modul/init.lua'; did you mean 'there.module'?`,
		`require("there.module") require("module")`:           "",
		`require("string") require("bit32") require(arg[1])`:  "",
		`print(pcall(require, "nope"))`:                       "",
		`print(pcall(function() return require("nope") end))`: "",
		`package.path = "x/?.lua" require("nope")`:            "",
		`local require = print require("nope")`:               "",
	} {
		f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
		g := analysis.NewFile("file:///proj/there/module.lua", "", 1, "return {}")
		if got := lines(text, checkFiles(t, f, g)); want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, wanted %q", text, got, want)
		}
	}
}
