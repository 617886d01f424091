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
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory/vector"
)

// TestVectorPeers searches the same vectors with llmspell, hnswlib and pgvector, and prints the table that
// `make peers` has. It takes minutes, so it runs if LLMSPELL_PEERS says up to how many vectors.
func TestVectorPeers(t *testing.T) {
	most, err := strconv.Atoi(os.Getenv("LLMSPELL_PEERS"))
	if err != nil {
		t.Skip("it takes minutes; LLMSPELL_PEERS=100000 runs it with up to so many vectors")
	}
	program := hnswlib(t)
	conn := pgvector(t)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "vectors\tsearch\tbuild\tp50\trecall of 10")
	for _, size := range []int{1000, 10_000, 100_000} {
		if size > most {
			break
		}
		vectors, queries := clustered(rand.New(rand.NewPCG(5, 384)), size, peerQueries)
		truth := idsOf(t, indexed(t, vector.Options{Kind: vector.Exact}, vectors), queries)
		print := func(name string, build, p50 time.Duration, ids [][]int64) {
			recall := shareOf(ids, truth)
			fmt.Fprintf(w, "%d\t%s\t%v\t%v\t%.4f\n", size, name, build.Round(time.Millisecond), p50.Round(time.Microsecond), recall)
			if recall < 0.9 {
				t.Errorf("%s finds %.4f of the nearest of %d: it does not search what the others search", name, recall, size)
			}
		}
		start := time.Now()
		ours := indexed(t, vector.Options{}, vectors)
		took := time.Since(start)
		print("llmspell, auto", took, timeOfSearch(t, ours, queries), idsOf(t, ours, queries))
		theirs, build := runHnswlib(t, program, vectors, queries)
		for i, ef := range peerEfs {
			print(fmt.Sprintf("hnswlib, ef %d", ef), build, theirs[i].p50, theirs[i].ids)
		}
		build = fillPgvector(t, conn, vectors)
		for _, ef := range peerEfs {
			ids, p50 := askPgvector(t, conn, ef, queries)
			print(fmt.Sprintf("pgvector, ef %d", ef), build, p50, ids)
		}
	}
	w.Flush()
	t.Logf("\n%s", &table)
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
func fillPgvector(t *testing.T, conn *pgx.Conn, vectors [][]float32) time.Duration {
	t.Helper()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(fmt.Sprintf("drop table if exists v; create table v (id bigint, e vector(%d)); set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 0; set jit = off", vectorDimension))
	id := 0
	for part := range slices.Chunk(vectors, 1000) {
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
