package sqlite

import "github.com/llmspell/llmspell/kernel/db"

// applicationID is "lsme".
const applicationID = 0x6c736d65

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
insert into clock (name, value) values ('transaction', 0);`}}
}
