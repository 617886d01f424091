//go:build !race

package latency

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/llmspell/llmspell/memory/vector"
)

const (
	peerSize    = 5000
	peerQueries = 100
	peerSlack   = 0.03 // how much less of the nearest our graph may find
)

var peerEfs = []int{50, 128, 200}

// hnswlib compiles the program in peers.
func hnswlib(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "hnswlib")
	out, err := exec.Command("g++", "-O3", "-march=native", "-o", binary, filepath.Join("peers", "hnswlib.cpp")).CombinedOutput()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("compile peers/hnswlib.cpp: %v\n%s", err, out)
		}
		t.Skipf("peers/hnswlib.cpp does not compile here; on Debian it needs g++ and libhnswlib-dev: %v", err)
	}
	return binary
}

// TestHnswlib gives the same vectors and queries to hnswlib and to our graph, with the same M and candidates. Ours must
// find as many of the nearest; how long both take is printed.
func TestHnswlib(t *testing.T) {
	program := hnswlib(t)
	rng := rand.New(rand.NewPCG(4, 384))
	vectors, queries := clustered(rng, peerSize, peerQueries)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "vectors\tsearch\tbuild\tp50\trecall of 10")
	for _, set := range []struct {
		name             string
		vectors, queries [][]float32
	}{
		{"clustered", vectors, queries},
		{"Gaussian", noise(rng, peerSize), noise(rng, peerQueries)},
	} {
		truth := idsOf(t, indexed(t, vector.Options{Kind: vector.Exact}, set.vectors), set.queries)
		auto := indexed(t, vector.Options{}, set.vectors)
		fmt.Fprintf(w, "%s\tauto (%v)\t\t%v\t%.4f\n", set.name, auto.Stats().Searches, timeOfSearch(t, auto, set.queries), shareOf(idsOf(t, auto, set.queries), truth))
		theirs, build := runHnswlib(t, program, set.vectors, set.queries)
		start := time.Now()
		graph := indexed(t, vector.Options{Kind: vector.HNSW}, set.vectors)
		took := time.Since(start)
		path := filepath.Join(t.TempDir(), "graph")
		saveTo(t, graph, path)
		for i, ef := range peerEfs {
			ours := indexed(t, vector.Options{Kind: vector.HNSW, Ef: ef}, nil)
			loadFrom(t, ours, path)
			got, want := shareOf(idsOf(t, ours, set.queries), truth), shareOf(theirs[i].ids, truth)
			fmt.Fprintf(w, "%s\tour HNSW, ef %d\t%v\t%v\t%.4f\n", set.name, ef, took.Round(time.Millisecond), timeOfSearch(t, ours, set.queries), got)
			fmt.Fprintf(w, "%s\thnswlib, ef %d\t%v\t%v\t%.4f\n", set.name, ef, build, theirs[i].p50, want)
			if got < want-peerSlack {
				t.Errorf("%s, ef %d: our graph finds %.4f of the nearest, hnswlib %.4f", set.name, ef, got, want)
			}
		}
	}
	w.Flush()
	t.Logf("\n%s", &table)
}

// found is what hnswlib says for one ef.
type found struct {
	p50 time.Duration
	ids [][]int64
}

func runHnswlib(t *testing.T, program string, vectors, queries [][]float32) (all []found, build time.Duration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vectors")
	var b bytes.Buffer
	head := []int32{vectorDimension, int32(len(vectors)), int32(len(queries))}
	for _, part := range []any{head, unit(vectors), unit(queries)} {
		if err := binary.Write(&b, binary.NativeEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{path, "16", "200"}
	for _, ef := range peerEfs {
		args = append(args, fmt.Sprint(ef))
	}
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(out)
	var seconds float64
	if _, err := fmt.Fscanf(r, "build %f\n", &seconds); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	for range peerEfs {
		var ef int
		var f found
		if _, err := fmt.Fscanf(r, "ef %d %d\n", &ef, &f.p50); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		for range queries {
			ids := make([]int64, vectorHits)
			for i := range ids {
				if _, err := fmt.Fscan(r, &ids[i]); err != nil {
					t.Fatalf("%v in %q", err, out)
				}
			}
			f.ids = append(f.ids, ids)
		}
		_, _ = fmt.Fscanf(r, " \n")
		all = append(all, f)
	}
	return all, time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}

// unit is vectors of length 1, one after the other.
func unit(vectors [][]float32) []float32 {
	var all []float32
	for _, v := range vectors {
		sum := 0.0
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		for _, x := range v {
			all = append(all, float32(float64(x)/math.Sqrt(sum)))
		}
	}
	return all
}

func idsOf(t *testing.T, ix *vector.Index, queries [][]float32) (all [][]int64) {
	for _, q := range queries {
		var ids []int64
		for _, h := range nearest(t, ix, q) {
			ids = append(ids, h.ID)
		}
		all = append(all, ids)
	}
	return all
}

func shareOf(got, want [][]int64) float64 {
	n, of := 0, 0
	for i := range want {
		for _, id := range want[i] {
			if of++; slices.Contains(got[i], id) {
				n++
			}
		}
	}
	return float64(n) / float64(of)
}

func timeOfSearch(t *testing.T, ix *vector.Index, queries [][]float32) time.Duration {
	var s samples
	for range 5 {
		for _, q := range queries {
			s = append(s, timed(func() { nearest(t, ix, q) }))
		}
	}
	return s.percentile(50)
}
