//go:build unix

package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

const turnsOfLate = "turns of late"

// fewOfMany are uses of a store that concern few of its rows.
func fewOfMany() map[string]func(w *writer) error {
	uses := map[string]func(w *writer) error{}
	addReading(uses)
	addFinding(uses)
	addKnowing(uses)
	addForgetting(uses)
	return uses
}

// rowsOf are some rows of a table, found by its primary key.
func (r *reader) rowsOf(table, key string) ([]int64, error) {
	return r.numbers("select "+key+" from "+table+" where tenant = $1 and "+key+" > 500 order by "+key+" limit 3", r.id)
}

func addReading(uses map[string]func(w *writer) error) {
	no, yes := false, true
	for name, f := range map[string]memory.Filter{
		"turns after a row":                 {After: 19_990},
		"a session's turns":                 {Sessions: []string{"s7"}},
		"a session's newest":                {Sessions: []string{"s7"}, Order: memory.Newest, Limit: 10},
		"the newest of two sessions":        {Sessions: []string{"s7", "s8"}, Order: memory.Newest, Limit: 10},
		"two sessions by time":              {Sessions: []string{"s7", "s8"}, Order: memory.ByTime},
		"a session's turns of late":         {Sessions: []string{"s7"}, Since: time.UnixMicro(19_000)},
		"a session's turns after a row":     {Sessions: []string{"s7"}, After: 19_000},
		"a turn":                            {Sessions: []string{"s7"}, IDs: []string{"7"}},
		"a turn of any session":             {IDs: []string{"7"}},
		"sessions by their beginning":       {Sessions: []string{"s7*"}, Limit: 10},
		"a session's new turns":             {Sessions: []string{"s0"}, Processed: &no, Order: memory.ByTime},
		"new turns":                         {Processed: &no, Order: memory.ByTime, Limit: 100},
		turnsOfLate:                         {Since: time.UnixMicro(19_990)},
		"turns of a time":                   {Since: time.UnixMicro(10_000), Until: time.UnixMicro(10_010)},
		"the newest":                        {Order: memory.Newest, Limit: 10},
		"the first":                         {Order: memory.ByTime, Limit: 10},
		"the first rows":                    {Limit: 10},
		"a role's newest":                   {Roles: []string{"user"}, Order: memory.Newest, Limit: 10},
		"the newest that were consolidated": {Processed: &yes, Order: memory.Newest, Limit: 10},
	} {
		uses[name] = func(w *writer) error {
			f.Damaged = func(*memory.Episode, error) error { return nil }
			if f.Limit > 0 { // a damaged one does not count, and these all are
				_, _, err := w.page(f, nil)
				return err
			}
			return w.Episodes(f, func(*memory.Episode) error { return nil })
		}
	}
	for name, f := range map[string]memory.DocumentFilter{
		"documents after a row": {After: 19_990},
		"documents by rows":     {Rows: []int64{7, 8}},
		"a scope's documents":   {Scopes: []string{"s7"}},
		"a document":            {Scopes: []string{"s7"}, Collections: []string{"c"}, IDs: []string{"7"}},
	} {
		uses[name] = func(w *writer) error {
			f.Damaged = func(*memory.Document, error) error { return nil }
			return w.Documents(f, func(*memory.Document) error { return nil })
		}
	}
}

func addFinding(uses map[string]func(w *writer) error) {
	uses["turns by rows"] = func(w *writer) error { _, err := w.EpisodesAt([]int64{7, 8, 9}); return err }
	uses["removed turns"] = func(w *writer) error { _, _, err := w.Removed(-10); return err }
	uses["removed documents"] = func(w *writer) error { _, _, err := w.RemovedDocuments(-10); return err }
	uses["pieces by rows"] = func(w *writer) error { _, err := w.ChunksAt([]int64{7, 8, 9}); return err }
	uses["pieces of a document"] = func(w *writer) error {
		return w.Chunks(7, func(error) {}, func(*memory.Chunk) error { return nil })
	}
	uses["patterns of a session"] = func(w *writer) error { _, err := w.Patterns(memory.PatternQuery{Sessions: []string{"s7"}}); return err }
	uses["patterns by numbers"] = func(w *writer) error { _, err := w.Patterns(memory.PatternQuery{IDs: []int64{7, 8}}); return err }
	uses["patterns of a thing"] = func(w *writer) error {
		_, err := w.Patterns(memory.PatternQuery{Kind: memory.StatePattern, About: "key 7"})
		return err
	}
	uses["a pattern is counted"] = func(w *writer) error {
		return w.CountPatterns([]memory.Pattern{{Session: "s7", Kind: memory.StatePattern, About: "x", Count: 1}})
	}
	uses["a pattern is dropped"] = func(w *writer) error { _, err := w.DropPatterns(memory.PatternQuery{IDs: []int64{7}}); return err }
	last := [...]int64{memory.Turns: planRows - 100, memory.Chunks: 2*planRows - 100}
	for _, of := range []memory.Owner{memory.Turns, memory.Chunks} {
		what := vectorTable(of)
		uses[what+" that are new"] = func(w *writer) error {
			_, err := w.Vectors(of, "m", last[of], func(int64, []float32) error { return nil }, func(int64) {})
			return err
		}
		uses[what+" of a text"] = func(w *writer) error { _, err := w.VectorOf(of, "m", []byte{0, 0, 0, 0, 0, 0, 0, 7}); return err }
		uses[what+": a length"] = func(w *writer) error { _, err := w.VectorLength(of, "m"); return err }
		uses[what+" that lack"] = func(w *writer) error { _, err := w.Lacking(of, "m", last[of], 3); return err }
		uses[what+" are set and dropped"] = func(w *writer) error {
			rows, err := w.rowsOf(rowTable(of), "row")
			if err == nil {
				err = w.SetVectors(of, "m", []memory.RowVector{{Row: rows[0], Vector: []float32{1}}})
			}
			if err == nil {
				err = w.DropVectors(of, "m", rows...)
			}
			return err
		}
	}
}

func addKnowing(uses map[string]func(w *writer) error) {
	as := memory.AsOf{Valid: memory.Forever, Known: memory.Forever}
	for name, q := range map[string]memory.FactQuery{
		"facts of an entity":           {Subject: 7, As: &as},
		"facts of a predicate":         {Subject: 7, Predicate: "p"},
		"facts by numbers":             {IDs: []int64{7, 8}},
		"facts about an entity":        {Object: &memory.Object{Entity: 7}},
		"a fact of two":                {Subject: 8, Object: &memory.Object{Entity: 7}},
		"what was believed of one":     {Subject: 7, As: &memory.AsOf{Valid: 7, Known: 7}},
		"what is said about an entity": {Object: &memory.Object{Entity: 7}, Predicate: "p", As: &as},
	} {
		uses[name] = func(w *writer) error { _, err := w.reader.Facts(q); return err }
	}
	uses["an entity by its name"] = func(w *writer) error { _, err := w.EntityNamed("ann"); return err }
	uses["an entity by another name"] = func(w *writer) error { _, err := w.EntityNamed("annie"); return err }
	uses["an entity that is not there"] = func(w *writer) error { _, err := w.EntityNamed("nobody"); return err }
	uses["entities"] = func(w *writer) error { _, err := w.Entities(7, 8); return err }
	uses["names"] = func(w *writer) error { _, err := w.Aliases(7, 8); return err }
	uses["edges"] = func(w *writer) error {
		return w.Edges([]int64{7, 8}, as, false, func(memory.Edge) error { return nil })
	}
	uses["edges to"] = func(w *writer) error { return w.Edges([]int64{7, 8}, as, true, func(memory.Edge) error { return nil }) }
	uses["what has changed"] = func(w *writer) error { _, err := w.Changed(19_990); return err }
	uses["new links"] = func(w *writer) error { return w.Links(19_990, func(memory.Link) error { return nil }) }
	uses["an entity with another name, and facts of it"] = func(w *writer) error {
		now, err := w.Now()
		e := memory.Entity{Name: "Bob", Created: now}
		always := memory.Span{From: memory.Beginning, To: memory.Forever}
		fact := memory.Fact{Subject: 0, Predicate: "p", Object: memory.Object{Value: `"x"`}, Valid: always, Known: memory.Span{From: now, To: memory.Forever}, Sources: []int64{7, 8}}
		older := fact
		older.Known.From--
		for _, do := range []func() error{
			func() error { return w.AddEntity(&e, "bob") },
			func() error { return w.SetEntity(memory.Entity{ID: e.ID, Name: "Rob"}) },
			func() error { return w.AddAlias(memory.Alias{Entity: e.ID, Name: "Robert", Created: now}, "robert") },
			func() error { fact.Subject = e.ID; return w.AddFact(&fact) },
			func() error { return w.SetSources(fact.ID, []int64{7, 8, 9}) },
			func() error { return w.EndFact(fact.ID, now) },
			func() error { older.Subject = e.ID; return w.AddFact(&older) },
			func() error { return w.EndFact(older.ID, now) },
			func() error { _, err := w.DropFact(older.ID); return err },
			func() error { _, err := w.DropAlias("robert"); return err },
			func() error { _, err := w.EntityIDs("bob", "Rob"); return err },
			func() error { return w.DropEntity(e.ID) },
		} {
			if err == nil {
				err = do()
			}
		}
		return err
	}
}

func addForgetting(uses map[string]func(w *writer) error) {
	uses["a turn is added"] = func(w *writer) error {
		return w.AddEpisode(&memory.Episode{Session: "s7", ID: "new", Role: "user", Content: "x"})
	}
	uses["turns are processed"] = func(w *writer) error { return w.MarkProcessed([]int64{1000, 2000}) }
	uses["turns are dropped"] = func(w *writer) error {
		rows, err := w.rowsOf("episodes", "row")
		if err == nil {
			_, err = w.DropEpisodes(rows)
		}
		return err
	}
	uses["what turns tell is dropped"] = func(w *writer) error { return w.DropFactsFrom([]int64{770, 771, 772}) }
	uses["an entity is dropped"] = func(w *writer) error {
		rows, err := w.rowsOf("entities", "id")
		if err == nil {
			err = w.DropEntity(rows[0])
		}
		return err
	}
	uses["documents"] = func(w *writer) error {
		d := memory.Document{Scope: "s7", Collection: "c", ID: "new"}
		if err := w.AddDocument(&d, []memory.Chunk{{Text: "x"}}); err != nil {
			return err
		}
		rows, err := w.rowsOf("documents", "row")
		if err == nil {
			_, err = w.DropDocuments(rows)
		}
		return err
	}
	uses["a collection's time"] = func(w *writer) error {
		return w.SetCollection(memory.Collection{Scope: "s", Name: "c", TTL: time.Hour})
	}
	uses["a predicate"] = func(w *writer) error {
		if err := w.SetSingle("p", false); err != nil {
			return err
		}
		_, err := w.Single("p")
		return err
	}
	uses["kept indexes"] = func(w *writer) error {
		var data []byte
		err := w.row(fmt.Sprintf("select index from %s where tenant = $1", keptTable(memory.Turns)), w.id).Scan(&data)
		if err == pgx.ErrNoRows {
			return nil
		}
		return err
	}
}
