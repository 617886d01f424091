package kernel

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("waited in vain: %s\n%s", what, buf[:goruntime.Stack(buf, true)])
		}
	}
}

// several opens n sessions of one kernel.
func several(t testing.TB, n int, o Options) (*Kernel, []*Hosted) {
	t.Helper()
	o.NewSession = withTools(t)
	k := New(o)
	t.Cleanup(k.Close)
	var out []*Hosted
	for i := range n {
		h, err := k.Open(SessionOptions{ID: fmt.Sprint("s", i), Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	return k, out
}

// TestCancelInTheQueue: an execution that is cancelled while it waits leaves the
// queue at once.
func TestCancelInTheQueue(t *testing.T) {
	h := session(t, Options{Limits: Limits{MaxQueue: 2}})
	x := start(t, h, "while true do end")
	submit := func() (*Execution, error) { return h.Submit(t.Context(), Request{Code: "ran = (ran or 0) + 1"}) }
	first, err1 := submit()
	second, err2 := submit()
	if _, err := submit(); err1 != nil || err2 != nil || !errors.Is(err, ErrBusy) {
		t.Fatal(err1, err2, err)
	}
	why := errors.New("not wanted any more")
	first.Cancel(why)
	select {
	case <-first.Done():
	default:
		t.Fatal("it is still in the queue")
	}
	if o := first.Outcome(); !errors.Is(o.Err, why) || !o.Started.IsZero() || o.Sequence != 2 {
		t.Errorf("%+v", o)
	}
	if i := h.Info(); i.Queued != 1 || !i.Busy {
		t.Errorf("%+v", i)
	}
	if _, err := submit(); err != nil {
		t.Errorf("its place is taken: %v", err)
	}
	h.Interrupt(false)
	ended(t, x)
	ended(t, second)
	if got := run(t, h, "ran"); got[0] != "2" {
		t.Errorf("ran %v", got)
	}
}

// TestSessionsTakeTurns: one that has queued much does not keep others from
// running.
func TestSessionsTakeTurns(t *testing.T) {
	k, hs := several(t, 3, Options{Limits: Limits{MaxParallel: 1}})
	var mu sync.Mutex
	var order []string
	blocker := start(t, hs[0], "Tool.execute('hang')")
	var all []*Execution
	submit := func(h *Hosted) {
		x, err := h.Submit(t.Context(), Request{Code: "1", Started: func() { mu.Lock(); defer mu.Unlock(); order = append(order, h.ID()) }})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	for range 4 {
		submit(hs[1])
	}
	submit(hs[2])
	submit(hs[2])
	if c := k.Counts(); c.Running != 1 || c.Queued != 6 {
		t.Fatalf("%+v", c)
	}
	hs[0].Interrupt(false)
	ended(t, blocker)
	for _, x := range all {
		ended(t, x)
	}
	if got := strings.Join(order, " "); got != "s1 s2 s1 s2 s1 s1" {
		t.Error(got)
	}
}

// TestSetLimits changes how many executions run at once while they run.
func TestSetLimits(t *testing.T) {
	k, hs := several(t, 6, Options{Limits: Limits{MaxParallel: 2}})
	var all []*Execution
	for _, h := range hs {
		x, err := h.Submit(t.Context(), Request{Code: "Tool.execute('hang')"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	running := func(n int) func() bool { return func() bool { return k.Counts().Running == n } }
	until(t, "two run", running(2))
	k.SetLimits(Limits{MaxParallel: 4})
	until(t, "four run", running(4))
	k.SetLimits(Limits{MaxParallel: 1})
	for i := range 3 {
		hs[i].Interrupt(false)
		ended(t, all[i])
	}
	if c := k.Counts(); c.Running != 1 || c.Queued != 2 {
		t.Errorf("%+v", c)
	}
	k.SetLimits(Limits{MaxParallel: -1})
	until(t, "all run", running(3))
	if l := k.Limits(); l.MaxParallel != -1 || l.MaxQueue != DefaultLimits().MaxQueue {
		t.Errorf("%+v", l)
	}
}

func TestDrain(t *testing.T) {
	k, hs := several(t, 2, Options{})
	x := start(t, hs[0], "local n = 0 while not go do n = n + 1 end return 'ended by itself'")
	queued, err := hs[0].Submit(t.Context(), Request{Code: "'queued'"})
	if err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() { k.Drain(context.Background()); close(drained) }()
	until(t, "no new work is taken", func() bool {
		_, err := hs[1].Submit(t.Context(), Request{Code: "1"})
		return errors.Is(err, ErrShutdown)
	})
	select {
	case <-drained:
		t.Fatal("it did not wait")
	default:
	}
	if err := hs[0].Session().State().Do(t.Context(), func(L *lua.LState) { L.SetGlobal("go", lua.LTrue) }); err != nil {
		t.Fatal(err)
	}
	<-drained
	if o := ended(t, x); o.Err != nil || o.Texts[0] != "ended by itself" {
		t.Errorf("%+v", o)
	}
	if o := ended(t, queued); o.Err != nil || o.Texts[0] != "queued" {
		t.Errorf("%+v", o)
	}
	k.Drain(context.Background())
	k.Close()
}

func TestDrainEnds(t *testing.T) {
	k, hs := several(t, 1, Options{})
	x := start(t, hs[0], "while true do pcall(Tool.execute, 'stubborn') end")
	queued, err := hs[0].Submit(t.Context(), Request{Code: "1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	k.Drain(ctx)
	for _, x := range []*Execution{x, queued} {
		if o := ended(t, x); !errors.Is(o.Err, ErrShutdown) {
			t.Errorf("%v", o.Err)
		}
	}
}

func TestClose(t *testing.T) {
	var closed []string
	k, hs := several(t, 1, Options{Closed: func(h *Hosted) {
		if i := h.Info(); i.Busy || i.Queued > 0 {
			t.Errorf("%+v", i)
		}
		closed = append(closed, h.ID())
	}})
	h := hs[0]
	x := start(t, h, "while true do end")
	queued, err := h.Submit(t.Context(), Request{Code: "1"})
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	h.Close()
	for _, x := range []*Execution{x, queued} {
		if o := ended(t, x); !errors.Is(o.Err, ErrClosed) {
			t.Errorf("%v", o.Err)
		}
	}
	if _, err := h.Submit(t.Context(), Request{Code: "1"}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := k.Session(h.ID()); !errors.Is(err, ErrNoSession) || len(closed) != 1 {
		t.Error(err, closed)
	}
	if _, err := k.Open(SessionOptions{ID: h.ID(), Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
}

// TestIdleSessionsAreClosed, but not those that run something, are held or used.
func TestIdleSessionsAreClosed(t *testing.T) {
	const limit = 50 * time.Millisecond
	k, hs := several(t, 4, Options{})
	idle, busy, held, used := hs[0], hs[1], hs[2], hs[3]
	x := start(t, busy, "Tool.execute('hang')")
	release := held.Hold()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(limit / 25):
				_, _ = used.Complete(context.Background(), "pri", 3)
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	k.SetLimits(Limits{IdleTimeout: limit})
	<-idle.Done()
	if _, err := idle.Submit(t.Context(), Request{Code: "1"}); !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "idle_timeout") {
		t.Error(err)
	}
	for _, h := range []*Hosted{busy, held} {
		for range 2 {
			// Its timer fires, and finds it in use.
			before := lastUse(h)
			until(t, "the session is looked at", func() bool { return lastUse(h) != before })
		}
		if _, err := k.Session(h.ID()); err != nil {
			t.Error(err)
		}
	}
	if _, isBusy := k.IdleSince(); !isBusy {
		t.Error("the kernel says that it is idle")
	}
	busy.Interrupt(false)
	ended(t, x)
	release()
	release()
	<-busy.Done()
	<-held.Done()
	if since, isBusy := k.IdleSince(); isBusy || time.Since(since) > patience {
		t.Error(since, isBusy)
	}
	k.SetLimits(Limits{IdleTimeout: -1})
}

// lastUse is when a session counts as used for the last time.
func lastUse(h *Hosted) time.Time {
	h.kernel.mu.Lock()
	defer h.kernel.mu.Unlock()
	return h.last
}

// TestIdleSessionsCostNothing: no goroutine, and little memory.
func TestIdleSessionsCostNothing(t *testing.T) {
	before := goruntime.NumGoroutine()
	k := New(Options{Limits: Limits{IdleTimeout: time.Hour}})
	defer k.Close()
	dir := t.TempDir()
	held := heap()
	for range 100 {
		h, err := k.Open(SessionOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		run(t, h, "x = 1")
	}
	until(t, "no goroutine is left", func() bool { return goruntime.NumGoroutine() <= before })
	each := (int64(heap()) - int64(held)) / 100
	t.Logf("%d bytes for a session", each)
	if each > 500<<10 {
		t.Errorf("a session holds %d bytes", each)
	}
}

// TestParallelSessions runs sessions side by side that share services.
func TestParallelSessions(t *testing.T) {
	_, hs := several(t, 8, Options{})
	var wg sync.WaitGroup
	for i, h := range hs {
		wg.Go(func() {
			for n := range 50 {
				code := fmt.Sprintf(`mine = %d for i = 1, 1000 do assert(mine == %d) end
					local r = Tool.execute("calculator", {input = "%d * 2"}) return r.result.result or r.result, mine`, i, i, n)
				x, err := h.Submit(context.Background(), Request{Code: code})
				if err != nil {
					t.Error(err)
					return
				}
				if o := x.Outcome(); o.Err != nil || o.Texts[1] != fmt.Sprint(i) {
					t.Errorf("%+v", o)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestOutputIsInOrder, also when it is much, on both streams.
func TestOutputIsInOrder(t *testing.T) {
	h := session(t, Options{})
	var got []string
	o := outcome(t, h, Request{Code: "for i = 1, 2000 do print(i) io.stderr:write(i, '\\n') end", Output: func(s Stream, p []byte) { got = append(got, string(s)+string(p)) }})
	text := strings.Join(got, "")
	var want strings.Builder
	for i := 1; i <= 2000; i++ {
		fmt.Fprintf(&want, "stdout%d\n", i)
	}
	only := strings.Join(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.HasPrefix(s, "stdout") }), "")
	if o.Err != nil || only != want.String() || !strings.Contains(text, "2000\n") {
		t.Errorf("%v, %d pieces", o.Err, len(got))
	}
}
