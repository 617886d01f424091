package rpc

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/tools"
)

// stress is load on a server: clients that behave, and some that do not.
type stress struct {
	r         *rig
	clients   int
	requests  int64           // to make, a tenth of which are bad
	until     time.Time       // zero: when all are made
	made      [2]atomic.Int64 // good and bad ones
	good, bad atomic.Int64
	failed    atomic.Int64
	largest   int    // bytes of the largest messages
	session   string // one that lives longer than the clients, where half of them run
}

// adding is a script that prints its first argument and returns the sum; no two are the
// same, as those of people are not.
func adding(n uint64) string {
	return fmt.Sprintf("-- %016x\nlocal function add(a, b) return a + b + 0x%08x - 0x%08x end\nlocal a, b = ...; print(a); return add(a, b)", n, uint32(n), uint32(n))
}

// more takes one of the requests that are to be made. A tenth are bad: bad clients,
// whose requests cost them nothing, wait for the good ones.
func (s *stress) more(bad int) bool {
	if s.failed.Load() > 20 {
		return false
	}
	n := s.made[bad].Add(1)
	if bad == 1 {
		for n > s.made[0].Load()/9+20 && !s.over(s.made[0].Load(), 0) && s.failed.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return !s.over(n, bad)
}

// over tells whether n requests are enough.
func (s *stress) over(n int64, bad int) bool {
	if !s.until.IsZero() {
		return time.Now().After(s.until)
	}
	return n > s.requests*int64(9-8*bad)/10
}

func (s *stress) fail(format string, args ...any) {
	if s.failed.Add(1) <= 20 {
		s.r.t.Errorf(format, args...)
	}
}

// run makes the load and waits for its end.
func (s *stress) run() {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	var idle sync.WaitGroup
	for range s.clients / 20 { // half-open: connected, and silent
		conn := s.r.raw()
		_, _ = io.WriteString(conn, framed(greeting)+"Content-Len") // they are there to be in the way
		idle.Go(func() {
			<-stop
			conn.Close()
		})
	}
	for i := range s.clients * 19 / 20 {
		wg.Go(func() {
			if i%10 == 0 {
				s.badClient(rand.New(rand.NewPCG(1, uint64(i))))
			} else {
				s.goodClient(rand.New(rand.NewPCG(2, uint64(i))))
			}
		})
	}
	wg.Wait()
	close(stop)
	idle.Wait()
}

// goodClient makes requests and looks at the answers.
func (s *stress) goodClient(rnd *rand.Rand) {
	c, err := Dial(background, s.r.address, ClientOptions{Env: []string{}})
	if err != nil {
		s.fail("dial: %v", err)
		return
	}
	defer c.Close()
	for s.more(0) && c.Err() == nil { // whoever has lost the connection has said so once
		a, b := rnd.IntN(1000), rnd.IntN(1000)
		switch n := rnd.IntN(2000); {
		case n < 100:
			session := []string{"", s.session}[n%2]
			res, err := c.Run(background, RunParams{Session: session, Code: Text(adding(rnd.Uint64())), Args: Texts([]string{strconv.Itoa(a), strconv.Itoa(b)})}, RunHandlers{Output: func(_ string, p []byte) {
				if string(p) != fmt.Sprintln(a) {
					s.fail("output %q of print(%d)", p, a)
				}
			}})
			if err != nil || res.Error != nil || fmt.Sprint(res.Texts) != fmt.Sprintf("[%d]", a+b) {
				s.fail("run: %+v, %v", res, err)
			}
		case n < 101: // a large message
			if res, err := c.IsComplete(background, strings.Repeat("x", s.largest-1000)); err != nil || res.Status != kernel.CodeUnknown {
				s.fail("large: %+v, %v", res, err)
			}
		case n < 102: // one that is cancelled
			ctx, cancel := context.WithTimeout(background, time.Duration(rnd.IntN(20))*time.Millisecond)
			_, _ = c.Run(ctx, RunParams{Code: "while true do end"}, RunHandlers{}) // whichever is first
			cancel()
		case n < 150:
			if _, err := c.Status(background); err != nil {
				s.fail("status: %v", err)
			}
		default:
			res, err := c.InvokeTool(background, InvokeParams{Name: "calculator", Params: map[string]any{"input": fmt.Sprintf("%d + %d", a, b)}})
			if err != nil || !res.Success || !strings.Contains(string(res.Result), strconv.Itoa(a+b)) {
				s.fail("%d + %d: %+v %s, %v", a, b, res, res.Result, err)
			}
		}
		s.good.Add(1)
	}
}

// badClient does what clients should not, over and over.
func (s *stress) badClient(rnd *rand.Rand) {
	network, address := "unix", strings.TrimPrefix(s.r.address, "unix:")
	for s.more(1) {
		conn, err := net.Dial(network, address)
		if err != nil {
			s.fail("dial: %v", err)
			return
		}
		_ = conn.SetDeadline(time.Now().Add(patience)) // of a socket that is open
		_, _ = io.WriteString(conn, framed(greeting))  // the server may be faster in closing
		for k := range 20 {
			text := []string{
				framed(`{"jsonrpc":"2.0","id":1,`), framed(`[1,2]`), framed(`{"jsonrpc":"2.0","id":1,"method":"no.such"}`),
				framed(`{"jsonrpc":"2.0","id":1,"method":"tool.invoke","params":{"name":5}}`), framed(`{"jsonrpc":"2.0","id":1,"method":"tool.invoke","params":{"nam":"x"}}`),
				framed(`{"jsonrpc":"2.0","id":{},"method":"$/ping"}`), framed(`"x"`),
				"Content-Length: 99999999999\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", framed(`{"jsonrpc":"2.0","id":1,"method":"exec.run","params":{"code":"while true do print('x') end"}}`),
				"Content-Length: 5000\r\n\r\n{\"jsonrpc\":", framed(`{"jsonrpc":"2.0","id":1,"method":"exec.run","params":{"code":"while true do end","quiet":true}}`),
			}[rnd.IntN(12)]
			if _, err := io.WriteString(conn, text); err != nil {
				break // it was closed, as it should
			}
			s.bad.Add(1)
			if k > 0 && !s.more(1) {
				break
			}
		}
		conn.Close() // in the middle of whatever it was
	}
}

// belongings is what a process holds.
type belongings struct {
	heap, stacks    uint64
	goroutines, fds int
}

func measure() belongings {
	for range 3 { // pools take two collections
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	entries, _ := os.ReadDir("/proc/self/fd") // none where there is no /proc
	return belongings{m.HeapAlloc, m.StackInuse, runtime.NumGoroutine(), len(entries)}
}

// settles waits until no more is held than before allows.
func settles(t *testing.T, before belongings) {
	t.Helper()
	var now belongings
	ok := func() bool {
		now = measure()
		// Maps and slices that have grown with the load keep some of it: at most 5 %.
		return now.goroutines <= before.goroutines && now.fds <= before.fds && now.heap <= before.heap+before.heap/20
	}
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("before %+v, after %+v", before, now)
		}
	}
	t.Logf("before %+v, after %+v", before, now)
}

// TestStress makes LLMSPELL_STRESS_REQUESTS requests (20,000 unless that is set), or
// as many as it can in LLMSPELL_STRESS_TIME.
func TestStress(t *testing.T) {
	requests := int64(20_000)
	if testing.Short() || raceDetector {
		requests = 4_000
	}
	if text := os.Getenv("LLMSPELL_STRESS_REQUESTS"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		requests = n
	}
	var until time.Duration
	if text := os.Getenv("LLMSPELL_STRESS_TIME"); text != "" {
		var err error
		if until, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	k := kernel.New(kernel.Options{Limits: kernel.Limits{MaxSessions: -1}})
	r := newRig(t, Options{Kernel: k, MaxClients: 500, Tools: tools.NewInvoker(tools.Builtin(), tools.Options{CacheBytes: -1})})
	// The runtime keeps what it needs for as many goroutines as there were at once: the
	// warm-up must have had as many.
	keeper := r.dial(ClientOptions{})
	defer keeper.Close()
	lasting, err := keeper.CreateSession(background, SessionParams{})
	if err != nil {
		t.Fatal(err)
	}
	warm := &stress{r: r, session: lasting.ID, clients: 100, requests: max(requests/10, min(requests, 4_000)), largest: DefaultMaxMessage}
	warm.run() // counted in requests, also for a time: a busy machine makes few in a second
	if until > 0 {
		warm = &stress{r: r, session: lasting.ID, clients: 100, largest: DefaultMaxMessage, until: time.Now().Add(until / 10)}
		warm.run()
	}
	// What the bus and the cache of compiled scripts remember is bounded, and no leak: they
	// are full before anything is measured.
	filler := r.dial(ClientOptions{})
	for n := uint64(0); n < 1100 || k.Services().Events.Stats().History < events.DefaultHistory; n++ {
		if _, err := filler.Run(background, RunParams{Session: lasting.ID, Code: Text(adding(n)), Args: []Text{"1", "2"}}, RunHandlers{}); err != nil {
			t.Fatal(err)
		}
	}
	filler.Close()
	within(t, patience, "the clients have left", func() bool { return r.server.Clients() == 1 && len(k.Sessions()) == 1 })
	before := measure()
	s := &stress{r: r, session: lasting.ID, clients: 100, requests: requests, largest: DefaultMaxMessage}
	start := time.Now()
	if until > 0 {
		s.until = start.Add(until)
	}
	s.run()
	d := time.Since(start)
	t.Logf("%d good requests, all answered, and %d bad ones in %v: %.0f a second", s.good.Load(), s.bad.Load(), d.Round(time.Millisecond),
		float64(s.good.Load()+s.bad.Load())/d.Seconds())
	within(t, patience, "the clients have left", func() bool { return r.server.Clients() == 1 && len(k.Sessions()) == 1 && k.Counts().Running == 0 })
	settles(t, before)
}
