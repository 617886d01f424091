package profile_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	pprof "github.com/google/pprof/profile"
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/profile"
)

// period is that of the profiles here.
const period = 5 * time.Millisecond

// profiled runs a script with a profile. The script sees enough(), which is
// true once n periods were counted, and nap(), a Go function that takes n periods.
func profiled(t *testing.T, script string, n int64) *profile.Profile {
	t.Helper()
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	p := profile.Start(st, int(time.Second/period))
	defer p.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	st.L.SetGlobal("enough", st.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LBool(p.Samples() >= n))
		return 1
	}))
	st.L.SetGlobal("nap", st.L.NewFunction(func(L *lua.LState) int {
		time.Sleep(time.Duration(n) * period)
		return 0
	}))
	fn, err := st.LoadString(strings.TrimPrefix(script, "\n"), "@main.lua", "/src/main.lua")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Call(ctx, fn); err != nil {
		t.Fatal(err)
	}
	return p
}

// settles profiles a script for n periods, and longer if what comes of that is not as
// it should be: chance has a part in where periods fall, and a busy machine lets many
// pass at once. check tells what is wrong.
func settles(t *testing.T, script string, n int64, check func(*profile.Profile) string) {
	t.Helper()
	for {
		problem := check(profiled(t, script, n))
		if problem == "" {
			return
		}
		if n *= 4; n > 5000 {
			t.Error(problem)
			return
		}
		t.Logf("once more, for %d periods: %s", n, problem)
	}
}

// folded returns the periods of each folded stack.
func folded(t *testing.T, p *profile.Profile) map[string]int {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteFolded(&b); err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		i := strings.LastIndexByte(line, ' ')
		n, err := strconv.Atoi(line[i+1:])
		if err != nil || n < 1 {
			t.Fatalf("the line %q does not end in a number of periods", line)
		}
		out[line[:i]] = n
	}
	return out
}

func parsed(t *testing.T, p *profile.Profile) *pprof.Profile {
	t.Helper()
	var b bytes.Buffer
	if err := p.WritePprof(&b); err != nil {
		t.Fatal(err)
	}
	out, err := pprof.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const hot = `
local x = 0
local function hot(n)
  for i = 1, n do
    x = x + i * i % 7
  end
end
local function cold() return x end
while not enough() do
  hot(5000)
  cold()
end
`

func TestHotFunction(t *testing.T) {
	settles(t, hot, 40, func(p *profile.Profile) string { return hotFunction(t, p) })
}

func hotFunction(t *testing.T, p *profile.Profile) string {
	out := parsed(t, p)
	lines, total := map[int64]int64{}, int64(0)
	for _, s := range out.Sample {
		at := s.Location[0].Line[0]
		if s.Value[1] != s.Value[0]*out.Period {
			t.Errorf("%d samples are %d ns, want %d each", s.Value[0], s.Value[1], out.Period)
		}
		total += s.Value[0]
		if at.Function.Name != "hot" {
			continue
		}
		lines[at.Line] += s.Value[0]
		if fn := at.Function; fn.Filename != "/src/main.lua" || fn.StartLine != 2 {
			t.Errorf("hot is at %s:%d, want /src/main.lua:2", fn.Filename, fn.StartLine)
		}
		if main := s.Location[1].Line[0]; main.Function.Name != "main.lua:main chunk" || main.Line != 9 {
			t.Errorf("hot is called by %s at line %d, want the main chunk at 9", main.Function.Name, main.Line)
		}
	}
	if total < 40 || lines[3]+lines[4] < total*9/10 || lines[4] < lines[3] {
		return fmt.Sprintf("lines of hot %v of %d samples in all, want nearly all at 3 and most of these at 4", lines, total)
	}
	if got := folded(t, p)["main.lua:main chunk;hot"]; int64(got) < total*9/10 {
		return fmt.Sprintf("%d of %d folded samples in hot:\n%v", got, total, folded(t, p))
	}
	return ""
}

func TestPprofOpensIt(t *testing.T) {
	p := profiled(t, hot, 20)
	file := filepath.Join(t.TempDir(), "cpu.pb.gz")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.WritePprof(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ flag, want string }{
		{"-top", "100%  main.lua:main chunk"}, {"-raw", "/src/main.lua:4:0 s=2"}, {"-traces", "hot"},
	} {
		out, err := exec.Command("go", "tool", "pprof", tt.flag, file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("go tool pprof %s: %v, %q is missing in\n%s", tt.flag, err, tt.want, out)
		}
	}
}

// TestGoCall: the periods that a Go function takes are all counted, for its call.
func TestGoCall(t *testing.T) {
	const stack = "main.lua:main chunk;rest;[Go] nap"
	settles(t, `
local function rest()
  nap()
  return 1
end
rest()
`, 60, func(p *profile.Profile) string {
		out := parsed(t, p)
		for _, s := range out.Sample {
			if len(s.Location) == 3 && (s.Location[1].Line[0].Line != 2 || s.Location[2].Line[0].Line != 5) {
				t.Errorf("the nap is at lines %d and %d, want 2 and 5", s.Location[1].Line[0].Line, s.Location[2].Line[0].Line)
			}
		}
		got, all := folded(t, p)[stack], out.DurationNanos/out.Period
		if int64(got) > all+2 { // of a nap that a busy machine makes longer, too
			t.Errorf("%d periods of a nap in %d in all: %v", got, all, folded(t, p))
		}
		if got < 30 || int64(got) < all/2 {
			return fmt.Sprintf("%d periods of a nap, want nearly all of %d: %v", got, all, folded(t, p))
		}
		return ""
	})
}

func TestStacks(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"coroutine", `
local co = coroutine.wrap(function()
  local function deep() local n = 0 for i = 1, 3000 do n = n + i end return n end
  while not enough() do deep() end
end)
co()
`, "main.lua:main chunk;[Go] co;main.lua:(anonymous:1);deep"},
		{"called by a library function", `
local function slow(a, b) local n = 0 for i = 1, 3000 do n = n + i end return a < b end
while not enough() do table.sort({3, 1, 2}, slow) end
`, "main.lua:main chunk;[Go] sort;slow"},
		{"method", `
local T = {}
function T.new() return setmetatable({}, {__index = T}) end
function T:work() local n = 0 for i = 1, 3000 do n = n + i end end
local t = T.new()
while not enough() do t:work() end
`, "main.lua:main chunk;T.work"},
		{"loaded text", `
local f = load("local n = 0 for i = 1, 3000 do n = n + i end", "=text; of\nmine")
while not enough() do f() end
`, "main.lua:main chunk;text, of mine:main chunk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settles(t, tt.script, 10, func(p *profile.Profile) string {
				if got := folded(t, p); got[tt.want] == 0 {
					return fmt.Sprintf("no sample of %q: %v", tt.want, got)
				}
				return ""
			})
		})
	}
}

// TestDeepStack: what is deep is cut, and costs little.
func TestDeepStack(t *testing.T) {
	settles(t, `
local function down(n)
  if n > 0 then return 1 + down(n - 1) end
  while not enough() do end
  return 0
end
down(30000)
`, 10, func(p *profile.Profile) string {
		for stack := range folded(t, p) {
			if !strings.HasPrefix(stack, "(more frames);down;down;") {
				continue
			}
			if n := strings.Count(stack, ";"); n != 500 {
				t.Errorf("%d frames of a deep stack, want 500", n)
			}
			return ""
		}
		return "no stack is cut"
	})
}

func TestSuspend(t *testing.T) {
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := profile.Start(st, 1000)
	p.Suspend()
	fn, err := st.LoadString("local t = os.clock() while os.clock() - t < 0.05 do end", "=busy", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Call(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
	if n := p.Samples(); n != 0 {
		t.Errorf("%d samples while suspended", n)
	}
	p.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	st.L.SetGlobal("sampled", st.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LBool(p.Samples() > 0))
		return 1
	}))
	until, err := st.LoadString("while not sampled() do end", "=busy", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Call(ctx, until); err != nil {
		t.Fatalf("no sample after Resume: %v", err)
	}
	p.Stop()
	n := p.Samples()
	if _, err := st.Call(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
	if p.Samples() != n {
		t.Error("samples are taken after Stop")
	}
	st.Close()
	p.Stop() // again, and of a closed state
}
