//go:build !race

package latency

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory/vector"
)

// millionMemory is how much memory a million vectors may take.
const millionMemory = 4 << 30

// benchmarkMillion saves and loads a million vectors, and searches. It needs 2 GB on the disk, and 2.5 GB of
// memory.
func benchmarkMillion(b *testing.B) {
	const size = 1_000_000
	rng := rand.New(rand.NewPCG(3, 384))
	path := filepath.Join(b.TempDir(), "vectors")
	queries := noise(rng, 30)
	var want [][]vector.Hit
	for b.Loop() {
		ix := indexed(b, vector.Options{}, nil)
		start := time.Now()
		for id := range int64(size) {
			if err := ix.Put(id, noise(rng, 1)[0]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(time.Since(start).Seconds(), "s-put")
		for _, q := range queries {
			want = append(want, nearest(b, ix, q))
		}
		start = time.Now()
		saveTo(b, ix, path)
		b.ReportMetric(time.Since(start).Seconds(), "s-save")
		ix = nil

		ix = indexed(b, vector.Options{}, nil)
		start = time.Now()
		loadFrom(b, ix, path)
		b.ReportMetric(time.Since(start).Seconds(), "s-load")
		var times samples
		for i, q := range queries {
			var got []vector.Hit
			times = append(times, timed(func() { got = nearest(b, ix, q) }))
			if !slices.Equal(got, want[i]) {
				b.Fatalf("after loading, %v is found, want %v", got, want[i])
			}
		}
		b.ReportMetric(float64(times.percentile(50).Microseconds()), "µs-search-p50")
		used := memoryOf()
		b.ReportMetric(float64(used)/(1<<20), "MB")
		if used > millionMemory {
			b.Errorf("a million vectors take %d MB, the budget is %d", used>>20, millionMemory>>20)
		}
	}
}

func saveTo(tb testing.TB, ix *vector.Index, path string) {
	tb.Helper()
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := ix.Save(w); err != nil {
		tb.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
}

func loadFrom(tb testing.TB, ix *vector.Index, path string) {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := ix.Load(bufio.NewReaderSize(f, 1<<20)); err != nil {
		tb.Fatal(err)
	}
}
