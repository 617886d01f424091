//go:build !race

package latency

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/sqlite"
)

const (
	graphEntities = 100_000
	graphFacts    = 10 // of each entity
	graphHops     = 4
	graphTime     = 10 * time.Millisecond
	graphReached  = 2000 // entities, in the mean
)

// graphEntity is the name of an entity.
func graphEntity(i int) string { return fmt.Sprint("entity ", i) }

// budgetGraph walks four hops through a million facts.
func budgetGraph(t *testing.T, r *report) {
	path := filepath.Join(t.TempDir(), "memory.db")
	open := func() *sqlite.Store {
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	ids := fillEntities(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fillFacts(t, path, ids)
	s = open()
	defer s.Close()
	budgetHops(t, r, s, "SQLite")
	budgetPostgresGraph(t, r)
}

// fillEntities stores the entities.
func fillEntities(t *testing.T, b memory.Backend) (ids []int64) {
	t.Helper()
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error {
		now, err := tx.Now()
		ids = make([]int64, graphEntities)
		for i := 0; err == nil && i < graphEntities; i++ {
			e := memory.Entity{Name: graphEntity(i), Created: now}
			err = tx.AddEntity(&e, memory.NameKey(e.Name))
			ids[i] = e.ID
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

// fillFacts stores the facts, of which a sixth have ended, behind the store's back: to add a million one by one takes half a minute and
// more. So they have no checksums, which walks do not ask for. The indexes are made when the rows are there, by sorting.
func fillFacts(t *testing.T, path string, ids []int64) {
	t.Helper()
	conn, err := (&sqlite3.SQLiteDriver{}).Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	db := conn.(*sqlite3.SQLiteConn)
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement, nil); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	var drop, restore strings.Builder
	rows, err := db.Query("select type, name, sql from sqlite_schema where tbl_name = 'facts' and type in ('index', 'trigger')", nil)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]driver.Value, 3)
	for err = rows.Next(row); err == nil; err = rows.Next(row) {
		fmt.Fprintf(&drop, "drop %s %s;", row[0], row[1])
		fmt.Fprintf(&restore, "%s;", row[2])
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(8, 1_000_000))
	if err := db.RegisterFunc("below", rnd.Int64N, false); err != nil {
		t.Fatal(err)
	}
	exec("pragma synchronous = off; pragma cache_size = -131072; pragma temp_store = memory; begin")
	exec(drop.String())
	exec(fmt.Sprintf(`with recursive fact (n) as (select 0 union all select n + 1 from fact where n < %d)
		insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence)
		select '', %d + n / %d, 'leads_to_' || n %% %[3]d, %[2]d + below(%[4]d), '', 0, iif(below(6) = 0, 1, 9223372036854775807), 1, 9223372036854775807, 0, 1 from fact`,
		graphEntities*graphFacts-1, ids[0], graphFacts, len(ids)))
	exec(restore.String())
	exec("commit")
}

// budgetHops measures what is around random entities.
func budgetHops(t *testing.T, r *report, b memory.Backend, name string) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(8, graphHops))
	reached, walks := 0, 0
	walk := func() {
		near, err := m.Around(context.Background(), graphEntity(rnd.IntN(graphEntities)), graphHops, m.Now())
		if err != nil {
			t.Fatal(err)
		}
		reached += len(near)
		walks++
	}
	start := time.Now()
	for range 5 { // until the facts are held
		walk()
	}
	r.duration(fmt.Sprintf("%d hops in 100,000 entities and 1,000,000 facts (%s), the first five", graphHops, name), time.Since(start))
	best, n := settle(func() series {
		return beside(alone(t, graphTime/4), 50, func() timings { return onCPU(t, walk) })
	}, func(s series) float64 { return s.share(50, graphTime) })
	r.percentile(t, fmt.Sprintf("%d hops in 100,000 entities and 1,000,000 facts (%s)", graphHops, name), best, 50, graphTime)
	r.took(n)
	if mean := reached / walks; mean < graphReached {
		t.Errorf("%s: %d entities are around one in the mean, not %d", name, mean, graphReached)
	}
}
