package logs

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestLevels(t *testing.T) {
	for spec, want := range map[string]string{
		"":                                      "warn",
		"info":                                  "info",
		"warn,dap=debug,kernel.rpc=off":         "warn,dap=debug,kernel.rpc=off",
		" dap = DEBUG , error ":                 "error,dap=debug",
		"llmspell_kernel::rpc=trace,none":       "off,kernel.rpc=trace",
		"tools[fetch]=trace":                    "warn,tools.fetch=trace",
		"[fetch]=info":                          "warn,fetch=info",
		"dap":                                   "warn,dap=trace",
		"kernel.rpc":                            "warn,kernel.rpc=trace",
		"dap=info,dap=error":                    "warn,dap=error",
		"llmspell_tools=warning,llmspell.x=off": "warn,tools=warn,x=off",
		"llmspell=info,dap=off":                 "info,dap=off",
		"llmspell":                              "trace",
	} {
		l, err := mustLevels(t).Parse(spec)
		if err != nil || l.String() != want {
			t.Errorf("%q is %q, %v; want %q", spec, l.String(), err, want)
		}
		if again, err := mustLevels(t).Parse(l.String()); err != nil || again.String() != want {
			t.Errorf("%q is read back as %q, %v", want, again.String(), err)
		}
	}
	for _, spec := range []string{"loud", "wran", "dap=loud", "=debug", "a b=debug", "tools[x=debug", "tools{a=1}=debug", "info/regex", "dap="} {
		if l, err := mustLevels(t).Parse(spec); err == nil {
			t.Errorf("%q is taken for %q", spec, l.String())
		}
	}
	if _, err := NewLevels("loud", nil); err == nil {
		t.Error("an unknown base is accepted")
	}
	if _, err := NewLevels("info", map[string]string{"dap": "loud"}); err == nil || !strings.Contains(err.Error(), "dap") {
		t.Error(err)
	}
}

func mustLevels(t testing.TB) Levels {
	t.Helper()
	l, err := NewLevels("warn", nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newLog(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// TestUnknown tells which names do nothing.
func TestUnknown(t *testing.T) {
	for spec, want := range map[string][]string{
		"":                              {},
		"debug,llmspell=info,script":    {},
		"dap,kernel.rpc=off,lsp.kernel": {},
		"kernal=debug,dap=info,kernel.rcp=off,Kernel=info": {"Kernel", "kernal", "kernel.rcp"},
		"kernel.rpc.peer=info,llmspell_tools[fetch]=trace": {"kernel.rpc.peer", "tools.fetch"},
	} {
		l, err := mustLevels(t).Parse(spec)
		if err != nil || !slices.Equal(l.Unknown(), want) {
			t.Errorf("%q: %v, %v; want %v", spec, l.Unknown(), err, want)
		}
	}
}

// TestComponentsAreThoseOfTheSource compares the list with what loggers are named in the
// source: a name that is missing there would be called unknown.
func TestComponentsAreThoseOfTheSource(t *testing.T) {
	named := regexp.MustCompile(`(?:\bcomponent|\.Component|\.Named)\("([^"]+)"\)`)
	used := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if !bytes.Contains(text, []byte("omponent(\"")) && !bytes.Contains(text, []byte(".Named(\"")) {
			return err
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			used[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range used {
		if !slices.Contains(Components(), name) {
			t.Errorf("something logs as %q, which Components does not list", name)
		}
	}
	for _, name := range Components() {
		_, last, _ := strings.Cut(name, ".")
		if !used[name] && !used[last] {
			t.Errorf("nothing logs as %q", name)
		}
	}
	if !slices.IsSorted(Components()) {
		t.Error("the list is not sorted")
	}
}

// TestComponents logs by several loggers, and changes levels in between.
func TestComponents(t *testing.T) {
	var out bytes.Buffer
	l := newLog(t, Options{Level: "warn", Components: map[string]string{"kernel": "info", "kernel.rpc": "off"}, Spec: "dap=trace", Stderr: &out})
	loggers := map[string]*zap.Logger{
		"":                l.Component(""),
		"dap":             l.Component("dap"),
		"kernel":          l.Component("kernel"),
		"kernel.session":  l.Component("kernel").Named("session"),
		"kernel.rpc":      l.Component("kernel").Named("rpc").With(zap.Int("n", 1)),
		"kernel.rpc.conn": l.Component("kernel.rpc.conn"),
		"other":           l.Component("").Named("other"),
		"dapper":          l.Component("dapper"),
	}
	logged := func() string {
		out.Reset()
		var got []string
		for _, name := range []string{"", "dap", "kernel", "kernel.session", "kernel.rpc", "kernel.rpc.conn", "other", "dapper"} {
			lowest := "off"
			for _, level := range []zapcore.Level{zapcore.ErrorLevel, zapcore.WarnLevel, zapcore.InfoLevel, zapcore.DebugLevel, TraceLevel} {
				before := out.Len()
				loggers[name].Log(level, "x")
				if out.Len() > before {
					lowest = levelName(level)
				}
			}
			got = append(got, lowest)
		}
		return strings.Join(got, " ")
	}
	if got, want := logged(), "warn trace info info off off warn warn"; got != want {
		t.Errorf("logged %s, want %s", got, want)
	}
	if err := l.SetLevels("error,kernel.rpc.conn=debug,dap=off"); err != nil {
		t.Fatal(err)
	}
	if got, want := logged(), "error off info info off debug error error"; got != want {
		t.Errorf("logged %s, want %s", got, want)
	}
	if err := l.SetLevels("dap=loud"); err == nil || l.Levels() != "error,dap=off,kernel=info,kernel.rpc=off,kernel.rpc.conn=debug" {
		t.Errorf("%v, %s", err, l.Levels())
	}
	if err := l.Apply(Options{Level: "debug", Stderr: &out, Format: "json"}); err != nil {
		t.Fatal(err)
	}
	if got, want := logged(), "debug debug debug debug debug debug debug debug"; got != want || !strings.Contains(out.String(), `"logger":"kernel.rpc","msg":"x","n":1`) {
		t.Errorf("logged %s, want %s\n%s", got, want, out.String())
	}
	if err := l.Apply(Options{Format: "xml"}); err == nil || l.Levels() != "debug" {
		t.Errorf("%v, %s", err, l.Levels())
	}
}

func TestFormats(t *testing.T) {
	for _, format := range append(Formats(), "") {
		var out bytes.Buffer
		l := newLog(t, Options{Level: "trace", Format: format, Stderr: &out})
		l.Component("a.b").Log(TraceLevel, "hello", zap.String("k", "v"))
		for _, part := range []string{"a.b", "hello", "v"} {
			if !strings.Contains(out.String(), part) || !strings.Contains(strings.ToLower(out.String()), "trace") || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("%s: %q", format, out.String())
			}
		}
		if strings.Contains(out.String(), "\x1b") != (format == "pretty") {
			t.Errorf("%s: %q", format, out.String())
		}
	}
	t.Setenv("NO_COLOR", "1")
	var out bytes.Buffer
	newLog(t, Options{Format: "pretty", Stderr: &out}).Component("").Error("x")
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("%q", out.String())
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return string(data)
}

func lines(t *testing.T, f *File, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if n, err := fmt.Fprintf(f, "line %03d\n", i); n != 9 || err != nil {
			t.Fatal(n, err)
		}
	}
}

func TestRotation(t *testing.T) {
	for _, compress := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "sub", "log")
		f, err := OpenFile(path, Rotation{Size: 27, Count: 2, Compress: compress}, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		lines(t, f, 0, 11)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		suffix := ""
		if compress {
			suffix = ".gz"
		}
		for name, want := range map[string]string{path: "line 009\nline 010\n", path + ".1" + suffix: "line 006\nline 007\nline 008\n", path + ".2" + suffix: "line 003\nline 004\nline 005\n"} {
			if got := read(t, name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
			if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		// It goes on where it was, and fewer are kept.
		f, err = OpenFile(path, Rotation{Size: 27, Count: 1}, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		lines(t, f, 11, 13)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 2 {
			t.Errorf("left: %v, %v", entries, err)
		}
		if got := read(t, path+".1"); got != "line 009\nline 010\nline 011\n" {
			t.Errorf("%q", got)
		}
	}
}

func TestRotationKeepsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := OpenFile(path, Rotation{Size: 18}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines(t, f, 0, 5)
	if got := read(t, path); got != "line 004\n" {
		t.Errorf("%q", got)
	}
}

// TestPutAsideByOthers is what logrotate does, with and without telling us.
func TestPutAsideByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := OpenFile(path, Rotation{Size: 36, Count: 1}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines(t, f, 0, 2)
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	lines(t, f, 2, 3)
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	lines(t, f, 3, 5)
	if got := read(t, path+".old") + "|" + read(t, path); got != "line 000\nline 001\nline 002\n|line 003\nline 004\n" {
		t.Errorf("%q", got)
	}
	if err := os.Rename(path, path+".older"); err != nil {
		t.Fatal(err)
	}
	lines(t, f, 5, 8) // the third would be too many: it is seen that the file has gone
	if got := read(t, path+".older") + "|" + read(t, path); got != "line 003\nline 004\nline 005\nline 006\n|line 007\n" {
		t.Errorf("%q", got)
	}
}

// TestCannotWrite takes the folder away, and gives it back.
func TestCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	path := filepath.Join(dir, "log")
	var told bytes.Buffer
	f, err := OpenFile(path, Rotation{}, &told)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines(t, f, 0, 1)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // no folder can be there
		t.Fatal(err)
	}
	if err := f.Reopen(); err == nil {
		t.Error("a file is opened below a file")
	}
	lines(t, f, 1, 4)
	if n := strings.Count(told.String(), "cannot be written"); n != 1 {
		t.Errorf("it was told %d times: %s", n, told.String())
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	lines(t, f, 4, 5)
	if got := read(t, path); got != "# 3 lines of the log were lost: they could not be written\nline 004\n" {
		t.Errorf("%q", got)
	}
	if _, err := OpenFile(filepath.Join(path, "x"), Rotation{}, &told); err == nil {
		t.Error("a file is opened below a file")
	}
}

// TestConcurrently logs, rotates, reopens and reloads at the same time. No line is
// lost, or torn.
func TestConcurrently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	o := Options{Level: "info", Format: "json", File: path, Rotation: Rotation{Size: 4 << 10, Count: 1000}, Stderr: t.Output()}
	l := newLog(t, o)
	var wg sync.WaitGroup
	const writers, each = 8, 200
	for w := range writers {
		wg.Go(func() {
			log := l.Component(fmt.Sprintf("c%d", w))
			for i := range each {
				log.Info("x", zap.Int("i", i))
				log.Debug("never")
			}
		})
	}
	for range 20 {
		if err := l.Reopen(); err != nil {
			t.Error(err)
		}
		if err := l.SetLevels("c1=info"); err != nil {
			t.Error(err)
		}
		if err := l.Apply(o); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.Component("late").Error("nowhere")
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		for _, line := range strings.Split(strings.TrimSuffix(read(t, file), "\n"), "\n") {
			if !strings.HasPrefix(line, `{"level":"info"`) || !strings.HasSuffix(line, "}") {
				t.Errorf("%s: %q", file, line)
			}
			n++
		}
	}
	if n != writers*each || len(files) < 10 {
		t.Errorf("%d lines in %d files, want %d", n, len(files), writers*each)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"warn,dap=debug,kernel.rpc=off", "a[b]=trace", "a::b=info,,", "=", "[]=off", "dap=info=x", "[\n]", "llmspell.llmspell_dap=off"} {
		f.Add(s)
	}
	base := mustLevels(f)
	f.Fuzz(func(t *testing.T, spec string) {
		l, err := base.Parse(spec)
		if err != nil {
			return
		}
		again, err := base.Parse(l.String())
		if err != nil || again.String() != l.String() {
			t.Errorf("%q becomes %q, which becomes %q, %v", spec, l.String(), again.String(), err)
		}
	})
}

func BenchmarkDisabled(b *testing.B) {
	for name, spec := range map[string]string{"AllAbove": "warn", "OthersBelow": "warn,dap=debug"} {
		b.Run(name, func(b *testing.B) {
			log := newLog(b, Options{Spec: spec, Stderr: io.Discard}).Component("kernel")
			for b.Loop() {
				log.Debug("x")
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			log := newLog(b, Options{Level: "info", Format: format, Stderr: io.Discard}).Component("kernel")
			b.ReportAllocs()
			for b.Loop() {
				log.Info("execution ended", zap.String("script", "a.lua"), zap.Int("n", 3))
			}
		})
	}
	b.Run("file", func(b *testing.B) {
		log := newLog(b, Options{Level: "info", File: filepath.Join(b.TempDir(), "log"), Rotation: Rotation{Size: 1 << 20, Count: 2}}).Component("kernel")
		for b.Loop() {
			log.Info("execution ended", zap.String("script", "a.lua"), zap.Int("n", 3))
		}
	})
}

// The component script is that of scripts, whatever runs them.
func TestScriptComponent(t *testing.T) {
	var out bytes.Buffer
	l := newLog(t, Options{Level: "warn", Spec: "script=debug,dap.script=error", Stderr: &out})
	l.Component("kernel").Named("script").Debug("one")
	l.Component("kernel").Debug("no")
	l.Component("dap").Named("script").Warn("no")
	l.Component("kernel.rpc").Named("script").Debug("two")
	if got := out.String(); !strings.Contains(got, "one") || !strings.Contains(got, "two") || strings.Contains(got, "no\n") {
		t.Error(got)
	}
}
