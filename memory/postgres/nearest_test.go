//go:build unix

package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
)

func TestPgvector(t *testing.T) {
	p := server(t)
	without := open(t, p, Options{})
	if says := without.VectorSearch(); without.FindsNearest() || !strings.Contains(says, "create extension vector") {
		t.Errorf("where the extension is not in the database: %s", says)
	}
	withPgvector(t, p)
	t.Run("behind", func(t *testing.T) { testBehind(t, p, without) })
	t.Run("recall", func(t *testing.T) {
		for name, kind := range map[string]func(*rand.Rand) func() []float32{"clustered": clustered, "Gaussian": gaussian} {
			t.Run(name, func(t *testing.T) { testRecall(t, p, kind) })
		}
	})
	t.Run("lost", func(t *testing.T) { testLost(t, p) })
}

// episodesOf stores episodes, and returns their rows.
func episodesOf(t *testing.T, s *Store, from, n int) (rows []int64) {
	t.Helper()
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error {
		rows = nil
		for i := range n {
			e := memory.Episode{Session: fmt.Sprint("s", (from+i)%4), ID: fmt.Sprint(from + i), Role: "r", Time: time.Unix(int64(from+i), 0), Ingested: time.Unix(1, 0)}
			if err := tx.AddEpisode(&e); err != nil {
				return err
			}
			rows = append(rows, e.Row)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

func setVectors(t *testing.T, s *Store, vectors map[int64][]float32) {
	t.Helper()
	list := make([]memory.RowVector, 0, len(vectors))
	for row, v := range vectors {
		list = append(list, memory.RowVector{Row: row, Vector: v})
	}
	for part := range slices.Chunk(list, 500) {
		if err := s.Write(t.Context(), "", func(tx memory.Tx) error { return tx.(memory.VectorTx).SetVectors(memory.Turns, "m", part) }); err != nil {
			t.Fatal(err)
		}
	}
}

func nearestTo(t *testing.T, s *Store, v []float32, limit int, f memory.Filter) (rows []int64) {
	t.Helper()
	hits, ok, err := s.Nearest(t.Context(), "", "m", v, limit, f)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, h := range hits {
		rows = append(rows, h.ID)
	}
	return rows
}

// testBehind has a kernel store vectors that does not know pgvector, since it was opened before that was there.
func testBehind(t *testing.T, p *dbserver.Postgres, without *Store) {
	with := open(t, p, Options{Schema: without.schema})
	if !with.FindsNearest() {
		t.Fatal(with.VectorSearch())
	}
	rows := episodesOf(t, with, 0, 4)
	unit := func(i int) []float32 { v := make([]float32, 4); v[i] = 1; return v }
	for i, s := range []*Store{with, without, with, without} {
		setVectors(t, s, map[int64][]float32{rows[i]: unit(i)})
		for j := range i + 1 {
			if got := nearestTo(t, with, unit(j), 1, memory.Filter{}); !slices.Equal(got, rows[j:j+1]) {
				t.Errorf("after %d were stored, nearest to number %d is %v, not %d", i+1, j, got, rows[j])
			}
		}
	}
	setVectors(t, without, map[int64][]float32{rows[0]: unit(3), rows[3]: unit(0)}) // replaced
	if got := nearestTo(t, with, unit(0), 1, memory.Filter{}); !slices.Equal(got, rows[3:]) {
		t.Errorf("after a replacement %v is nearest", got)
	}
	if err := without.Write(t.Context(), "", func(tx memory.Tx) error { _, err := tx.DropEpisodes(rows[3:]); return err }); err != nil {
		t.Fatal(err)
	}
	if got := nearestTo(t, with, unit(0), 4, memory.Filter{}); slices.Contains(got, rows[3]) || len(got) != 3 {
		t.Errorf("what was forgotten is found: %v", got)
	}
	if off := open(t, p, Options{Schema: without.schema, NoPgvector: true}); off.FindsNearest() {
		t.Error(off.VectorSearch())
	}
}

const dimension = 384

func gaussian(rnd *rand.Rand) func() []float32 {
	return func() []float32 { return unit(noise(rnd, 1, make([]float32, dimension))) }
}

// clustered makes vectors about a few topics.
func clustered(rnd *rand.Rand) func() []float32 {
	topics := make([][]float32, 40)
	for i := range topics {
		topics[i] = noise(rnd, 1, make([]float32, dimension))
	}
	return func() []float32 { return unit(noise(rnd, 0.7, topics[rnd.IntN(len(topics))])) }
}

func noise(rnd *rand.Rand, much float64, about []float32) []float32 {
	v := make([]float32, len(about))
	for i, x := range about {
		v[i] = x + float32(much*rnd.NormFloat64())
	}
	return v
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i, x := range v {
		v[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return v
}

// testRecall searches by the index after half of the vectors were forgotten, and three in ten replaced.
func testRecall(t *testing.T, p *dbserver.Postgres, kind func(*rand.Rand) func() []float32) {
	const size, queries, limit = 2000, 50, 10
	rnd := rand.New(rand.NewPCG(384, 1))
	random := kind(rnd)
	s := open(t, p, Options{})
	s.exact = 1000
	all := map[int64][]float32{}
	add := func(n int) {
		rows := episodesOf(t, s, int(rnd.Int64()>>1), n)
		made := map[int64][]float32{}
		for _, row := range rows {
			made[row] = random()
			all[row] = made[row]
		}
		setVectors(t, s, made)
	}
	measure := func(stage string, f memory.Filter, keep func(row int64) bool) {
		t.Helper()
		found, times := 0, []time.Duration{}
		for range queries {
			q := random()
			type near struct {
				row   int64
				score float64
			}
			var exact []near
			for row, v := range all {
				if keep(row) {
					exact = append(exact, near{row, dot(q, v)})
				}
			}
			slices.SortFunc(exact, func(a, b near) int { return cmp.Compare(b.score, a.score) })
			start := time.Now()
			got := nearestTo(t, s, q, limit, f)
			times = append(times, time.Since(start))
			if len(got) != limit {
				t.Fatalf("%s: %d are found", stage, len(got))
			}
			for _, n := range exact[:limit] {
				if slices.Contains(got, n.row) {
					found++
				}
			}
		}
		slices.Sort(times)
		recall := float64(found) / (queries * limit)
		t.Logf("%s: recall %.4f, p50 %v", stage, recall, times[len(times)/2])
		if want := map[bool]float64{true: 0.99, false: 0.95}[strings.Contains(t.Name(), "clustered")]; recall < want {
			t.Errorf("%s: the recall is %.4f, less than %.2f", stage, recall, want)
		}
	}
	any := func(int64) bool { return true }
	add(size)
	indexed(t, s)
	measure("by the index", memory.Filter{}, any)
	var gone []int64
	for row := range all {
		if rnd.IntN(2) == 0 {
			gone = append(gone, row)
			delete(all, row)
		}
	}
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error { _, err := tx.DropEpisodes(gone); return err }); err != nil {
		t.Fatal(err)
	}
	add(size / 2)
	replaced := map[int64][]float32{}
	for row := range all {
		if rnd.IntN(10) < 3 {
			replaced[row] = random()
			all[row] = replaced[row]
		}
	}
	setVectors(t, s, replaced)
	measure("after half were forgotten and three in ten replaced", memory.Filter{}, any)
	in := map[int64]bool{}
	f := memory.Filter{Sessions: []string{"s1"}}
	if err := s.Read(t.Context(), "", func(r memory.Reader) error {
		return r.Episodes(f, func(e *memory.Episode) error { in[e.Row] = true; return nil })
	}); err != nil {
		t.Fatal(err)
	}
	measure("of one session of four", f, func(row int64) bool { return in[row] })
	lost, asked := 0, 0
	for row, v := range all { // every vector is found
		if asked++; asked > 200 {
			break
		}
		if got := nearestTo(t, s, v, 1, memory.Filter{}); !slices.Equal(got, []int64{row}) {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of 200 are not the nearest to themselves", lost)
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// indexed waits until the index is made.
func indexed(t *testing.T, s *Store) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		var valid bool
		if err := s.pool.QueryRow(t.Context(), "select exists (select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname like 'nearest_hnsw%' and indisvalid)", s.schema).Scan(&valid); err != nil {
			t.Fatal(err)
		}
		if valid {
			return
		}
		if time.Now().After(end) || s.noIndex.Load() != nil {
			t.Fatalf("the index is not made: %s", s.VectorSearch())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// testLost drops the extension under an open store, which then leaves searches to the process.
func testLost(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{})
	rows := episodesOf(t, s, 0, 1)
	setVectors(t, s, map[int64][]float32{rows[0]: {1, 0}})
	if _, err := s.pool.Exec(t.Context(), "drop table "+s.quoted+".nearest"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Nearest(context.Background(), "", "m", []float32{1, 0}, 1, memory.Filter{}); ok || err != nil || s.FindsNearest() {
		t.Errorf("without its tables: %v, %v, %s", ok, err, s.VectorSearch())
	}
	setVectors(t, s, map[int64][]float32{rows[0]: {0, 1}})
	if _, _, err := s.Nearest(t.Context(), "", "m", []float32{1}, 1, memory.Filter{}); err != nil {
		t.Error(err)
	}
}
