package text

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// conversations makes documents whose words are as unequally frequent as those of English.
func conversations(n int) []Document {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.07, 2.7, 30000)
	words := make([]string, 30001)
	for i := range words {
		words[i] = word(i)
	}
	common := []string{"the", "and", "to", "I", "a", "it", "was", "you", "of", "that"}
	docs := make([]Document, n)
	for i := range docs {
		body := make([]string, 12+r.IntN(24))
		for j := range body {
			if body[j] = words[z.Uint64()]; r.IntN(2) == 0 {
				body[j] = common[r.IntN(len(common))]
			}
		}
		docs[i] = Document{Session: fmt.Sprint("session ", i/22), Speaker: []string{"Ada", "Bob"}[i%2], Body: strings.Join(body, " ") + ".",
			Time: time.Unix(1.7e9+int64(i)*60, 0).UTC()}
	}
	return docs
}

// word spells a number so that it looks like a word.
func word(n int) string {
	b := []byte{}
	for n += 400; n > 0; n /= 80 {
		b = append(b, "bcdfghklmnprstvw"[n%16], "aeiou"[n/16%5])
	}
	return string(b)
}

func queries(docs []Document) []string {
	r := rand.New(rand.NewPCG(3, 4))
	out := make([]string, 200)
	for i := range out {
		words := strings.Fields(docs[r.IntN(len(docs))].Body)
		out[i] = "When did Ada"
		for range 4 + r.IntN(5) {
			out[i] += " " + words[r.IntN(len(words))]
		}
	}
	return out
}

func filled(tb testing.TB, docs []Document) *Index {
	ix := newIndex(tb, Params{})
	for i, d := range docs {
		put(tb, ix, int64(i), d)
	}
	return ix
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		docs := conversations(n)
		ix, qs := filled(b, docs), queries(docs)
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
	docs := conversations(100_000)
	for b.Loop() {
		filled(b, docs)
	}
}

func BenchmarkLoad(b *testing.B) {
	data := save(b, filled(b, conversations(100_000)))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := Load(bytes.NewReader(data), Params{}); err != nil {
			b.Fatal(err)
		}
	}
}
