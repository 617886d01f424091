//go:build unix

package lualib

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFileNamesAreRelativeToDir(t *testing.T) {
	w := newWorld(t)
	if err := w.run(`
		local f = assert(io.open("a.txt", "w")) f:write("hello") f:close()
		assert(os.rename("a.txt", "b.txt"))
		assert(not io.open("a.txt"))
		assert(io.open("b.txt")):close()
		for l in io.lines("b.txt") do assert(l == "hello") end
		io.output("c.txt") io.write("out") io.close()
		assert(os.remove("b.txt"))`); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(w.host.Dir, "c.txt")); err != nil || string(data) != "out" {
		t.Errorf("c.txt in the Host's folder: %q, %v", data, err)
	}
	if got := w.output(t, `print(select(2, io.open("no/such")), (select(2, os.remove("none"))))`); got != "no/such: No such file or directory\tnone: No such file or directory\n" {
		t.Errorf("messages name the file as %q", got)
	}
}

func TestSetenvStaysInTheState(t *testing.T) {
	w := newWorld(t)
	w.host.LookupEnv = func(name string) (string, bool) {
		if name == "PATH" {
			return os.LookupEnv(name)
		}
		return "host", name == "FROM_HOST"
	}
	got := w.output(t, `
		print(os.getenv("LUALIB_TEST"), os.getenv("FROM_HOST"), os.getenv("HOME"))
		print(os.setenv("LUALIB_TEST", "set"), os.getenv("LUALIB_TEST"))
		print(io.popen("echo $LUALIB_TEST-$HOME-"):read())
		print(os.setenv("a=b", "x"))`)
	if want := "nil\thost\tnil\ntrue\tset\nset--\nnil\ta=b: Invalid argument\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, ok := os.LookupEnv("LUALIB_TEST"); ok {
		t.Error("os.setenv changed the process's environment")
	}
}

func TestExecute(t *testing.T) {
	w := newWorld(t)
	if err := w.run(`status = os.execute("pwd; echo err >&2; exit 3") os.execute("seq 1 20000")`); err != nil {
		t.Fatal(err)
	}
	dir, rest, _ := strings.Cut(w.stdout.String(), "\n")
	if want, _ := filepath.EvalSymlinks(w.host.Dir); dir != want && dir != w.host.Dir {
		t.Errorf("the command ran in %q, want %q", dir, w.host.Dir)
	}
	if w.stderr.String() != "err\n" || !strings.HasSuffix(rest, "\n20000\n") {
		t.Errorf("output went elsewhere: stderr %q, stdout of %d bytes", w.stderr.String(), len(rest))
	}
	if got := w.L.GetGlobal("status").String(); got != "768" {
		t.Errorf("status %s, want 768 as from C's system", got)
	}
	// A process left in the background does not hold the script up.
	start := time.Now()
	if got := w.output(t, `print(os.execute("sleep 60 & echo started"))`); got != "started\n0\n" || time.Since(start) > 40*time.Second {
		t.Errorf("got %q after %v", got, time.Since(start))
	}
}

// TestCancelEndsCommands cancels while a script waits for a child process in each
// of the ways it can.
func TestCancelEndsCommands(t *testing.T) {
	for _, source := range []string{
		`cancel() os.execute("sleep 60; echo no > survived")`,
		`cancel() os.execute("sleep 60 & wait")`,
		`local p = io.popen("sleep 60") cancel() print(p:read())`,
		`local p = io.popen("sleep 60") cancel() p:close()`,
		`local p = io.popen("sleep 60", "w") cancel() p:write(("x"):rep(1000000)) p:flush()`,
		`local p = io.popen("sleep 60", "w") cancel() p:close()`,
	} {
		t.Run("", func(t *testing.T) {
			w := newWorld(t)
			w.cancelled(t, 50*time.Millisecond)
			start := time.Now()
			if err := w.run(source); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d > 40*time.Second {
				t.Errorf("%s\nreturned after %v", source, d)
			}
		})
	}
}

func TestTimeNormalises(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // for os.tmpname
	t.Setenv("TZ", "UTC")
	saved := time.Local
	time.Local = time.UTC
	defer func() { time.Local = saved }()
	runPrintCases(t, []printCase{
		{`print(os.time{year=2020, month=1, day=1})`, "1577880000"},
		{`print(os.time{year=2020, month=13, day=32, hour=25, min=61, sec=61})`, "1612231321"},
		{`print(os.time{year=2020, month=0, day=0, hour=0, min=-1, sec=-1})`, "1575071939"},
		{`print(os.time{year="2020", month="0x1", day=" 1 ", hour=0})`, "1577836800"},
		{`print(os.time{year=1970, month=1, day=1, hour=0, sec=-1})`, "nil"},
		{`print(os.time(setmetatable({}, {__index = function(_, k) return k ~= "isdst" and 10 or nil end})))`, "-61827198590"},
		{`print(pcall(os.time, {year=2020, month=1}))`, "false\tfield 'day' missing in date table"},
		{`local d = os.date("*t", 951826245) print(d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst)`, "2000\t2\t29\t12\t10\t45\t3\t60\tfalse"},
		{`print(os.date("!%Y-%m-%d", 1e300), os.date("!%Y", -1e12), pcall(os.date, "%Y", "x"))`, "nil\t-29719\tfalse\tbad argument #2 to '?' (number expected, got string)"},
		{`print(os.clock() >= 0, type(os.tmpname()))`, "true\tstring"},
	})
}
