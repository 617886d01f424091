package state

import "github.com/llmspell/llmspell/kernel/db"

// applicationID is "lsst".
const applicationID = 0x6c737374

// migrations of the database. Times are milliseconds since 1970.
func migrations() []db.Migration {
	return []db.Migration{{SQL: `
create table entries (
	id       integer primary key,
	scope    text not null,
	key      text not null,
	value    blob not null,
	version  integer not null,
	revision integer not null,
	created  integer not null,
	written  integer not null,
	ttl      integer not null,
	sum      integer not null
);
create unique index entries_name on entries (scope, key);
create index entries_expiring on entries (written) where ttl > 0;

create table history (
	id       integer primary key,
	scope    text not null,
	key      text not null,
	value    blob not null,
	version  integer not null,
	revision integer not null,
	created  integer not null,
	written  integer not null,
	ttl      integer not null,
	sum      integer not null
);
create index history_name on history (scope, key, revision);

create table meta (name text primary key, value integer not null) without rowid;
insert into meta (name, value) values ('revision', 0), ('schema', 1);

create table migrations (
	id          integer primary key,
	version     integer not null,
	description text not null,
	at          integer not null,
	changed     integer not null
);`}, {
		// null is no value: setting it removes what is there. Earlier versions have kept it.
		SQL: `delete from entries where length(value) = 4 and value = x'6e756c6c'`,
	}}
}
