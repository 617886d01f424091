package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/llmspell/llmspell/memory"
)

// pgvector is the extension, where it can be used: it finds the nearest vectors in the server, so that no kernel has to
// hold them all. It needs iterative scans, without which a search with a filter misses some.
type pgvector struct {
	version string
	schema  string // where its types are, for SQL
}

// nearestTable holds the vectors of an owner once more, as the extension has them.
func nearestTable(of memory.Owner) string { return [...]string{"nearest", "nearest_chunks"}[of] }

// oldestPgvector is the first version with iterative scans.
var oldestPgvector = [2]int{0, 8}

// nearestCollections are the vectors of a model of one tenant that have one length. In the table of each owner they have an
// index of their own.
const nearestCollections = `
create table nearest_collections (
	id        integer generated always as identity primary key,
	tenant    integer not null references tenants,
	model     text collate "C" not null,
	dimension integer not null,
	unique (tenant, model, dimension)
);`

// nearestRows are the tables of an owner. upto is the number of the last vector that they have: kernels that do not know
// the extension, or not these tables, may have stored others after it. One that is there has lost its vectors: the extension
// was dropped, and all of its type with it.
const nearestRows = `
drop table if exists %[1]s, %[1]s_upto;
create table %[1]s_upto (
	tenant integer primary key references tenants,
	upto   bigint not null
);
create table %[1]s (
	seq        bigint primary key references %[2]s on delete cascade,
	tenant     integer not null references tenants,
	row        bigint not null,
	collection integer not null references nearest_collections,
	embedding  %[3]s.vector not null
);
alter table %[1]s alter column embedding set storage main;
create index %[1]s_row on %[1]s (collection, row);`

// hideTenants has each tenant see its own rows of a table alone.
const hideTenants = `
alter table %[1]s enable row level security;
alter table %[1]s force row level security;
create policy tenant on %[1]s using (tenant = (select nullif(current_setting('llmspell.tenant', true), '')::integer));`

// makeNearest makes the tables that are not there, or not whole. They are beside the numbered migrations, since the extension may
// come later, or never. The transaction has the schema as its search_path.
func (s *Store) makeNearest(ctx context.Context, tx pgx.Tx, ext *pgvector) error {
	ensure := func(table, column, statements string, more ...string) error {
		var there bool
		if err := tx.QueryRow(ctx, "select exists (select from pg_attribute where attrelid = to_regclass($1) and attname = $2 and not attisdropped)", s.quoted+"."+table, column).Scan(&there); err != nil || there {
			return err
		}
		for _, name := range append(more, table) {
			statements += fmt.Sprintf(hideTenants, name)
		}
		_, err := tx.Exec(ctx, statements)
		return err
	}
	err := ensure("nearest_collections", "id", nearestCollections)
	for _, of := range []memory.Owner{memory.Turns, memory.Chunks} {
		if table := nearestTable(of); err == nil {
			err = ensure(table, "embedding", fmt.Sprintf(nearestRows, table, vectorTable(of), ext.schema), table+"_upto")
		}
	}
	return err
}

// findPgvector looks for the extension, and makes its tables where there are none. why says what keeps it from being used; it is
// no error, since our own index finds the same.
func (s *Store) findPgvector(ctx context.Context) (ext *pgvector, why string, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, "", err
	}
	defer conn.Release()
	ext = &pgvector{}
	err = conn.QueryRow(ctx, "select e.extversion, n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'").Scan(&ext.version, &ext.schema)
	if missing(err) {
		var there bool
		if err := conn.QueryRow(ctx, "select exists (select from pg_available_extensions where name = 'vector')").Scan(&there); err != nil {
			return nil, "", err
		}
		if there {
			return nil, "the server has pgvector, but this database does not: a superuser runs create extension vector in it", nil
		}
		return nil, "the server has no pgvector", nil
	}
	if err != nil {
		return nil, "", err
	}
	if !ext.recent() {
		return nil, fmt.Sprintf("pgvector is of version %s, and %d.%d is needed: alter extension vector update", ext.version, oldestPgvector[0], oldestPgvector[1]), nil
	}
	ext.schema = pgx.Identifier{ext.schema}.Sanitize()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('llmspell ' || $1, 0)), set_config('search_path', $2, true)", s.schema, s.quoted); err != nil {
			return err
		}
		return s.makeNearest(ctx, tx, ext)
	})
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "42501" {
		return nil, "its tables are not there, and the role may not make them: let an owner of the schema run llmspell storage info once", nil
	}
	return ext, "", err
}

// choose decides how the nearest vectors are found.
func (s *Store) choose(ctx context.Context, without bool) (err error) {
	why := "the configuration says so: runtime.memory.pgvector"
	var ext *pgvector
	if !without {
		if ext, why, err = s.findPgvector(ctx); err != nil {
			return err
		}
	}
	s.noPgvector.Store(&why)
	s.pgvector.Store(ext)
	return nil
}

// recent tells whether the version will do.
func (p *pgvector) recent() bool {
	major, rest, _ := strings.Cut(p.version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return err == nil && err2 == nil && (a > oldestPgvector[0] || a == oldestPgvector[0] && b >= oldestPgvector[1])
}

// VectorSearch says, for people, what finds the nearest vectors, and why that.
func (s *Store) VectorSearch() string {
	if ext := s.pgvector.Load(); ext != nil {
		says := fmt.Sprintf("pgvector %s: exact up to %d of a model, beyond that an index (HNSW, inner product)", ext.version, s.exact)
		if why := s.noIndex.Load(); why != nil {
			says += ", which could not be made: " + *why
		}
		return says
	}
	return "llmspell's own index, in each process (" + *s.noPgvector.Load() + ")"
}

// FindsNearest tells whether the server finds the nearest vectors.
func (s *Store) FindsNearest() bool { return s.pgvector.Load() != nil }

// losePgvector has our own index used from now on if an error says that the extension, or its tables, are not there any more.
func (s *Store) losePgvector(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) || s.pgvector.Load() == nil {
		return false
	}
	switch server.Code {
	case "42P01", "42704", "42883", "42703", "3F000": // there is no such table, type, function, column, schema
		why := "pgvector was there, and is no more"
		s.noPgvector.Store(&why)
		s.pgvector.Store(nil)
		return true
	}
	return false
}
