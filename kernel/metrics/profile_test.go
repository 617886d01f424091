package metrics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
)

func TestProfiles(t *testing.T) {
	var p Profiler
	for _, kind := range ProfileKinds() {
		var out bytes.Buffer
		if err := p.Write(t.Context(), &out, kind, 20*time.Millisecond); err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if kind == "trace" {
			if !bytes.HasPrefix(out.Bytes(), []byte("go 1.")) {
				t.Errorf("the trace begins with %q", out.Bytes()[:min(out.Len(), 16)])
			}
			continue
		}
		parsed, err := profile.Parse(&out)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if kind == "goroutine" && len(parsed.Sample) == 0 {
			t.Error("there are no goroutines")
		}
		if kind == "cpu" && parsed.DurationNanos < int64(10*time.Millisecond) {
			t.Errorf("it has looked on for %v", time.Duration(parsed.DurationNanos))
		}
	}
}

func TestWrongProfiles(t *testing.T) {
	var p Profiler
	for _, tt := range []struct {
		kind string
		took time.Duration
		want string
	}{
		{"", 0, "use one of cpu, heap"},
		{"../x", 0, "use one of"},
		{"cpu", -1, "at most 5m"},
		{"trace", MaxProfileTime + 1, "at most 5m"},
	} {
		if err := p.Write(t.Context(), io.Discard, tt.kind, tt.took); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %v: %v", tt.kind, tt.took, err)
		}
	}
}

// TestOneAtATime asks for a second profile while the first is taken, and ends
// the first early.
func TestOneAtATime(t *testing.T) {
	var p Profiler
	for _, kind := range []string{"cpu", "trace", "block", "mutex"} {
		ctx, cancel := context.WithCancel(t.Context())
		var out bytes.Buffer
		ended := make(chan error, 1)
		go func() { ended <- p.Write(ctx, &out, kind, MaxProfileTime) }()
		for !p.isBusy(kind) {
			time.Sleep(time.Millisecond)
		}
		if err := p.Write(t.Context(), io.Discard, kind, time.Millisecond); !errors.Is(err, ErrProfileBusy) {
			t.Errorf("a second %s profile: %v", kind, err)
		}
		if err := p.Write(t.Context(), io.Discard, "goroutine", 0); err != nil {
			t.Errorf("another kind meanwhile: %v", err)
		}
		cancel()
		if err := <-ended; err != nil || out.Len() == 0 {
			t.Errorf("the %s profile that was ended early has %d bytes, %v", kind, out.Len(), err)
		}
		if err := p.Write(t.Context(), io.Discard, kind, time.Millisecond); err != nil {
			t.Errorf("%s again: %v", kind, err)
		}
	}
}

func (p *Profiler) isBusy(kind string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy[kind]
}

// TestAnotherTakesAProfile is of a process in which other code profiles too.
func TestAnotherTakesAProfile(t *testing.T) {
	var first, second Profiler
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- first.Write(ctx, writerFunc(func(p []byte) (int, error) {
			select {
			case <-started:
			default:
				close(started)
			}
			return len(p), nil
		}), "trace", MaxProfileTime)
	}()
	<-started // the header of the trace is written
	if err := second.Write(t.Context(), io.Discard, "trace", time.Millisecond); !errors.Is(err, ErrProfileBusy) {
		t.Errorf("the error is %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestWriterFails(t *testing.T) {
	var p Profiler
	full := errors.New("no space left")
	for _, kind := range []string{"cpu", "heap", "trace"} {
		began := time.Now()
		err := p.Write(t.Context(), writerFunc(func([]byte) (int, error) { return 0, full }), kind, 20*time.Millisecond)
		if !errors.Is(err, full) || !strings.Contains(err.Error(), kind) || time.Since(began) > time.Minute {
			t.Errorf("%s: %v after %v", kind, err, time.Since(began))
		}
	}
}

func TestBounded(t *testing.T) {
	var out bytes.Buffer
	stopped := 0
	w := &bounded{w: &out, left: 5, full: func() { stopped++ }}
	for _, s := range []string{"abc", "defg", "h"} {
		_, _ = w.Write([]byte(s)) // what it answers is in err
	}
	if out.String() != "abc" || w.err == nil || stopped != 1 {
		t.Errorf("it has written %q, %v, and stopped %d times", out.String(), w.err, stopped)
	}
}
