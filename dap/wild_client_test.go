package dap_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
)

// A wild client sends any request in any order in any state. Whatever it
// does, each request has exactly one response, each message is valid, nothing
// panics, and the session ends when it is told to.

// wildDeadline is for the end of a session: stopTimeout, abandonTimeout and
// flushLimit of the server, and a busy machine.
const wildDeadline = 2 * time.Minute

// FuzzClient lets bytes decide what a client does.
func FuzzClient(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(wildBytes(seed, 400))
	}
	w := newWildWorld(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		checkLeaks(t)
		if err := w.run(data); err != nil {
			t.Error(err)
		}
	})
}

// TestWildClients is the fuzz test with some hundred inputs, a few at a time.
// LLMSPELL_DAP_SEED=N runs one of them alone, LLMSPELL_DAP_RUNS=N that many.
func TestWildClients(t *testing.T) {
	checkLeaks(t)
	w := newWildWorld(t)
	runs, limit := uint64(250), 15*time.Second
	if testing.Short() {
		runs = 60
	}
	if n := numberFrom(t, "LLMSPELL_DAP_RUNS"); n != nil {
		runs, limit = *n, time.Hour
	}
	seeds, start := make(chan uint64), time.Now()
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for seed := range seeds {
				if err := w.run(wildBytes(seed, 100+int(seed*37%600))); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
	for _, seed := range seedsOf(t, runs) {
		if time.Since(start) > limit && seed >= 40 {
			t.Logf("stopped before run %d: %v are over", seed, limit)
			break
		}
		seeds <- seed
	}
	close(seeds)
	workers.Wait()
	// On a slow machine few sessions come to their stops in the time that a client waits:
	// more of them do.
	for seed := runs; !t.Failed() && w.tested() && w.missed() != "" && time.Since(start) < 3*time.Minute; seed++ {
		if err := w.run(wildBytes(seed, 700)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if w.tested() && w.missed() != "" {
		t.Errorf("%s: the clients are too wild, or too tame", w.missed())
	}
}

// seedsOf returns the seeds 0 to n-1, or the one that the environment names.
func seedsOf(t *testing.T, n uint64) []uint64 {
	if one := numberFrom(t, "LLMSPELL_DAP_SEED"); one != nil {
		return []uint64{*one}
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i)
	}
	return seeds
}

// numberFrom reads an environment variable, nil if it is not set.
func numberFrom(t *testing.T, name string) *uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return &n
}

func wildBytes(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 20))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}

// wildClient plays one session.
type wildClient struct {
	world   *wildWorld
	wire    *wireClient
	choices *choices
	pool    *pool
	seq     int
	sent    []string
	program string // that was launched
	// disconnected: the client has asked for the end, and nothing after it.
	disconnected bool
}

// play does what the bytes say, then ends the session, and reports whether
// that was in order.
func (r *wildClient) play() (orderly bool) {
	end := r.choices.below(16)
	if !r.prologue() {
		return r.disconnected
	}
	for r.choices.more() {
		if !r.move() {
			return r.disconnected
		}
	}
	switch end {
	case 0:
		r.wire.conn.Close()
		return false
	case 1:
		// What cannot be answered closes the session.
		r.note("garbage")
		r.wire.write([]byte("GET / HTTP/1.1\r\n\r\n"))
		return false
	default:
		r.send("disconnect", map[string]any{})
		return r.disconnected
	}
}

// move makes one or a few related moves. It is false when there is nothing more
// to send.
func (r *wildClient) move() bool {
	switch r.choices.below(16) {
	case 0:
		r.wire.idle(3 * time.Millisecond)
		return true
	case 1, 2, 3:
		return r.lookAround()
	case 4:
		return r.wire.write(r.oddMessage())
	default:
		return r.wildRequest()
	}
}

// lookAround asks what an editor asks at a stop, so that there are ids to use
// and abuse.
func (r *wildClient) lookAround() bool {
	if !r.wire.atStop(0) {
		command := "pause"
		if r.wire.until(0, func() bool { return r.wire.over }) {
			command = "restart"
		}
		if !r.send(command, map[string]any{"threadId": 1}) {
			return false
		}
		r.wire.atStop(10 * time.Millisecond)
	}
	for _, step := range []func() (string, map[string]any){
		func() (string, map[string]any) {
			return "stackTrace", map[string]any{"threadId": r.pool.number(argThread, r.choices)}
		},
		func() (string, map[string]any) {
			return "scopes", map[string]any{"frameId": r.pool.number(argFrame, r.choices)}
		},
		func() (string, map[string]any) {
			return "variables", map[string]any{"variablesReference": r.pool.number(argRef, r.choices), "count": 50}
		},
	} {
		command, args := step()
		if !r.send(command, args) {
			return false
		}
		r.wire.idle(3 * time.Millisecond)
	}
	for range r.choices.below(6) {
		command := inspections[r.choices.below(len(inspections))]
		if !r.send(command, r.arguments(command, false)) {
			return false
		}
		r.wire.idle(time.Millisecond)
	}
	return true
}

// prologue brings the session into one of the states from which it is hard to
// get lost: most runs begin as an editor does.
func (r *wildClient) prologue() bool {
	kind := r.choices.below(8)
	if kind == 0 {
		return true
	}
	args := daptest.InitializeArguments()
	for _, flag := range []string{
		"supportsVariablePaging", "supportsProgressReporting", "supportsInvalidatedEvent", "supportsMemoryEvent",
		"supportsMemoryReferences", "supportsRunInTerminalRequest", "supportsStartDebuggingRequest", "linesStartAt1", "columnsStartAt1",
	} {
		args[flag] = r.choices.below(2) == 0
	}
	if !r.send("initialize", args) {
		return false
	}
	if kind == 1 {
		return true
	}
	r.program = r.pool.script(r.choices)
	launch := map[string]any{"program": r.program, "stopOnEntry": kind > 3, "noDebug": kind == 3 && r.choices.below(2) == 0}
	if r.choices.below(8) == 0 {
		launch["console"] = "integratedTerminal"
	}
	if !r.send("launch", launch) || !r.send("setBreakpoints", r.arguments("setBreakpoints", false)) {
		return false
	}
	if kind == 2 {
		return true
	}
	if kind > 5 && !r.send("setExceptionBreakpoints", r.arguments("setExceptionBreakpoints", false)) {
		return false
	}
	if !r.send("configurationDone", nil) {
		return false
	}
	r.wire.atStop(50 * time.Millisecond)
	return true
}

// wildRequest sends one request that may be wrong in any way.
func (r *wildClient) wildRequest() bool {
	commands := wildCommands()
	command := commands[r.choices.below(len(commands))]
	if ends := command == "disconnect" || command == "terminate"; ends && r.choices.below(8) != 0 {
		command = "threads" // else most sessions are over soon
	}
	var args any = r.arguments(command, r.choices.below(4) == 0)
	switch r.choices.below(24) {
	case 0:
		args = nil
	case 1:
		args = r.junk()
	case 2:
		command = "unknown" + command
	}
	return r.send(command, args)
}

// oddMessage is a message that needs no answer.
func (r *wildClient) oddMessage() []byte {
	bodies := []string{
		`{"seq":1,"type":"event","event":"initialized"}`,
		`{"seq":1,"type":"response","request_seq":77,"success":true,"command":"runInTerminal"}`,
		`{"seq":1,"type":"response","request_seq":1,"success":false,"command":"startDebugging","body":7}`,
		fmt.Sprintf(`{"seq":9,"type":"response","request_seq":%d,"success":true,"command":"runInTerminal","body":{"processId":1}}`, r.pool.reverse()),
	}
	body := bodies[r.choices.below(len(bodies))]
	r.note(body)
	return daptest.Frame([]byte(body))
}

// send sends a request. It is false when there is nothing more to send: the
// connection is gone, or the request was disconnect.
func (r *wildClient) send(command string, args any) bool {
	r.seq++
	body, err := json.Marshal(map[string]any{"seq": r.seq, "type": "request", "command": command, "arguments": args})
	if err != nil {
		r.wire.complain(err)
		return false
	}
	r.note(string(body))
	ok := r.wire.request(r.seq, body)
	r.disconnected = ok && command == "disconnect"
	if arguments, is := args.(map[string]any); is && r.disconnected {
		r.wire.runsOn = arguments["terminateDebuggee"] == false
	}
	return ok && !r.disconnected
}

func (r *wildClient) note(what string) {
	if len(what) > 300 {
		what = what[:300] + "…"
	}
	r.sent = append(r.sent, what)
}
