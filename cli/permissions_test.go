//go:build unix

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// outside makes a folder that no sandbox allows by itself, with a script folder
// beside it, and makes a third one the temp folder.
func outside(t *testing.T) (scripts, out string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	scripts, out = filepath.Join(dir, "scripts"), filepath.Join(dir, "out, my")
	for _, d := range []string{scripts, out, filepath.Join(dir, "temp")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "temp"))
	t.Setenv("LLMSPELL_TEST_SECRET", "s3cret")
	t.Chdir(scripts)
	for name, text := range map[string]string{"data": "outside\n", "module.lua": "return 'module'", "it's": "quoted"} {
		if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(out, filepath.Join(scripts, "link")); err != nil {
		t.Fatal(err)
	}
	return scripts, out
}

// allowing finds the flag that a denial names, and reads it as a shell does.
func allowing(stderr string) string {
	_, text, ok := strings.Cut(stderr, "; allow it with ")
	text, _, _ = strings.Cut(text, "\n")
	if !ok {
		return ""
	}
	var out strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'':
			quoted = !quoted
		case c == '\\' && !quoted:
			i++
			out.WriteByte(text[i])
		case c == ' ' && !quoted:
			return out.String()
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// TestDenialsNameTheirFlag: each denial names exactly the flag with which the
// script works, in one step for each permission that it needs.
func TestDenialsNameTheirFlag(t *testing.T) {
	_, out := outside(t)
	q := func(name string) string { return fmt.Sprintf("%q", filepath.Join(out, name)) }
	for name, c := range map[string]struct {
		source string
		steps  int
	}{
		"io.open":           {`io.write(assert(io.open(` + q("data") + `)):read("*a"))`, 1},
		"a quoted name":     {`io.write(assert(io.open(` + q("it's") + `)):read("*a"))`, 1},
		"a relative name":   {`io.write(assert(io.open("../out, my/data")):read("*a"))`, 1},
		"through a link":    {`io.write(assert(io.open("link/data")):read("*a"))`, 1},
		"io.open w":         {`assert(io.open(` + q("new") + `, "w")):write("x")`, 1},
		"io.open a":         {`assert(io.open(` + q("data2") + `, "a")):write("x")`, 1},
		"io.open r+":        {`assert(io.open(` + q("data") + `, "r+")):write("x")`, 2},
		"io.open w+":        {`assert(io.open(` + q("new2") + `, "w+")):write("x")`, 2},
		"a link, to write":  {`assert(io.open("link/new3", "w")):write("x")`, 1},
		"io.lines":          {`for l in io.lines(` + q("data") + `) do print(l) end`, 1},
		"io.input":          {`io.input(` + q("data") + `) print(io.read())`, 1},
		"io.output":         {`io.output(` + q("new4") + `) io.write("x")`, 1},
		"os.remove":         {`io.open("link/x", "r") local ok, e = os.remove(` + q("data3") + `) if not ok and e:find("denied") then error(e, 0) end`, 1},
		"os.rename":         {`assert(os.rename(` + q("module2.lua") + `, ` + q("module3.lua") + `))`, 3},
		"os.rename in":      {`assert(os.rename(` + q("module2.lua") + `, "taken"))`, 2},
		"os.getenv":         {`print(os.getenv("LLMSPELL_TEST_SECRET"))`, 1},
		"os.execute":        {`assert(os.execute("true") == 0)`, 1},
		"io.popen":          {`print(assert(io.popen("echo hi")):read())`, 1},
		"loadfile":          {`print(assert(loadfile(` + q("module.lua") + `))())`, 1},
		"dofile":            {`print(dofile(` + q("module.lua") + `))`, 1},
		"require":           {`package.path = ` + q("?.lua") + ` print(require("module"))`, 1},
		"a tool":            {`print(Tool.execute("file-operations", {operation = "read", path = ` + q("data") + `}).text)`, 1},
		"a tool that moves": {`Tool.execute("file-operations", {operation = "move", source_path = ` + q("module2.lua") + `, target_path = "moved"})`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(out, "module2.lua"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			args := []string{"run", scriptHere(t, c.source)}
			for step := 0; ; step++ {
				code, stdout, stderr := call(t, "", args...)
				if code == 0 {
					if step != c.steps {
						t.Errorf("%d flags were needed, want %d: %q", step, c.steps, args)
					}
					return
				}
				flag := allowing(stderr)
				if code != exitDenied || flag == "" || step == c.steps {
					t.Fatalf("%q: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
				}
				args = append(args, flag)
			}
		})
	}
	// In the other direction: what was denied did not happen.
	if data, err := os.ReadFile(filepath.Join(out, "it's")); err != nil || string(data) != "quoted" {
		t.Errorf("%q, %v", data, err)
	}
}

// scriptHere writes a script into the working folder.
func scriptHere(t *testing.T, text string) string {
	t.Helper()
	if err := os.WriteFile("script.lua", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return "script.lua"
}

func TestPermissionFlags(t *testing.T) {
	_, out := outside(t)
	read := fmt.Sprintf("assert(io.open(%q)) print('read')", filepath.Join(out, "data"))
	escaped := strings.ReplaceAll(out, ",", ",,")
	for name, c := range map[string]struct {
		source   string
		args     []string
		env      string
		code     int
		expected string // in stdout or stderr
	}{
		"default":                  {read, nil, "", 3, "--allow-read"},
		"its own folder":           {`io.open("made", "w"):write("x") print("wrote")`, nil, "", 0, "wrote"},
		"the temp folder":          {`io.open(os.tmpname(), "w"):write("x") print("wrote")`, nil, "", 0, "wrote"},
		"everything of a kind":     {read, []string{"--allow-read"}, "", 0, "read"},
		"a list":                   {read, []string{"--allow-read=/nowhere," + escaped}, "", 0, "read"},
		"repeated":                 {read, []string{"--allow-read=/nowhere", "--allow-read=" + escaped}, "", 0, "read"},
		"deny wins":                {read, []string{"--allow-read", "--deny-read=" + escaped + "/data"}, "", 3, "is forbidden by --deny-read="},
		"deny all":                 {`assert(io.open("script.lua"))`, []string{"--deny-read"}, "", 3, "--deny-read=/"},
		"deny wins over allow-all": {read, []string{"-A", "--deny-read=" + escaped}, "", 3, "is forbidden by --deny-read="},
		"allow-all":                {read, []string{"--allow-all"}, "", 0, "read"},
		"-A":                       {read + ` print(os.getenv("LLMSPELL_TEST_SECRET"))`, []string{"-A"}, "", 0, "s3cret"},
		"trusted":                  {read, []string{"--sandbox", "trusted"}, "", 0, "read"},
		"safe":                     {`assert(io.open("script.lua"))`, []string{"--sandbox=safe"}, "", 3, "--allow-read=script.lua"},
		"safe, and a module":       {`require("nothing")`, []string{"--sandbox=safe"}, "", 3, "--allow-read=./nothing.lua"},
		"safe, and a temp file":    {`os.tmpname()`, []string{"--sandbox=safe"}, "", 3, "--allow-write="},
		"home":                     {`assert(io.open(os.getenv("HOME") .. "/data")) print("read")`, []string{"--allow-read=~"}, "HOME=" + out, 0, "read"},
		"variable":                 {read, nil, "LLMSPELL_ALLOW_READ=" + escaped, 0, "read"},
		"variable, everything":     {read, nil, "LLMSPELL_ALLOW_READ=true", 0, "read"},
		"older variable":           {read, nil, "LLMSPELL_ALLOW_FILE_ACCESS=true", 0, "read"},
		"older variable, not true": {read, nil, "LLMSPELL_ALLOW_FILE_ACCESS=no", 3, "--allow-read"},
		"older, processes":         {`os.execute("echo ran")`, nil, "LLMSPELL_ALLOW_PROCESS_SPAWN=1", 0, "ran"},
		"profile variable":         {read, nil, "LLMSPELL_SANDBOX=trusted", 0, "read"},
		"flags win":                {read, []string{"--sandbox=safe"}, "LLMSPELL_ALLOW_READ=true", 3, "--allow-read"},
		"flags win over a list":    {read, []string{"--allow-read=/nowhere"}, "LLMSPELL_ALLOW_READ=true", 3, "--allow-read"},
		"wrong profile":            {read, []string{"--sandbox=open"}, "", 2, "safe, restricted or trusted"},
		"wrong profile variable":   {read, nil, "LLMSPELL_SANDBOX=open", 2, "safe, restricted or trusted"},
		"contradiction":            {read, []string{"-A", "--sandbox=safe"}, "", 2, "contradict"},
		"empty entry":              {read, []string{"--allow-read=a,"}, "", 2, "an entry is empty"},
		"empty list":               {read, []string{"--allow-read="}, "", 2, "an entry is empty"},
		"malformed entry":          {read, []string{"--allow-env=A=b"}, "", 2, "contains ="},
		"uncaught tool error":      {`Tool.execute("calculator", {input = "1 +"})`, nil, "", 6, "calculator"},
		"a variable that is unset": {`print(os.getenv("LLMSPELL_TEST_UNSET"))`, nil, "", 0, "nil"},
		"a harmless variable":      {`print(#os.getenv("PATH") > 0)`, nil, "", 0, "true"},
		"the code of a denial":     {`print(select(3, io.open("/etc/passwd")), select("#", os.execute()), os.execute())`, nil, "", 0, "13\t1\t0"},
		"a shell that may be used": {`print(os.execute())`, []string{"--allow-run=sh"}, "", 0, "1"},
		"a child's environment":    {`os.execute("echo [$LLMSPELL_TEST_SECRET]")`, []string{"--allow-run=sh"}, "", 0, "[]"},
		"an allowed variable":      {`os.execute("echo [$LLMSPELL_TEST_SECRET]")`, []string{"--allow-run=sh", "--allow-env=LLMSPELL_*"}, "", 0, "[s3cret]"},
	} {
		t.Run(name, func(t *testing.T) {
			if variable, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(variable, value)
			}
			code, stdout, stderr := call(t, "", append([]string{"run", scriptHere(t, c.source)}, c.args...)...)
			if code != c.code || !strings.Contains(stdout+stderr, c.expected) {
				t.Errorf("exit %d, want %d\nstdout %q\nstderr %q; want %q", code, c.code, stdout, stderr, c.expected)
			}
			if strings.Contains(stderr, "s3cret") {
				t.Errorf("the error shows a secret: %q", stderr)
			}
		})
	}
}

// The same flags work for each command that runs scripts.
func TestPermissionsOfCommands(t *testing.T) {
	_, out := outside(t)
	read := fmt.Sprintf("assert(io.open(%q))", filepath.Join(out, "data"))
	file := scriptHere(t, read)
	for name, args := range map[string][]string{
		"run": {"run", file}, "exec": {"exec", read}, "debug": {"debug", "--batch", file}, "headless": {"dap", "--headless", file},
		"coverage": {"run", file, "--coverage", "lcov:cover"}, "debuggable": {"run", file, "--debug-listen", "127.0.0.1:0"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := call(t, "", args...)
			if want := "; allow it with '--allow-read=" + strings.ReplaceAll(out, ",", ",,"); code != exitDenied || !strings.Contains(stderr, want) {
				t.Errorf("exit %d, stderr %q; want 3 and %q", code, stderr, want)
			}
			if code, _, stderr := call(t, "", append(args, "--allow-read="+strings.ReplaceAll(out, ",", ",,"))...); code != 0 {
				t.Errorf("allowed: exit %d, stderr %q", code, stderr)
			}
			if code, _, stderr := call(t, "", append(args, "--sandbox", "none")...); code != exitUsage {
				t.Errorf("a wrong flag: exit %d, stderr %q", code, stderr)
			}
		})
	}
	code, stdout, _ := call(t, "", "run", "--help")
	for _, want := range []string{"Permissions:", "--allow-read", "--deny-db", "LLMSPELL_SANDBOX", "--allow-all"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("the help does not mention %s", want)
		}
	}
}

// Attacks by way of Lua's own libraries.
func TestLibrariesAreGuarded(t *testing.T) {
	scripts, out := outside(t)
	if err := os.WriteFile(filepath.Join(scripts, "inside.lua"), []byte("return 'inside'"), 0o644); err != nil {
		t.Fatal(err)
	}
	source := fmt.Sprintf(`
		local out, up = %q, "../out, my/"
		local function denied(what, ok, message, code)
			if ok or not tostring(message):find("is denied") or (code and code ~= 13) then print(what, ok, message, code) end
		end
		for _, name in ipairs{out .. "/data", up .. "data", "./" .. up .. "data", "link/data", "link/./data", "/proc/self/root" .. out .. "/data",
			"/etc/passwd", "/proc/self/environ", "/dev/fd/0", "..", "/", "//etc/passwd", "/etc/./passwd"} do
			for _, mode in ipairs{"r", "w", "a", "r+", "w+", "a+", "rb", "wx"} do denied("open " .. name, io.open(name, mode)) end
			denied("lines " .. name, pcall(io.lines, name))
			denied("input " .. name, pcall(io.input, name))
			denied("output " .. name, pcall(io.output, name))
			denied("remove " .. name, os.remove(name))
			denied("rename " .. name, os.rename(name, "mine"))
			denied("rename to " .. name, os.rename("inside.lua", name))
			denied("loadfile " .. name, loadfile(name))
			denied("dofile " .. name, pcall(dofile, name))
			denied("read " .. name, pcall(Tool.execute, "file-operations", {operation = "read", path = name}))
		end
		denied("getenv", pcall(os.getenv, "LLMSPELL_TEST_SECRET"))
		denied("execute", pcall(os.execute, "true"))
		denied("popen", io.popen("true"))
		denied("popen w", io.popen("cat", "w"))
		for _, path in ipairs{out .. "/?.lua", up .. "?.lua", "link/?.lua"} do
			package.path = path
			denied("require", pcall(require, "module"))
		end
		package.path = up .. "?.lua;./?.lua"
		print(require("inside"), package.loaded.module)
		denied("a coroutine", coroutine.wrap(function() return io.open(out .. "/data") end)())
		denied("setfenv", setfenv(function() return io.open(out .. "/data") end, {io = io})())
		print(loadfile("."), (loadfile("none.lua")))
		print(io.open("") == nil, io.open("a\0b") == nil, pcall(dofile, "none"))
	`, out)
	code, stdout, stderr := call(t, "", "run", scriptHere(t, source))
	want := "inside\tnil\nnil\tnil\ntrue\ttrue\tfalse\tcannot open none: No such file or directory\n"
	got := regexp.MustCompile(`nil\tcannot [^\t]*: Is a directory\tnil`).ReplaceAllString(stdout, "nil\tnil")
	if code != 0 || got != want {
		t.Errorf("exit %d, stderr %q, printed\n%swant\n%s", code, stderr, stdout, want)
	}
	for file, content := range map[string]string{"data": "outside\n", "module.lua": "return 'module'"} {
		if data, err := os.ReadFile(filepath.Join(out, file)); err != nil || string(data) != content {
			t.Errorf("%s is %q, %v; it must be untouched", file, data, err)
		}
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) != 3 {
		t.Errorf("the folder outside holds %v, %v", entries, err)
	}
}
