package rpc

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var calculation = InvokeParams{Name: "calculator", Params: map[string]any{"input": "2 + 3 * 4"}}

// percentiles reports p50 and p99 of durations.
func percentiles(b *testing.B, all []time.Duration) {
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds())/1e3, "p99-µs")
}

// One call of a quick tool over the socket, and back.
func BenchmarkInvoke(b *testing.B) {
	c := newRig(b, Options{}).dial(ClientOptions{})
	if _, err := c.InvokeTool(background, calculation); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	all := make([]time.Duration, 0, 1<<20)
	for b.Loop() {
		start := time.Now()
		if _, err := c.InvokeTool(background, calculation); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(start))
	}
	percentiles(b, all)
}

// Requests of eight clients at once.
func BenchmarkThroughput(b *testing.B) {
	r := newRig(b, Options{})
	var n atomic.Int64
	clients := make([]*Client, 8)
	for i := range clients {
		clients[i] = r.dial(ClientOptions{})
	}
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		c := clients[n.Add(1)%8]
		for pb.Next() {
			if _, err := c.InvokeTool(background, calculation); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// A message of 1 MB to the kernel, and the same text back.
func BenchmarkMegabyte(b *testing.B) {
	c := newRig(b, Options{}).dial(ClientOptions{})
	p := InvokeParams{Name: "text-manipulator", Params: map[string]any{"operation": "uppercase", "input": strings.Repeat("a lazy dog \"jumps\"\n", 1<<20/20)}}
	if res, err := c.InvokeTool(background, p); err != nil || res.Error != nil {
		b.Fatal(err, res.Error)
	}
	var all []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := c.InvokeTool(background, p); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(start))
	}
	percentiles(b, all)
}

// A message of 1 MB to the kernel, with a short answer.
func BenchmarkMegabyteIn(b *testing.B) {
	c := newRig(b, Options{}).dial(ClientOptions{})
	line := `print("the quick brown fox jumps over the lazy dog") -- and again` + "\n"
	code := strings.Repeat(line, 1<<20/len(line)+1)
	var all []time.Duration
	for b.Loop() {
		start := time.Now()
		if res, err := c.IsComplete(background, code); err != nil || res.Status != "unknown" {
			b.Fatal(err, res)
		}
		all = append(all, time.Since(start))
	}
	percentiles(b, all)
}

// An execution over the socket.
func BenchmarkRun(b *testing.B) {
	c := newRig(b, Options{}).dial(ClientOptions{})
	var all []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := c.Run(background, RunParams{Code: "return 1"}, RunHandlers{}); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(start))
	}
	percentiles(b, all)
}

// A script that prints a line at a time.
func BenchmarkOutput(b *testing.B) {
	c := newRig(b, Options{}).dial(ClientOptions{})
	b.SetBytes(100_000 * 11)
	for b.Loop() {
		n := 0
		if _, err := c.Run(background, RunParams{Code: "for i = 1, 100000 do print('0123456789') end"}, RunHandlers{Output: func(_ string, p []byte) { n += len(p) }}); err != nil || n != 1_100_000 {
			b.Fatal(err, n)
		}
	}
}
