//go:build unix

package postgres

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/conformance"
)

// server starts a server with a database of the role kernel, who owns that and may do nothing else: so
// row-level security concerns him, which superusers pass.
func server(t testing.TB) *dbserver.Postgres {
	t.Helper()
	p := dbserver.StartPostgres(t)
	p.Do(t, "create role kernel login password 'pässword'", "create database memory owner kernel")
	return p
}

// address is that of the database, for the role kernel.
func address(p *dbserver.Postgres) string { return p.URL("kernel", "p%C3%A4ssword", "memory") }

var schemas atomic.Int64

// open opens a store in a schema of its own if none is named.
func open(t testing.TB, p *dbserver.Postgres, opt Options) *Store {
	t.Helper()
	if opt.URL == "" {
		opt.URL = address(p)
	}
	if opt.Schema == "" {
		opt.Schema = fmt.Sprint("Schema ", schemas.Add(1))
	}
	s, err := Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// asAdmin runs a statement in the memory's database as a superuser.
func asAdmin(t testing.TB, p *dbserver.Postgres, statement string) error {
	t.Helper()
	admin, err := url.Parse(p.Admin())
	if err != nil {
		t.Fatal(err)
	}
	admin.Path = "/memory"
	conn, err := pgx.Connect(t.Context(), admin.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), statement)
	return err
}

// withPgvector makes the extension in the database. It may be missing on a person's machine, but not where scripts/pgvector.sh
// has run.
func withPgvector(t testing.TB, p *dbserver.Postgres) {
	t.Helper()
	if err := asAdmin(t, p, "create extension vector"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("pgvector is not installed; scripts/pgvector.sh installs it: %v", err)
		}
		t.Skipf("pgvector is not installed; scripts/pgvector.sh installs it: %v", err)
	}
}

func TestConformance(t *testing.T) {
	p := server(t)
	conformance.Run(t, func(t *testing.T, clock func() time.Time) memory.Backend {
		s := open(t, p, Options{Clock: clock})
		if s.FindsNearest() {
			t.Fatal("pgvector is used, and is not there")
		}
		return s
	})
}

func TestConformanceDamaged(t *testing.T) {
	p := server(t)
	conformance.RunDamaged(t, func(t *testing.T, clock func() time.Time) memory.Backend { return open(t, p, Options{Clock: clock}) },
		func(t *testing.T, b memory.Backend, statement string) { statements(t, b.(*Store), statement) })
}

func TestConformancePgvector(t *testing.T) {
	p := server(t)
	withPgvector(t, p)
	conformance.Run(t, func(t *testing.T, clock func() time.Time) memory.Backend {
		s := open(t, p, Options{Clock: clock})
		if !s.FindsNearest() {
			t.Fatal(s.VectorSearch())
		}
		return s
	})
}
