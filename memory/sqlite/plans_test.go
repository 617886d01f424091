package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// TestPlans looks at how SQLite finds what concerns few of many rows: it chooses between indexes by rules that know
// nothing of how many there are.
func TestPlans(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "memory.db"), Options{})
	const entities = 100
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error {
		now, err := tx.Now()
		last := int64(0)
		for i := 0; i < entities && err == nil; i++ {
			e := memory.Entity{Name: fmt.Sprint("entity ", i), Created: now}
			if err = tx.AddEntity(&e, memory.NameKey(e.Name)); err != nil {
				break
			}
			if err = tx.AddAlias(memory.Alias{Entity: e.ID, Name: fmt.Sprint("alias ", i), Created: now}, memory.NameKey(fmt.Sprint("alias ", i))); err == nil && last > 0 {
				err = tx.AddFact(&memory.Fact{Subject: last, Predicate: "next", Object: memory.Object{Entity: e.ID}, Valid: memory.Span{From: now, To: memory.Forever}, Known: memory.Span{From: now, To: memory.Forever}, Confidence: 1})
			}
			last = e.ID
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	as := memory.AsOf{Valid: memory.Forever, Known: memory.Forever}
	for name, ask := range map[string]func(r *reader) (int, error){
		"entities": func(r *reader) (int, error) { list, err := r.Entities(7); return len(list), err },
		"aliases":  func(r *reader) (int, error) { list, err := r.Aliases(7); return len(list), err },
		"facts": func(r *reader) (int, error) {
			list, err := r.Facts(memory.FactQuery{Subject: 7, As: &as})
			return len(list), err
		},
		"facts by ids": func(r *reader) (int, error) {
			list, err := r.Facts(memory.FactQuery{IDs: []int64{7}})
			return len(list), err
		},
		"edges": func(r *reader) (n int, err error) {
			err = r.Edges([]int64{7}, as, false, func(memory.Edge) error { n++; return nil })
			return n, err
		},
		"edges to": func(r *reader) (n int, err error) {
			err = r.Edges([]int64{7}, as, true, func(memory.Edge) error { n++; return nil })
			return n, err
		},
		"an entity's name": func(r *reader) (int, error) {
			e, err := r.EntityNamed("alias7")
			return map[bool]int{e != nil: 1}[true], err
		},
	} {
		if err := s.db.Read(t.Context(), func(tx *db.Tx) error {
			n, err := ask(&reader{s: s, tx: tx})
			if n != 1 {
				t.Errorf("%s: %d are found", name, n)
			}
			return err
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The queries are as the reader asks them.
	no := false
	queries := []string{edgesFrom, edgesTo, entitiesAt, aliasesOf, factsOf, factsAt, factsAbout, newLinks, endedLinks, changed,
		"delete from " + factsFromEntity, "delete from " + factsToEntity, episodesAt, chunksAt, dropPatterns, dropChunkVectors,
		concernedBy, "delete " + factsFrom, "delete " + aliasesFrom, severallyFrom, factless, lacking(memory.Turns), lacking(memory.Chunks)}
	for _, f := range []memory.Filter{{After: 7}, {Sessions: []string{"a"}}, {Sessions: []string{"a"}, Order: memory.Newest}, {Sessions: []string{"a", "b"}, Order: memory.ByTime},
		{Sessions: []string{"a"}, Since: time.Unix(1, 0)}, {Sessions: []string{"a"}, After: 7}, {Sessions: []string{"a"}, IDs: []string{"1"}}, {IDs: []string{"1"}}, {Sessions: []string{"a"}, Processed: &no, Order: memory.ByTime}} {
		query, _ := (&reader{s: s}).query(f)
		queries = append(queries, query)
	}
	for _, f := range []memory.DocumentFilter{{After: 7}, {Rows: []int64{7, 8}}, {Scopes: []string{"a"}, Collections: []string{"b"}, IDs: []string{"1"}}} {
		query, _ := (&reader{s: s}).documentQuery(f)
		queries = append(queries, query)
	}
	ofOne := factsOf + " and predicate = ? and object = ?" // of a subject there may be many
	for _, query := range append(queries, ofOne) {
		var plan []string
		values := strings.Count(query, "?")
		if strings.Contains(query, "?1") { // those with numbers come again
			for values = 1; strings.Contains(query, fmt.Sprint("?", values+1)); values++ {
			}
		}
		if err := s.db.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each(func(rows *sql.Rows) error {
				var id, parent, unused int
				var detail string
				err := rows.Scan(&id, &parent, &unused, &detail)
				plan = append(plan, detail)
				return err
			}, "explain query plan "+query, make([]any, values)...)
		}); err != nil {
			t.Fatal(err)
		}
		if query == ofOne && !strings.Contains(plan[0], "object=?") {
			t.Errorf("%s\nreads all facts of a subject: %s", query, plan[0])
		}
		for _, step := range plan {
			whole := strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "VIRTUAL TABLE")
			if whole || strings.HasSuffix(step, "(tenant=?)") || strings.Contains(step, "facts_known") && !strings.Contains(query, "facts_known") {
				t.Errorf("%s\nreads all rows of a tenant: %s", query, strings.Join(plan, "; "))
			}
		}
	}
}
