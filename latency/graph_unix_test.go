//go:build !race && unix

package latency

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory/postgres"
)

// budgetPostgresGraph is budgetGraph for a server on loopback. The facts are made by the server itself, since to send a million one by
// one takes minutes.
func budgetPostgresGraph(t *testing.T, r *report) {
	p := dbserver.StartPostgres(t)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: p.Admin(), Schema: "graph"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids := fillEntities(t, s)
	conn, err := pgx.Connect(t.Context(), p.Admin())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, statement := range []string{
		"set search_path = graph, public; set session_replication_role = replica; select setseed(0.5)",
		fmt.Sprintf(`insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, single)
			select 1, n, 'leads_to_' || j, %d + floor(random() * %d), '', 0, case when random() < 1.0 / 6 then 1 else 9223372036854775807 end, 1, 9223372036854775807, 0, 1, false
			from generate_series(%[1]d, %[3]d) n, generate_series(1, %[4]d) j`, ids[0], len(ids), ids[len(ids)-1], graphFacts),
		"analyze entities, facts",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	budgetHops(t, r, s, "PostgreSQL")
}
