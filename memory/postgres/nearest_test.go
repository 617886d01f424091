//go:build unix

package postgres

import (
	"cmp"
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
	for name, k := range kinds() {
		t.Run("behind/"+name, func(t *testing.T) { testBehind(t, p, without, k) })
		for shape, vectors := range map[string]func(*rand.Rand) func() []float32{"clustered": clustered, "Gaussian": gaussian} {
			t.Run("recall/"+name+"/"+shape, func(t *testing.T) { testRecall(t, p, k, vectors) })
		}
		t.Run("long/"+name, func(t *testing.T) { testLong(t, p, k) })
		t.Run("lost/"+name, func(t *testing.T) { testLost(t, p, k) })
	}
	t.Run("among", func(t *testing.T) { testAmong(t, p) })
	t.Run("library", func(t *testing.T) { testLibrary(t, p) })
	t.Run("older", func(t *testing.T) { testOlder(t, p) })
	t.Run("again", func(t *testing.T) { testAgain(t, p) })
}

// axis is a vector of four numbers.
func axis(i int) []float32 { v := make([]float32, 4); v[i] = 1; return v }

// testBehind has a kernel store vectors that does not know pgvector, since it was opened before that was there.
func testBehind(t *testing.T, p *dbserver.Postgres, without *Store, k kind) {
	with := open(t, p, Options{Schema: without.schema})
	if !with.FindsNearest() {
		t.Fatal(with.VectorSearch())
	}
	rows := k.add(t, with, 0, 4)
	for i, s := range []*Store{with, without, with, without} {
		k.setVectors(t, s, map[int64][]float32{rows[i]: axis(i)})
		for j := range i + 1 {
			if got := k.nearestTo(t, with, axis(j), 1, memory.Among{}); !slices.Equal(got, rows[j:j+1]) {
				t.Errorf("after %d were stored, nearest to number %d is %v, not %d", i+1, j, got, rows[j])
			}
		}
	}
	k.setVectors(t, without, map[int64][]float32{rows[0]: axis(3), rows[3]: axis(0)}) // replaced
	if got := k.nearestTo(t, with, axis(0), 1, memory.Among{}); !slices.Equal(got, rows[3:]) {
		t.Errorf("after a replacement %v is nearest", got)
	}
	k.forget(t, without, rows[3:])
	if got := k.nearestTo(t, with, axis(0), 4, memory.Among{}); slices.Contains(got, rows[3]) || len(got) != 3 {
		t.Errorf("what was forgotten is found: %v", got)
	}
	left := 0
	if err := with.read(t.Context(), "", func(r *reader) error {
		return r.row("select count(*) from "+nearestTable(k.of)+" where row = $1", rows[3]).Scan(&left)
	}); err != nil || left != 0 {
		t.Errorf("of what was forgotten %d copies are left, %v", left, err)
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
func testRecall(t *testing.T, p *dbserver.Postgres, k kind, vectors func(*rand.Rand) func() []float32) {
	const size, queries, limit = 2000, 50, 10
	rnd := rand.New(rand.NewPCG(384, 1))
	random := vectors(rnd)
	s := open(t, p, Options{})
	s.exact = 1000
	all := map[int64][]float32{}
	add := func(n int) {
		rows := k.add(t, s, int(rnd.Int64()>>1), n)
		made := map[int64][]float32{}
		for _, row := range rows {
			made[row] = random()
			all[row] = made[row]
		}
		k.setVectors(t, s, made)
	}
	measure := func(stage string, a memory.Among, keep func(row int64) bool) {
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
			got := k.nearestTo(t, s, q, limit, a)
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
	indexed(t, s, k)
	measure("by the index", memory.Among{}, any)
	var gone []int64
	for row := range all {
		if rnd.IntN(2) == 0 {
			gone = append(gone, row)
			delete(all, row)
		}
	}
	k.forget(t, s, gone)
	add(size / 2)
	replaced := map[int64][]float32{}
	for row := range all {
		if rnd.IntN(10) < 3 {
			replaced[row] = random()
			all[row] = replaced[row]
		}
	}
	k.setVectors(t, s, replaced)
	measure("after half were forgotten and three in ten replaced", memory.Among{}, any)
	in := k.means(t, s)
	measure("of a quarter", k.some, func(row int64) bool { return in[row] })
	lost, asked := 0, 0
	for row, v := range all { // every vector is found
		if asked++; asked > 200 {
			break
		}
		if got := k.nearestTo(t, s, v, 1, memory.Among{}); !slices.Equal(got, []int64{row}) {
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
func indexed(t *testing.T, s *Store, k kind) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		var valid bool
		if err := s.pool.QueryRow(t.Context(), "select exists (select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname ^@ $2 and indisvalid)", s.schema, nearestTable(k.of)+"_hnsw_").Scan(&valid); err != nil {
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
