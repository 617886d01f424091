package lualib

import (
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestWorkIsCharged gives scripts a budget and expects each long call to be
// stopped by it.
func TestWorkIsCharged(t *testing.T) {
	for _, source := range []string{
		`local t = {} for i = 1, 3000 do t[i] = i end work(2000) table.concat(t, ",")`,
		`local t = {} for i = 1, 3000 do t[i] = -i end work(2000) table.sort(t)`,
		`local t = {} for i = 1, 3000 do t[i] = -i end work(2000) table.sort(t, function(a, b) return a < b end)`,
		`local t = {} for i = 1, 3000 do t[i] = i end work(2000) unpack(t)`,
		`local t = {} for i = 1, 3000 do t[i] = i end work(2000) table.move(t, 1, 3000, 2)`,
		`local t = {} for i = 1, 100000 do t[i] = i end work(2000) table.insert(t, 1, 0)`,
		`local t = {} for i = 1, 100000 do t[i] = i end work(2000) table.remove(t, 1)`,
		`work(2000) table.insert({}, -3000, 0)`,
	} {
		t.Run("", func(t *testing.T) {
			w := newWorld(t)
			budget := 1 << 30
			w.host.Charge = func(L *lua.LState, n int) {
				if budget -= n; budget < 0 {
					L.RaiseError("budget spent")
				}
			}
			w.L.SetGlobal("work", w.L.NewFunction(func(L *lua.LState) int {
				budget = L.CheckInt(1)
				return 0
			}))
			if err := w.run(source); err == nil || !strings.Contains(err.Error(), "budget spent") {
				t.Errorf("%s\nwas not stopped: %v", source, err)
			}
		})
	}
}

// TestAllocationsAreAskedFor forbids anything above a mebibyte.
func TestAllocationsAreAskedFor(t *testing.T) {
	for _, source := range []string{
		`local t, s = {}, ("x"):rep(1000) for i = 1, 2000 do t[i] = s end return table.concat(t)`,
		`return table.concat({"a", "b", "c"}, ("x"):rep(600000))`,
		`return unpack({}, 1, 200000)`,
		`rawset({}, 60000000, 1)`,
		`table.insert({}, 60000000, 1)`,
		`local s = ("x"):rep(600000) print(s, s)`,
		`local s = ("x"):rep(600000) io.write(s, s)`,
		`local f = io.open("big", "w") local s = ("x"):rep(10000) for i = 1, 200 do f:write(s) end f:close()
		 return io.open("big"):read("*a")`,
		`local f = io.open("big", "w") local s = ("x"):rep(10000) for i = 1, 200 do f:write(s) end f:close()
		 return io.open("big"):read("*l")`,
	} {
		t.Run("", func(t *testing.T) {
			w := newWorld(t)
			w.host.Alloc = func(L *lua.LState, n int64) {
				if n > 1<<20 {
					L.RaiseError("not enough memory")
				}
			}
			if err := w.run(source); err == nil || !strings.Contains(err.Error(), "not enough memory") {
				t.Errorf("%s\nwas allowed: %v", source, err)
			}
		})
	}
	// Asking for more than there is costs only what there is.
	w := newWorld(t)
	w.host.Alloc = func(L *lua.LState, n int64) { L.RaiseError("not enough memory") }
	if got := w.output(t, `local f = io.open("small", "w") f:write("abc") f:close() print(io.open("small"):read(2^40))`); got != "abc\n" {
		t.Errorf("read(2^40) of a small file gives %q", got)
	}
}

// writes records each Write.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

func TestOneWriteForEachCall(t *testing.T) {
	w := newWorld(t)
	var out, errs writes
	w.host.Stdout, w.host.Stderr = &out, &errs
	if err := w.run(`
		print("a", 1, nil)
		io.write("b", 2, "\n")
		io.stdout:write("c", 3)
		io.stdout:setvbuf("full")
		io.write("d", "e")
		io.stderr:write("f", "g")
		io.write() io.write("")`); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(out, "|"), "a\t1\tnil\n|b2\n|c3|de"; got != want {
		t.Errorf("writes to stdout: got %q, want %q", got, want)
	}
	if got, want := strings.Join(errs, "|"), "fg"; got != want {
		t.Errorf("writes to stderr: got %q, want %q", got, want)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the client has gone") }

func TestBrokenOutput(t *testing.T) {
	w := newWorld(t)
	var errs writes
	w.host.Stdout, w.host.Stderr = brokenWriter{}, &errs
	if err := w.run(`print("lost") io.stderr:write(tostring(select(2, io.write("x"))))`); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(errs, ""); got != "the client has gone" {
		t.Errorf("io.write on a broken stream answers %q", got)
	}
}

func TestExit(t *testing.T) {
	for source, want := range map[string]int{
		`os.exit()`: 0, `os.exit(3)`: 3, `os.exit(true)`: 0, `os.exit(false)`: 1, `os.exit("4")`: 4, `os.exit(nil)`: 0,
	} {
		w := newWorld(t)
		got := -1
		w.host.Exit = func(L *lua.LState, code int) {
			got = code
			L.RaiseError("exit")
		}
		if err := w.run(source); err == nil || got != want {
			t.Errorf("%s: exit code %d, want %d (error %v)", source, got, want, err)
		}
	}
}
