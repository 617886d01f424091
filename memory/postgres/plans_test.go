//go:build unix

package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
)

const (
	planRows = 20_000 // turns, facts and the like of each of two tenants
	fewRows  = 2_500  // what concerns few reads no more of them, and of the server's pages no more than fewPages
	fewPages = 90     // for what it finds none of; the least index of all that a tenant has is larger
)

// TestPlans has the server tell how it runs the statements that concern few of many rows: before it has statistics and after,
// and with plans that know nothing of the values, which it may take for statements that come often.
func TestPlans(t *testing.T) {
	p := server(t)
	for _, set := range []string{"session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0", "auto_explain.log_analyze = on", "auto_explain.log_buffers = on",
		"auto_explain.log_nested_statements = on", "auto_explain.log_format = 'json'", "auto_explain.log_level = 'notice'"} {
		if err := asAdmin(t, p, "alter role kernel set "+set); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, p, Options{})
	fillForPlans(t, p, s)
	for _, statistics := range []bool{false, true} {
		if statistics {
			if _, err := s.pool.Exec(t.Context(), "vacuum analyze"); err != nil {
				t.Fatal(err)
			}
		}
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			t.Run(fmt.Sprintf("%s, statistics %v", mode, statistics), func(t *testing.T) { testPlans(t, s, mode, statistics) })
		}
	}
}

// fillForPlans puts many rows into tables by statements: each tenant has them in 200 sessions, 100 scopes, of 100 entities for each fact's predicate.
func fillForPlans(t *testing.T, p *dbserver.Postgres, s *Store) {
	var ids []int32
	for _, tenant := range []string{"a", "b"} {
		if err := s.write(t.Context(), tenant, func(w *writer) error {
			now, err := w.Now()
			ids = append(ids, w.id)
			e := memory.Entity{Name: "Ann", Created: now}
			if err == nil {
				err = w.AddEntity(&e, "ann")
			}
			if err == nil {
				err = w.AddAlias(memory.Alias{Entity: e.ID, Name: "Annie", Created: now}, "annie")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	statements := []string{"set search_path to " + s.quoted}
	for _, table := range append(tables, "removed", "documents_removed", "fact_sources") {
		statements = append(statements, "alter table "+table+" set (autovacuum_enabled = off)") // which would bring statistics
	}
	for _, id := range ids {
		for _, insert := range []string{
			"episodes (tenant, session, id, role, content, metadata, at, ingested, processed, sum) select TENANT, 's' || i / 100, i, 'user', repeat('word ', 20), '{}', i, i, i % 1000 <> 0, 0",
			"vectors (tenant, row, model, text, numbers) select tenant, row, 'm', int8send(row), '\\x00000000' from episodes where tenant = TENANT and row % 1000 <> 0",
			"removed select TENANT, i - MANY, -i",
			"entities (tenant, name, digest, type, created, sum) select TENANT, 'entity ' || i, int8send(i), '', i, 0",
			"aliases (tenant, digest, entity, name, source, created, sum) select tenant, int8send(-id), id, 'alias', id, created, 0 from entities where tenant = TENANT",
			`facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, single, sum)
				select TENANT, e.id, 'p', case when i % 2 = 0 then e.id - 1 else 0 end, case when i % 2 = 0 then '' else '1' end, 0, 9223372036854775807, i, 9223372036854775807, i, 1, i % 30 = 0, 0
				from generate_series(1, MANY) i join entities e on e.tenant = TENANT and e.name = 'entity ' || i where i % 2 = 0 or i > 100`,
			"fact_sources select TENANT, id, source from facts where source > 0 and id % 10 = 0 and tenant = TENANT",
			"patterns (tenant, digest, session, kind, about, before, after, count, failed, first, last, sum) select TENANT, int8send(i), 's' || i / 100, 'state', 'key ' || i, '1', '2', 3, 0, i, i, 0",
			"documents (tenant, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks, sum) select TENANT, 's' || i / 100, 'c', i, 'title', '', '{}', '', 0, i, 100, 20, 2, 0",
			"chunks (tenant, document, number, start, stop, headings, content, sum) select tenant, row, n, 0, 1, '[]', repeat('word ', 20), 0 from documents, generate_series(0, 1) n where tenant = TENANT",
			"chunk_vectors (tenant, row, model, text, numbers) select tenant, row, 'm', int8send(row), '\\x00000000' from chunks where tenant = TENANT and row % 1000 <> 0",
			"documents_removed select TENANT, i - MANY, -i",
		} {
			if !strings.Contains(insert, "from ") {
				insert += " from generate_series(1, MANY) i"
			}
			statements = append(statements, strings.NewReplacer("TENANT", fmt.Sprint(id), "MANY", fmt.Sprint(planRows)).Replace("insert into "+insert))
		}
	}
	if err := asAdmin(t, p, strings.Join(statements, ";\n")); err != nil {
		t.Fatal(err)
	}
}

// step is what the server tells of a part of a statement that it ran.
type step struct {
	Node    string  `json:"Node Type"`
	Hit     int     `json:"Shared Hit Blocks"`
	Read    int     `json:"Shared Read Blocks"`
	Rows    float64 `json:"Actual Rows"`
	Removed float64 `json:"Rows Removed by Filter"`
	Joined  float64 `json:"Rows Removed by Join Filter"`
	Loops   float64 `json:"Actual Loops"`
	Plans   []step
}

// rows are how many rows a step and those below it have looked at.
func (s *step) rows() int {
	n := int((s.Rows + s.Removed + s.Joined) * s.Loops)
	for i := range s.Plans {
		n += s.Plans[i].rows()
	}
	return n
}

var errUndo = errors.New("the test is done")

func testPlans(t *testing.T, s *Store, mode string, statistics bool) {
	cfg := s.pool.Config()
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = mode
	var mu sync.Mutex
	var plans []string
	cfg.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		mu.Lock()
		defer mu.Unlock()
		if _, told, ok := strings.Cut(n.Message, "plan:"); ok {
			plans = append(plans, told)
		}
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	was := s.pool
	s.pool = pool
	defer func() { s.pool = was; pool.Close() }()
	for name, run := range fewOfMany() {
		if name == turnsOfLate && mode == "force_generic_plan" {
			continue // it takes any moment for one that a third of all are behind; so does the server, and plans anew for each
		}
		plans = plans[:0]
		if err := s.write(t.Context(), "a", func(w *writer) error {
			if err := run(w); err != nil {
				return err
			}
			return errUndo
		}); !errors.Is(err, errUndo) {
			t.Errorf("%s: %v", name, err)
		}
		mu.Lock()
		told := plans
		mu.Unlock()
		if len(told) < 2 { // that of the tenant is one
			t.Errorf("%s: the server tells of %d statements", name, len(told))
		}
		for _, text := range told {
			var p struct {
				Text string `json:"Query Text"`
				Plan step
			}
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				t.Fatal(err)
			}
			pages, rows := p.Plan.Hit+p.Plan.Read, p.Plan.rows()
			many := rows > fewRows || pages > fewPages+2*rows && !strings.HasPrefix(p.Text, "insert") // of which indexes are a part
			if !statistics {                                                                          // the server cannot do as well, but must not compare all with all
				many = rows > 4*planRows
			}
			if many {
				t.Errorf("%s reads %d rows, %d pages: %s\n%s", name, rows, pages, p.Text, text)
			}
		}
	}
}
