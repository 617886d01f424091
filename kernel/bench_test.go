package kernel

import (
	"runtime"
	"testing"
)

// BenchmarkMessage is one message to a session of a kernel: from Submit to its
// outcome.
func BenchmarkMessage(b *testing.B) {
	k := New(Options{})
	defer k.Close()
	h, err := k.Open(SessionOptions{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		x, err := h.Submit(b.Context(), Request{Code: "return 1"})
		if err != nil {
			b.Fatal(err)
		}
		if o := x.Outcome(); o.Err != nil || len(o.Texts) != 1 || o.Texts[0] != "1" {
			b.Fatalf("%+v", o)
		}
	}
}

// BenchmarkOpen opens and closes sessions, and reports what an open one holds.
func BenchmarkOpen(b *testing.B) {
	k := New(Options{Limits: Limits{MaxSessions: -1}})
	defer k.Close()
	dir := b.TempDir()
	const kept = 100
	before := heap()
	var open []*Hosted
	for range kept {
		h, err := k.Open(SessionOptions{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		open = append(open, h)
	}
	held := heap() - before
	b.ReportAllocs()
	for b.Loop() {
		h, err := k.Open(SessionOptions{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		h.Close()
	}
	b.ReportMetric(float64(held)/kept, "B/session")
	runtime.KeepAlive(open)
}

// heap is the memory of live objects, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
