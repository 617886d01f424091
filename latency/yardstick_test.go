//go:build !race

package latency

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// A budget holds for a machine that is awake and that nobody else uses. How far
// the machine is from that just now is told by a yardstick: work of a known
// size, done in turn with what is measured, so that both meet the same machine.
// No code of llmspell takes part in it, so that no change of it moves the yardstick.
//
// These constants and bench.UsualUnit, of work, are what the pieces of yardsticks take
// on such a machine: the one on which the budgets were set.
const (
	usualRoundTrip = 25 * time.Microsecond   // a few bytes to another process and back
	usualHand      = 2 * time.Microsecond    // to another goroutine and back
	usualStart     = 1200 * time.Microsecond // a small process, from its start to its end
	// The slowest of a hundred takes longer on a quiet machine too: that much more of
	// its work, and that much later to wake up.
	usualTail = 1.25
	usualLate = 60 * time.Microsecond
)

// stick is a kind of yardstick of one size.
type stick struct {
	units int           // of work
	base  time.Duration // what it usually takes besides
	late  time.Duration // what the slowest take longer, besides
	once  func(units int) timings
}

// sized makes a stick that usually takes about as long as the thing beside which it is
// to be used. That matters: the longer something takes, the more of what
// disturbs it meets.
func sized(size, base, late time.Duration, once func(int) timings) stick {
	return stick{units: max(1, int((size-base)/bench.UsualUnit)), base: base, late: late, once: once}
}

// usual is what percentile p of its times is on a machine that is undisturbed.
func (s stick) usual(p float64) time.Duration {
	work := time.Duration(s.units) * bench.UsualUnit
	if p > 50 {
		return s.base + s.late + time.Duration(float64(work)*usualTail)
	}
	return s.base + work
}

// measure does the yardstick's work once.
func (s stick) measure() timings { return s.once(s.units) }

// alone is a stick that works on the goroutine of its caller.
func alone(tb testing.TB, size time.Duration) stick {
	b := bench.NewWorkbench()
	return sized(size, 0, 0, func(units int) timings {
		cpu := cpuTime(tb)
		wall := timed(func() { b.Work(units) })
		return timings{wall, cpuTime(tb) - cpu}
	})
}

// handed is a stick whose work another goroutine does.
func handed(tb testing.TB, size time.Duration) stick {
	b, todo, done := bench.NewWorkbench(), make(chan int), make(chan struct{})
	go func() {
		for units := range todo {
			b.Work(units)
			done <- struct{}{}
		}
	}()
	tb.Cleanup(func() { close(todo) })
	return sized(size, usualHand, usualLate, func(units int) timings {
		wall := timed(func() {
			todo <- units
			<-done
		})
		return timings{wall: wall}
	})
}

// started is a stick that starts a small process, and works when it has ended.
func started(tb testing.TB, size time.Duration) stick {
	b := bench.NewWorkbench()
	return sized(size, usualStart, 2*usualStart, func(units int) timings {
		cmd, cpu := exec.Command("cat"), cpuTime(tb)
		wall := timed(func() {
			if err := cmd.Run(); err != nil {
				tb.Fatalf("run cat without input: %v", err)
			}
			b.Work(units)
		})
		return timings{wall, cpuTime(tb) - cpu + cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	})
}

// helperVariable makes the test's binary the other process of crossing.
const helperVariable = "LLMSPELL_LATENCY_YARDSTICK"

// TestMain runs the tests, or is the other process of a yardstick, or one that keeps a core busy.
func TestMain(m *testing.M) {
	switch os.Getenv(helperVariable) {
	case "":
	case burning:
		keepBusy(os.Stdin)
	default:
		os.Exit(serveYardstick(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// serveYardstick does as many units of work as it is asked for, until its input ends, and
// answers with the CPU time that they took.
func serveYardstick(r io.Reader, w io.Writer) int {
	b, buf := bench.NewWorkbench(), make([]byte, 8)
	for {
		if _, err := io.ReadFull(r, buf); err != nil {
			return 0
		}
		cpu := ownTime()
		b.Work(int(binary.LittleEndian.Uint64(buf)))
		binary.LittleEndian.PutUint64(buf, uint64(ownTime()-cpu))
		if _, err := w.Write(buf); err != nil {
			return 1
		}
	}
}

// crossing is a stick whose work another process does: it is asked through a pipe, and answers
// through another.
func crossing(tb testing.TB, size time.Duration) stick {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start the yardstick's process: %v", err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // it ends then
		if err := cmd.Wait(); err != nil {
			tb.Errorf("the yardstick's process: %v", err)
		}
	})
	buf := make([]byte, 8)
	s := sized(size, usualRoundTrip, usualLate, func(units int) timings {
		cpu := cpuTime(tb)
		wall := timed(func() {
			binary.LittleEndian.PutUint64(buf, uint64(units))
			if _, err := in.Write(buf); err != nil {
				tb.Fatalf("ask the yardstick's process: %v", err)
			}
			if _, err := io.ReadFull(out, buf); err != nil {
				tb.Fatalf("the yardstick's process: %v", err)
			}
		})
		return timings{wall, cpuTime(tb) - cpu + time.Duration(binary.LittleEndian.Uint64(buf))}
	})
	s.measure() // its first answer waits for its start
	return s
}
