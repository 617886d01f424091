package sqlite

import "github.com/llmspell/llmspell/kernel/db"

// applicationID is "lsme".
const applicationID = 0x6c736d65

// factsHistory keeps what was believed as it is. Who has told it may change.
const factsHistory = `create trigger facts_history before update on facts when old.known_to <> 9223372036854775807 and new.known_to <> old.known_to
	or new.id <> old.id or new.tenant <> old.tenant or new.subject <> old.subject or new.predicate <> old.predicate or new.object <> old.object or new.value <> old.value
	or new.valid_from <> old.valid_from or new.valid_to <> old.valid_to or new.known_from <> old.known_from or new.confidence <> old.confidence
begin select raise(abort, 'what was believed cannot be changed'); end;`

// migrations of the database. Times are microseconds since 1970.
func migrations() []db.Migration {
	return []db.Migration{{SQL: `
create table episodes (
	row       integer primary key autoincrement,
	tenant    text not null,
	session   text not null,
	id        text not null,
	role      text not null,
	content   text not null,
	metadata  text not null,
	at        integer not null,
	ingested  integer not null,
	processed integer not null,
	sum       integer not null
);
create unique index episodes_id on episodes (tenant, session, id);
create index episodes_at on episodes (tenant, at);
create index episodes_unprocessed on episodes (tenant, session) where processed = 0;

create table removed (
	seq    integer primary key autoincrement,
	tenant text not null,
	row    integer not null
);

create table clock (name text primary key, value integer not null) without rowid;
insert into clock (name, value) values ('transaction', 0);`}, {SQL: `
create table entities (
	id      integer primary key autoincrement,
	tenant  text not null,
	name    text not null,
	key     text not null,
	type    text not null,
	created integer not null
);
create unique index entities_key on entities (tenant, key);

-- What is believed in [known_from, known_to) of [valid_from, valid_to). The last integer is for ever.
create table facts (
	id         integer primary key autoincrement,
	tenant     text not null,
	subject    integer not null references entities (id),
	predicate  text not null,
	object     integer not null, -- an entity, or 0
	value      text not null,    -- JSON, '' for an entity
	valid_from integer not null,
	valid_to   integer not null check (valid_from < valid_to),
	known_from integer not null,
	known_to   integer not null check (known_from < known_to),
	source     integer not null, -- an episode; 0: somebody has asserted it; -1: several, in fact_sources
	confidence real not null,
	check ((object = 0) = (value <> ''))
);
create index facts_subject on facts (tenant, subject, predicate, known_to, valid_from, valid_to, known_from);
create index facts_from on facts (subject, known_to, valid_from, valid_to, known_from, predicate, object) where object > 0;
create index facts_to on facts (object, known_to, valid_from, valid_to, known_from, predicate, subject) where object > 0;
create index facts_source on facts (source) where source > 0;

create trigger facts_overlap before insert on facts when exists (select 1 from facts f
	where f.tenant = new.tenant and f.subject = new.subject and f.predicate = new.predicate and f.object = new.object and f.value = new.value
	and f.known_to > new.known_from and f.known_from < new.known_to and f.valid_from < new.valid_to and f.valid_to > new.valid_from)
begin select raise(abort, 'the fact is believed already in a part of its time'); end;
` + factsHistory + `

create table predicates (
	tenant    text not null,
	predicate text not null,
	single    integer not null,
	primary key (tenant, predicate)
) without rowid;`}, {SQL: `
alter table entities add column sum integer not null default 0;
alter table facts add column sum integer not null default 0;
create index facts_known_from on facts (tenant, known_from);
create index facts_known_to on facts (tenant, known_to) where known_to < 9223372036854775807;
create index facts_object on facts (object) where object > 0;

create table aliases (
	tenant  text not null,
	key     text not null,
	entity  integer not null references entities (id),
	name    text not null,
	source  integer not null,
	created integer not null,
	primary key (tenant, key)
) without rowid;
create index aliases_entity on aliases (entity);

-- How often something was changed that the times of rows do not tell.
insert into clock (name, value) values ('past', 0);

create table patterns (
	id      integer primary key autoincrement,
	tenant  text not null,
	session text not null,
	kind    text not null,
	about   text not null,
	before  text not null,
	after   text not null,
	count   integer not null,
	failed  integer not null,
	first   integer not null,
	last    integer not null
);
create unique index patterns_key on patterns (tenant, session, kind, about, before, after);`, Go: sumKnowledge}, {SQL: documentTables}, {SQL: vectorsTable}, {SQL: chunkVectorsTable},
		{SQL: "alter table aliases add column sum integer not null default 0;", Go: sumAliases},
		{SQL: factSources},
		{SQL: "alter table patterns add column sum integer not null default 0;", Go: sumPatterns},
		{SQL: newIndexes},
		{SQL: byWhatTheyBelongTo},
		{SQL: byIDsAndObjects}}
}

// newIndexes are those by which Changed finds what is new. That of objects alone was of no use beside facts_to.
const newIndexes = `
create index entities_created on entities (tenant, created);
create index aliases_created on aliases (tenant, created);
drop index facts_object;`

// byWhatTheyBelongTo are indexes of a session's turns, and of the aliases that a turn tells.
const byWhatTheyBelongTo = `
create index episodes_session on episodes (tenant, session, at);
create index aliases_source on aliases (source) where source > 0;`

// byIDsAndObjects are indexes of turns by their ids, of whichever session, and of facts by their objects too: of one subject, such as who says "I", there
// may be many.
const byIDsAndObjects = `
drop index episodes_id;
create unique index episodes_id on episodes (tenant, id, session);
drop index facts_subject;
create index facts_subject on facts (tenant, subject, predicate, object, known_to, valid_from, valid_to, known_from);`

// several stands in a fact's source for those in fact_sources.
const several = -1

// factSources lets facts have several sources.
const factSources = `
create table fact_sources (
	fact   integer not null references facts (id) on delete cascade,
	source integer not null, -- an episode; 0: somebody has asserted it
	primary key (fact, source)
) without rowid;
create index fact_sources_source on fact_sources (source) where source > 0;
drop trigger facts_history;
` + factsHistory

// documentTables hold documents and their chunks, which never change.
const documentTables = `
create table documents (
	row        integer primary key autoincrement,
	tenant     text not null,
	scope      text not null,
	collection text not null,
	id         text not null,
	title      text not null,
	source     text not null,
	metadata   text not null,
	print      text not null,
	at         integer not null, -- the first integer: unknown
	ingested   integer not null,
	bytes      integer not null,
	tokens     integer not null,
	chunks     integer not null,
	sum        integer not null
);
create unique index documents_id on documents (tenant, scope, collection, id);

create table chunks (
	row      integer primary key autoincrement,
	tenant   text not null,
	document integer not null references documents (row),
	number   integer not null,
	start    integer not null,
	stop     integer not null,
	headings text not null, -- JSON
	content  text not null,
	sum      integer not null
);
create unique index chunks_document on chunks (document, number);

create table documents_removed (
	seq    integer primary key autoincrement,
	tenant text not null,
	row    integer not null
);

create table collections (
	tenant  text not null,
	scope   text not null,
	name    text not null,
	ttl     integer not null, -- microseconds
	created integer not null,
	primary key (tenant, scope, name)
) without rowid;`
