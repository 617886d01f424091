//go:build unix

package kernel

import (
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/config"
)

// BenchmarkLearner is what learning costs a script that calls tools and writes values: the processor time of the process with
// it, by that without it. The two take turns, so that both meet the same machine. x-caller is the ratio until the script ends, x-all until
// all patterns of it are written, which else goes on beside it. Ratios are those of the sums.
func BenchmarkLearner(b *testing.B) {
	for _, c := range []struct{ name, code string }{
		{"tool", `for i = 1, 2000 do Tool.calculator:execute{input = "1+1"} Tool.uuid_generator:execute{operation = "generate"} end`},
		{"state", `for i = 1, 2000 do State.set("theme", i % 7) State.set("language", i % 5 == 0 and "de" or "en") end`},
	} {
		b.Run(c.name, func(b *testing.B) {
			without, with := newLearning(b, false), newLearning(b, true)
			var base, caller, all time.Duration
			for n := 0; b.Loop(); n++ {
				for k := range 2 { // each goes first as often as the other
					if (n+k)%2 == 0 {
						script, _ := without.run(b, c.code)
						base += script
						continue
					}
					script, whole := with.run(b, c.code)
					caller, all = caller+script, all+whole
				}
			}
			b.ReportMetric(caller.Seconds()/base.Seconds(), "x-caller")
			b.ReportMetric(all.Seconds()/base.Seconds(), "x-all")
		})
	}
}

// processor is the processor time that this process has used.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// learning is a session whose kernel learns, or does not.
type learning struct {
	services *Services
	session  *Session
}

func newLearning(b *testing.B, enabled bool) *learning {
	b.Helper()
	c := config.Default()
	c.Storage.BaseDir = b.TempDir()
	c.Runtime.Memory.Procedural.Enabled = enabled
	l := &learning{services: NewDefaultServices(c, nil)}
	var err error
	if l.session, err = NewSession(Config{Dir: b.TempDir(), Stdout: io.Discard, Services: l.services}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		l.session.Close()
		if err := l.services.Close(); err != nil {
			b.Error(err)
		}
	})
	l.run(b, `State.set("theme", 1) Tool.calculator:execute{input = "1+1"} Memory.stats()`) // opens all
	return l
}

// run is what a script takes, and what it takes until all that was learned is written.
func (l *learning) run(b *testing.B, code string) (script, whole time.Duration) {
	b.Helper()
	began := processor(b)
	if _, err := l.session.RunString(b.Context(), code, "=bench", nil); err != nil {
		b.Fatal(err)
	}
	script = processor(b) - began
	if l.services.Learner != nil {
		if err := l.services.Learner.Write(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return script, processor(b) - began
}
