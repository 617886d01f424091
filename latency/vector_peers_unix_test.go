//go:build !race && unix

package latency

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/latency/peers/vectors"
	"github.com/llmspell/llmspell/memory/vector"
)

// peerSet is so many vectors, what is searched in them, and what is to be found.
type peerSet struct {
	all, queries [][]float32
	truth        [][]int64
}

// TestVectorPeers searches the same vectors with llmspell, hnswlib and pgvector, for the table of
// `make peers`: it writes the rows to the file LLMSPELL_PEERS_ROWS. It takes long, so it runs if LLMSPELL_PEERS says up to how many vectors.
func TestVectorPeers(t *testing.T) {
	most, err := strconv.Atoi(os.Getenv("LLMSPELL_PEERS"))
	if err != nil {
		t.Skip("it takes minutes; LLMSPELL_PEERS=100000 runs it with up to so many vectors")
	}
	var sets []peerSet
	var rows []vectors.Row
	add := func(t *testing.T, s peerSet, name string, build, p50 time.Duration, ids [][]int64) {
		t.Helper()
		row := vectors.Row{Vectors: len(s.all), Program: name, Build: build, P50: p50, Recall: shareOf(ids, s.truth)}
		rows = append(rows, row)
		t.Logf("%+v", row)
		if row.Recall < 0.9 {
			t.Errorf("%s finds %.4f of the nearest of %d: it does not search what the others search", name, row.Recall, row.Vectors)
		}
	}
	for _, size := range []int{1000, 10_000, 100_000} {
		if size > most {
			break
		}
		s := peerSet{}
		s.all, s.queries = clustered(rand.New(rand.NewPCG(5, 384)), size, peerQueries)
		s.truth = idsOf(t, indexed(t, vector.Options{Kind: vector.Exact}, s.all), s.queries)
		sets = append(sets, s)
		start := time.Now()
		ours := indexed(t, vector.Options{}, s.all)
		add(t, s, "llmspell", time.Since(start), timeOfSearch(t, ours, s.queries), idsOf(t, ours, s.queries))
	}
	// A peer that is not there has a row for each size that says so, and the others are measured.
	peer := func(name, needs string, search func(t *testing.T)) {
		measured := false
		missing := "it needs " + needs
		if !t.Run(name, func(t *testing.T) {
			search(t)
			measured = true
		}) {
			missing = "it failed"
		}
		if measured {
			return
		}
		for _, s := range sets {
			rows = append(rows, vectors.Row{Vectors: len(s.all), Program: name, Missing: missing})
		}
	}
	peer("hnswlib", "a C++ compiler and hnswlib", func(t *testing.T) {
		program := hnswlib(t)
		for _, s := range sets {
			theirs, build := runHnswlib(t, program, s.all, s.queries)
			for i, ef := range peerEfs {
				add(t, s, fmt.Sprintf("hnswlib, ef %d", ef), build, theirs[i].p50, theirs[i].ids)
			}
		}
	})
	peer("pgvector", "PostgreSQL and pgvector", func(t *testing.T) {
		conn := pgvector(t)
		for _, s := range sets {
			build := fillPgvector(t, conn, s.all)
			for _, ef := range peerEfs {
				ids, p50 := askPgvector(t, conn, ef, s.queries)
				add(t, s, fmt.Sprintf("pgvector, ef %d", ef), build, p50, ids)
			}
		}
	})
	slices.SortStableFunc(rows, func(a, b vectors.Row) int { return a.Vectors - b.Vectors })
	if path := os.Getenv("LLMSPELL_PEERS_ROWS"); path != "" {
		if err := vectors.Save(path, rows); err != nil {
			t.Fatal(err)
		}
	}
}

// pgvector starts a server that has it.
func pgvector(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbserver.StartPostgres(t).Admin())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	if _, err := conn.Exec(t.Context(), "create extension vector"); err != nil {
		t.Skipf("scripts/pgvector.sh installs pgvector: %v", err)
	}
	return conn
}

// vectorText is a vector as pgvector reads it.
func vectorText(v []float32) string {
	return "[" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(v)), ","), "[]") + "]"
}

// fillPgvector stores vectors, and makes an index with the links and candidates of the others.
func fillPgvector(t *testing.T, conn *pgx.Conn, all [][]float32) time.Duration {
	t.Helper()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(fmt.Sprintf("drop table if exists v; create table v (id bigint, e vector(%d)); set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 0; set jit = off", vectorDimension))
	id := 0
	for part := range slices.Chunk(all, 1000) {
		texts := make([]string, len(part))
		for i, v := range part {
			texts[i] = vectorText(v)
		}
		exec("insert into v select $1 + n - 1, e::vector from unnest($2::text[]) with ordinality t (e, n)", id, texts)
		id += len(part)
	}
	start := time.Now()
	exec("create index on v using hnsw (e vector_cosine_ops) with (m = 16, ef_construction = 200)")
	took := time.Since(start)
	exec("analyze v; set enable_sort = off")
	return took
}

func askPgvector(t *testing.T, conn *pgx.Conn, ef int, queries [][]float32) (all [][]int64, p50 time.Duration) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), fmt.Sprintf("set hnsw.ef_search = %d", ef)); err != nil {
		t.Fatal(err)
	}
	var times samples
	for _, q := range queries {
		text := vectorText(q)
		times = append(times, timed(func() {
			rows, err := conn.Query(t.Context(), fmt.Sprintf("select id from v order by e <=> $1::text::vector limit %d", vectorHits), text)
			if err != nil {
				t.Fatal(err)
			}
			ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ids)
		}))
	}
	return all, times.percentile(50)
}
