package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// migrations of the schema, in which they run. Number i brings version i to i+1. What has been
// released is never changed, only added to. Times are microseconds since 1970.
func migrations() []migration {
	return []migration{{before: `
create extension if not exists btree_gist;

create table tenants (
	id      integer generated always as identity primary key,
	name    text collate "C" not null unique,
	clock   bigint not null default 0, -- of the last transaction that asked for the time
	row     bigint not null default 0, -- the greatest of an episode that there ever was
	removed bigint not null default 0, -- how far the list of removed rows goes
	past    bigint not null default 0, -- how often knowledge was changed that no time tells of
	document          bigint not null default 0, -- as row and removed
	document_removed  bigint not null default 0,
	vector  bigint not null default 0  -- the greatest number of a vector that there ever was
) with (fillfactor = 50);

create table episodes (
	row       bigint generated always as identity primary key,
	tenant    integer not null references tenants,
	session   text collate "C" not null,
	id        text collate "C" not null,
	role      text collate "C" not null,
	content   text collate "C" not null,
	metadata  text collate "C" not null,
	at        bigint not null,
	ingested  bigint not null,
	processed boolean not null,
	sum       bigint not null
);
create unique index episodes_id on episodes (tenant, session, id);
create index episodes_row on episodes (tenant, row);
create index episodes_at on episodes (tenant, at, row);
create index episodes_unprocessed on episodes (tenant, session) where not processed;

create table vectors (
	seq     bigint generated always as identity primary key,
	tenant  integer not null references tenants,
	row     bigint not null references episodes on delete cascade,
	model   text collate "C" not null,
	text    bytea not null, -- a hash of what it was made from
	numbers bytea not null  -- float32, the lowest byte first; none: the episode was seen, and has no vector
);
alter table vectors alter column numbers set storage external;
create unique index vectors_row on vectors (row, model);
create index vectors_text on vectors (tenant, model, text);
create index vectors_seq on vectors (tenant, model, seq);

create table removed (
	tenant integer not null references tenants,
	seq    bigint not null,
	row    bigint not null,
	primary key (tenant, seq)
);

create table kept (
	tenant integer primary key references tenants,
	index  bytea not null
);
alter table kept alter column index set storage external;

create table entities (
	id      bigint generated always as identity primary key,
	tenant  integer not null references tenants,
	name    text collate "C" not null,
	digest  bytea not null, -- of the normalised name, which may be longer than an index takes
	type    text collate "C" not null,
	created bigint not null
);
create unique index entities_key on entities (tenant, digest);

create index entities_created on entities (tenant, created);

create table aliases (
	tenant  integer not null references tenants,
	digest  bytea not null, -- of the normalised name
	entity  bigint not null references entities,
	name    text collate "C" not null,
	source  bigint not null,
	created bigint not null,
	primary key (tenant, digest)
);
create index aliases_entity on aliases (entity);
create index aliases_source on aliases (source) where source > 0;

-- What is believed in [known_from, known_to) of [valid_from, valid_to). The last integer is for ever.
create table facts (
	id         bigint generated always as identity primary key,
	tenant     integer not null references tenants,
	subject    bigint not null references entities,
	predicate  text collate "C" not null,
	object     bigint not null,             -- an entity, or 0
	value      text collate "C" not null,   -- JSON, '' for an entity
	valid_from bigint not null,
	valid_to   bigint not null check (valid_from < valid_to),
	known_from bigint not null,
	known_to   bigint not null check (known_from < known_to),
	source     bigint not null,
	confidence double precision not null,
	single     boolean not null,            -- it has no other beside it
	check ((object = 0) <> (value = '')),
	exclude using gist (subject with =, predicate with =, int8range(valid_from, valid_to) with &&, int8range(known_from, known_to) with &&) where (single)
);
create index facts_subject on facts (tenant, subject, predicate, known_to);
create index facts_from on facts (subject, known_to) include (valid_from, valid_to, known_from, predicate, object, tenant) where object > 0;
create index facts_to on facts (object, known_to) include (valid_from, valid_to, known_from, predicate, subject, tenant) where object > 0;
create index facts_known_from on facts (tenant, known_from);
create index facts_known_to on facts (tenant, known_to) where known_to < 9223372036854775807;
create index facts_source on facts (source) where source > 0;

create function keep_history() returns trigger language plpgsql as $$
begin
	if old.known_to <> 9223372036854775807 or new.known_to = 9223372036854775807
		or (new.id, new.tenant, new.subject, new.predicate, new.object, new.value, new.valid_from, new.valid_to, new.known_from, new.source, new.confidence)
		is distinct from (old.id, old.tenant, old.subject, old.predicate, old.object, old.value, old.valid_from, old.valid_to, old.known_from, old.source, old.confidence)
	then
		raise exception 'what was believed cannot be changed';
	end if;
	return new;
end $$;
create trigger facts_history before update on facts for each row execute function keep_history();

create table predicates (
	tenant    integer not null references tenants,
	predicate text collate "C" not null,
	single    boolean not null,
	primary key (tenant, predicate)
);

create table patterns (
	id      bigint generated always as identity primary key,
	tenant  integer not null references tenants,
	digest  bytea not null, -- of what tells it from others, which may be longer than an index takes
	session text collate "C" not null,
	kind    text collate "C" not null,
	about   text collate "C" not null,
	before  text collate "C" not null,
	after   text collate "C" not null,
	count   bigint not null,
	failed  bigint not null,
	first   bigint not null,
	last    bigint not null
);
create unique index patterns_key on patterns (tenant, digest);

create table documents (
	row        bigint generated always as identity primary key,
	tenant     integer not null references tenants,
	scope      text collate "C" not null,
	collection text collate "C" not null,
	id         text collate "C" not null,
	title      text collate "C" not null,
	source     text collate "C" not null,
	metadata   text collate "C" not null,
	print      text collate "C" not null,
	at         bigint not null, -- the first integer: unknown
	ingested   bigint not null,
	bytes      bigint not null,
	tokens     bigint not null,
	chunks     bigint not null
);
create unique index documents_id on documents (tenant, scope, collection, id);
create index documents_row on documents (tenant, row);

create table chunks (
	row      bigint generated always as identity primary key,
	tenant   integer not null references tenants,
	document bigint not null references documents on delete cascade,
	number   bigint not null,
	start    bigint not null,
	stop     bigint not null,
	headings text collate "C" not null, -- JSON
	content  text collate "C" not null
);
create unique index chunks_document on chunks (document, number);

create table documents_removed (
	tenant integer not null references tenants,
	seq    bigint not null,
	row    bigint not null,
	primary key (tenant, seq)
);

create table collections (
	tenant  integer not null references tenants,
	scope   text collate "C" not null,
	name    text collate "C" not null,
	ttl     bigint not null, -- microseconds
	created bigint not null,
	primary key (tenant, scope, name)
);

-- For people: moments that PostgreSQL has no time for are infinite.
create function moment(micros bigint) returns timestamptz language sql immutable as $$
	select case when micros < -210866803200000000 then '-infinity' when micros = 9223372036854775807 then 'infinity'
		else timestamptz '1970-01-01 00:00:00+00' + make_interval(secs => micros / 1000000) + micros % 1000000 * interval '1 microsecond' end $$;
create view beliefs with (security_barrier) as
	select f.id, t.name as tenant, s.name as subject, f.predicate, coalesce(o.name, f.value) as object,
		tstzrange(moment(f.valid_from), moment(f.valid_to)) as valid, tstzrange(moment(f.known_from), moment(f.known_to)) as known, f.confidence
	from facts f join tenants t on t.id = f.tenant join entities s on s.id = f.subject left join entities o on o.id = f.object;

do $$
declare name text;
begin
	foreach name in array array['episodes', 'vectors', 'removed', 'kept', 'entities', 'aliases', 'facts', 'predicates', 'patterns', 'documents', 'chunks', 'documents_removed', 'collections'] loop
		execute format('alter table %I enable row level security', name);
		execute format('alter table %I force row level security', name);
		execute format('create policy tenant on %I using (tenant = (select nullif(current_setting(''llmspell.tenant'', true), '''')::integer))', name);
	end loop;
end $$;`}, {before: chunkVectors}, {before: keptDocuments}, {before: addSums, fill: fillSums, after: sumsAdded},
		{before: factSources}, {before: addPatternSums, fill: fillPatternSums},
		{before: "create index aliases_created on aliases (tenant, created)"}, {before: byWhatTheyBelongTo}}
}

// byWhatTheyBelongTo are indexes of a session's turns and patterns, of turns by their ids alone, and of pieces by their rows. Those of facts and vectors begin with
// what the server looks for when it drops an entity or a row, and have the tenant too: the server, while it has no statistics, takes an index
// with more of what is asked for. What is hashed may be longer than another index takes.
const byWhatTheyBelongTo = `
create index episodes_session on episodes (tenant, session, at, row);
drop index episodes_id;
create unique index episodes_id on episodes (tenant, id, session);
create index chunks_row on chunks (tenant, row);
create index patterns_session on patterns using hash (session);
create index patterns_about on patterns using hash (about);
drop index facts_subject;
create index facts_subject on facts (subject, tenant, predicate, object, known_to);
drop index vectors_row;
create unique index vectors_row on vectors (row, model, tenant);
drop index chunk_vectors_row;
create unique index chunk_vectors_row on chunk_vectors (row, model, tenant);`

// migration is statements, and what they leave to be worked out between them.
type migration struct {
	before string
	fill   func(context.Context, pgx.Tx) error // nil: nothing
	after  string
}

func (m migration) run(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, m.before); err != nil || m.fill == nil {
		return err
	}
	if err := m.fill(ctx, tx); err != nil || m.after == "" {
		return err
	}
	_, err := tx.Exec(ctx, m.after)
	return err
}

// chunkVectors adds vectors of chunks, as of turns.
const chunkVectors = `
alter table tenants add column chunk_vector bigint not null default 0; -- as vector

create table chunk_vectors (
	seq     bigint generated always as identity primary key,
	tenant  integer not null references tenants,
	row     bigint not null references chunks on delete cascade,
	model   text collate "C" not null,
	text    bytea not null,
	numbers bytea not null
);
alter table chunk_vectors alter column numbers set storage external;
create unique index chunk_vectors_row on chunk_vectors (row, model);
create index chunk_vectors_text on chunk_vectors (tenant, model, text);
create index chunk_vectors_seq on chunk_vectors (tenant, model, seq);
alter table chunk_vectors enable row level security;
alter table chunk_vectors force row level security;
create policy tenant on chunk_vectors using (tenant = (select nullif(current_setting('llmspell.tenant', true), '')::integer));`

// several stands in a fact's source for those in fact_sources.
const several = -1

// factSources lets facts have several sources. Who has told what was believed may change.
const factSources = `
create table fact_sources (
	tenant integer not null references tenants,
	fact   bigint not null references facts on delete cascade,
	source bigint not null, -- an episode; 0: somebody has asserted it
	primary key (fact, source)
);
create index fact_sources_source on fact_sources (source) where source > 0;
alter table fact_sources enable row level security;
alter table fact_sources force row level security;
create policy tenant on fact_sources using (tenant = (select nullif(current_setting('llmspell.tenant', true), '')::integer));

create or replace function keep_history() returns trigger language plpgsql as $$
begin
	if old.known_to <> 9223372036854775807 and new.known_to <> old.known_to
		or (new.id, new.tenant, new.subject, new.predicate, new.object, new.value, new.valid_from, new.valid_to, new.known_from, new.confidence)
		is distinct from (old.id, old.tenant, old.subject, old.predicate, old.object, old.value, old.valid_from, old.valid_to, old.known_from, old.confidence)
	then
		raise exception 'what was believed cannot be changed';
	end if;
	return new;
end $$;`

// keptDocuments adds the indexes of documents, as of turns.
const keptDocuments = `
create table kept_documents (
	tenant integer primary key references tenants,
	index  bytea not null
);
alter table kept_documents alter column index set storage external;
alter table kept_documents enable row level security;
alter table kept_documents force row level security;
create policy tenant on kept_documents using (tenant = (select nullif(current_setting('llmspell.tenant', true), '')::integer));`

// oldest is the first version of PostgreSQL that has all that is used.
const oldest = 130000

// migrate makes the schema, or brings it up to date. Other processes may do so at the same time.
func (s *Store) migrate(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var number int
	var version, encoding string
	if err := conn.QueryRow(ctx, "select current_setting('server_version_num')::integer, current_setting('server_version'), current_setting('server_encoding')").Scan(&number, &version, &encoding); err != nil {
		return err
	}
	if err := supported(s.where, number, version, encoding); err != nil {
		return err
	}
	if now, err := s.version(ctx, conn); err != nil || now == len(migrations()) {
		return err
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('llmspell ' || $1, 0)), set_config('statement_timeout', '0', true)", s.schema); err != nil {
			return err
		}
		now, err := s.version(ctx, tx)
		if err != nil {
			return err
		}
		if now == 0 {
			if _, err := tx.Exec(ctx, "create schema if not exists "+s.quoted+"; create table "+s.quoted+".version (number integer not null); insert into "+s.quoted+".version values (0)"); err != nil {
				return err
			}
		}
		// Where an extension was put by somebody else is found, too.
		if _, err := tx.Exec(ctx, "select set_config('search_path', $1 || ', public', true)", s.quoted); err != nil {
			return err
		}
		for ; now < len(migrations()); now++ {
			if err := migrations()[now].run(ctx, tx); err != nil {
				return fmt.Errorf("bring it from version %d to %d: %w", now, now+1, err)
			}
		}
		_, err = tx.Exec(ctx, "update "+s.quoted+".version set number = $1", now)
		return err
	})
}

// supported tells whether a server of some version, and a database of some encoding, will do.
func supported(where string, number int, version, encoding string) error {
	switch {
	case number < oldest:
		return &Error{Where: where, Class: ErrTooOld, Hint: fmt.Sprintf("it is PostgreSQL %s; version %d or later is needed", version, oldest/10000)}
	case encoding != "UTF8":
		return &Error{Where: where, Class: ErrForeign, Hint: "the database's encoding is " + encoding + "; make one with the encoding UTF8"}
	}
	return nil
}

// querier is a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version is that of the schema: 0, if there is none.
func (s *Store) version(ctx context.Context, q querier) (number int, err error) {
	var there, foreign bool
	if err := q.QueryRow(ctx, `select to_regclass($1 || '.version') is not null,
		to_regclass($1 || '.version') is null and exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $2 and c.relkind = 'r')`, s.quoted, s.schema).
		Scan(&there, &foreign); err != nil {
		return 0, err
	}
	if foreign {
		return 0, &Error{Where: s.where, Class: ErrForeign, Hint: fmt.Sprintf("the schema %q has tables that are not llmspell's; name another one (runtime.memory.schema)", s.schema)}
	}
	if !there {
		return 0, nil
	}
	err = q.QueryRow(ctx, "select number from "+s.quoted+".version").Scan(&number)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, &Error{Where: s.where, Class: ErrForeign, Hint: fmt.Sprintf("the table version of the schema %q is empty", s.schema)}
	case err == nil && number > len(migrations()):
		return 0, &Error{Where: s.where, Class: ErrNewer, Hint: fmt.Sprintf("it has version %d, this program knows %d; use the newer llmspell", number, len(migrations()))}
	}
	return number, err
}
