package text

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dialogue"
)

func filled(tb testing.TB, turns []dialogue.Turn) *Index {
	ix := newIndex(tb, Params{})
	for i, turn := range turns {
		put(tb, ix, int64(i), Document{Session: turn.Session, Speaker: turn.Speaker, Body: turn.Text, Time: turn.Time})
	}
	return ix
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		turns := dialogue.Turns(n)
		ix, qs := filled(b, turns), dialogue.Questions(turns, 200)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				search(b, ix, qs[i%len(qs)], Options{K: 50})
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	turns := dialogue.Turns(100_000)
	for b.Loop() {
		filled(b, turns)
	}
}

func BenchmarkLoad(b *testing.B) {
	data := save(b, filled(b, dialogue.Turns(100_000)))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := Load(bytes.NewReader(data), Params{}); err != nil {
			b.Fatal(err)
		}
	}
}
