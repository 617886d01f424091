//go:build unix && cgo

package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func allowDB(t *testing.T, r *tooltest.Runner, entries ...string) *tooltest.Runner {
	return r.Allow(t, func(p *sandbox.Policy) { p.DB.Allow = entries })
}

// withoutCredentials is an address as permissions name it.
func withoutCredentials(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	return scheme + "://" + rest[strings.Index(rest, "@")+1:]
}

func dbCall(operation, database, query string, more ...string) string {
	p := map[string]any{"operation": operation, "database": database}
	if query != "" {
		p["query"] = query
	}
	text, _ := json.Marshal(p)
	if len(more) == 0 {
		return string(text)
	}
	return string(text[:len(text)-1]) + "," + strings.Join(more, ",") + "}"
}

func TestDatabaseAddresses(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Settings = map[string]string{"databases": "main = sqlite:main.db\nother=postgres://u:hunter2@db.example.com/x\n"}
	q := func(database string) string { return dbCall("query", database, "select 1") }
	r.Table(t, "database-connector", []tooltest.Want{
		{Params: `{"query":"select 1"}`, Err: `"database" is missing`, Code: tool.InvalidParameters},
		{Params: q("mian"), Err: `neither an address nor the name of a configured database`},
		{Params: q("mian"), Err: `did you mean "main"?`},
		{Params: q("oracle://u@h/x"), Err: `has the scheme "oracle"`},
		{Params: q("postgres://u:hunter2@h:x/y"), Err: `"database" is not a URL`},
		{Params: q("postgres://u@/x"), Err: `names no host`},
		{Params: q("postgres://h/x"), Err: `names no user`},
		{Params: q("postgres://u@h"), Err: `names no database`},
		{Params: q("postgres://u@h/x?sslrootcert=/etc/passwd"), Err: `has the option "sslrootcert"; only sslmode is known`},
		{Params: q("mysql://u@h/x?allowAllFiles=true"), Err: `has the option "allowAllFiles"`},
		{Params: q("postgres://u:hunter2@db.example.com/x"), Err: `db access to "postgres://db.example.com/x" is denied`, Code: tool.PermissionDenied},
		{Params: q("other"), Err: `--allow-db=postgres://db.example.com/x:ro`, Code: tool.PermissionDenied},
		{Params: q("/etc/x.db"), Err: `read access to "/etc/x.db" is denied`, Code: tool.PermissionDenied},
		{Params: q("main"), Err: "no such file", Code: tool.ResourceNotFound},
		{Params: dbCall("execute", "main", "create table t (a)"), Field: "statement", Value: `"CREATE"`},
		{Params: dbCall("query", "main", "select count(*) as n from t"), Field: "rows", Value: `[{"n":0}]`},
		{Params: `{"operation":"dance","database":"x.db"}`, Err: `"operation" is wrong`},
		{Params: dbCall("query", ":memory:", ""), Err: `"query" is missing`},
		{Params: dbCall("query", ":memory:", "select 1", `"query_type":"INSERT"`), Err: `the operation query does not run`},
		{Params: dbCall("query", ":memory:", "delete from t", `"query_type":"INSERT"`), Err: `"query_type" is INSERT, and the query is DELETE`},
		{Params: dbCall("schema", ":memory:", "", `"query_type":"INSERT"`), Err: `"query_type" is for statements`},
		{Params: dbCall("query", ":memory:", "select 1", `"query_type":"select"`), Field: "row_count", Value: `1`},
		{Params: dbCall("query", ":memory:", "select 1", `"max_rows":0`), Err: `"max_rows" is wrong`},
		{Params: dbCall("query", ":memory:", "select 1", `"params":5`), Err: `"params" is wrong`},
		{Params: dbCall("schema", ":memory:", "", `"table":"x"`), Err: `no table "x"`, Code: tool.ResourceNotFound},
	})
	for _, params := range []string{q("postgres://u:hunter2@h:x/y"), q("other"), q("postgres://u:hunter2@db.example.com/x")} {
		if _, err := r.Call(t, context.Background(), "database-connector", params); err == nil || strings.Contains(fmt.Sprint(err, err.Details), "hunter2") {
			t.Errorf("%s: the error %v holds the password", params, err)
		}
	}
}

func TestPostgres(t *testing.T) {
	address := startPostgres(t)
	r := tooltest.New(t, Definitions())
	name := withoutCredentials(address)
	writer, reader := allowDB(t, r, name+":rw"), allowDB(t, r, name+":ro")
	exec := func(sql string, more ...string) string { return dbCall("execute", address, sql, more...) }
	query := func(sql string, more ...string) string { return dbCall("query", address, sql, more...) }
	writer.Table(t, "database-connector", []tooltest.Want{
		{Params: exec("create table people (id serial primary key, name text not null default 'x', age int, extra jsonb)"), Field: "statement", Value: `"CREATE"`},
		{Params: exec("insert into people (name, age, extra) values ($1, $2, $3), ('Bob', null, null)", `"params":["Ann'; drop table people --",34,{"a":[1]}]`), Field: "rows_affected", Value: `2`},
		{Params: query("insert into people (name) values ('Cem') returning id, name", `"query_type":"INSERT"`), Field: "rows", Value: `[{"id":3,"name":"Cem"}]`},
		{Params: query("update people set age = age + 1 where age > $1", `"query_type":"UPDATE"`, `"params":[30]`), Field: "rows_affected", Value: `1`},
		{Params: query("delete from people where name = 'Cem'", `"query_type":"DELETE"`), Field: "rows_affected", Value: `1`},
	})
	reader.Table(t, "database-connector", []tooltest.Want{
		{Params: query("select * from people order by id"), Field: "rows",
			Value: `[{"age":35,"extra":{"a":[1]},"id":1,"name":"Ann'; drop table people --"},{"age":null,"extra":null,"id":2,"name":"Bob"}]`},
		{Params: query("select 1 as a, 2 as a, 3"), Field: "rows", Value: `[{"a":1,"a_2":2,"column_3":3}]`},
		{Params: query(`select true as b, 1::smallint as s, 9007199254740993::bigint as l, 0.1::real as r, 0.1::float8 as d, 'NaN'::float8 as nan, 12.50::numeric as n,
			123456789012345678.901::numeric as big, 'x'::char(3) as c, '\xdeadbeef'::bytea as by, '2024-02-29'::date as da, '2024-02-29 10:20:30.5'::timestamp as ts,
			'2024-02-29 10:20:30+02'::timestamptz as tz, '10:20:30'::time as ti, '1 day 2 hours'::interval as iv, '{1,2,NULL}'::int[] as ar, '{1.5}'::numeric[] as na,
			'{"a b",c}'::text[] as ta, '[1,{"k":null}]'::json as js, '7d444840-9dc0-11d1-b245-5ffdce74fad2'::uuid as u, '10.0.0.1'::inet as ip, '10.0.0.0/8'::cidr as ci,
			'[1,5)'::int4range as ra, '(1,2)'::point as po, 'a'::"char" as ch, null as nu, B'101' as bi, '{"x": 1}'::jsonb as jb, 'infinity'::date as inf`), Field: "rows",
			Value: `[{"ar":[1,2,null],"b":true,"bi":"101","big":"123456789012345678.901","by":"3q2+7w==","c":"x  ","ch":"a","ci":"10.0.0.0/8","d":0.1,"da":"2024-02-29",` +
				`"inf":"infinity","ip":"10.0.0.1","iv":"1 day 02:00:00","jb":{"x":1},"js":[1,{"k":null}],"l":9007199254740993,"n":12.5,"na":[1.5],"nan":"NaN","nu":null,"po":"(1,2)",` +
				`"r":0.1,"ra":"[1,5)","s":1,"ta":["a b","c"],"ti":"10:20:30","ts":"2024-02-29T10:20:30.5","tz":"2024-02-29T08:20:30Z","u":"7d444840-9dc0-11d1-b245-5ffdce74fad2"}]`},
		{Params: query("select generate_series(1, 10) as n", `"max_rows":2`), Field: "truncated", Value: `true`},
		{Params: query("select generate_series(1, 2) as n", `"max_rows":2`), Field: "truncated", Value: `false`},
		{Params: query("select repeat('x', 1000000) from generate_series(1, 100)"), Field: "row_count", Value: `16`},
		{Params: query("select repeat('x', 20000000)"), Err: "one row of the result has more than 16 MB"},
		{Params: query("with x as (select 1 as one) select * from x"), Field: "rows", Value: `[{"one":1}]`},
		{Params: query("explain select 1"), Field: "row_count", Value: `1`},
		{Params: query("show transaction_read_only"), Field: "rows", Value: `[{"transaction_read_only":"on"}]`},
		{Params: dbCall("schema", address, "", `"table":"people"`), Field: "tables", Value: `[{"columns":[` +
			`{"default":"nextval('people_id_seq'::regclass)","name":"id","nullable":false,"primary_key":true,"type":"integer"},` +
			`{"default":"'x'::text","name":"name","nullable":false,"primary_key":false,"type":"text"},{"default":null,"name":"age","nullable":true,"primary_key":false,"type":"integer"},` +
			`{"default":null,"name":"extra","nullable":true,"primary_key":false,"type":"jsonb"}],"name":"people","schema":"public","type":"table"}]`},
		{Params: dbCall("schema", address, ""), Field: "table_count", Value: `1`},

		{Params: exec("delete from people"), Err: "is allowed for reading only", Code: tool.PermissionDenied},
		{Params: query("delete from people"), Err: `"query" is DELETE, which changes something`, Code: tool.InvalidParameters},
		{Params: query("with d as (delete from people returning *) select * from d"), Err: "only reading is allowed", Code: tool.PermissionDenied},
		{Params: query("select nextval('people_id_seq')"), Err: "only reading is allowed", Code: tool.PermissionDenied},
		{Params: query("explain analyze delete from people"), Err: "only reading is allowed"},
		{Params: query("set transaction read write"), Err: `begins with SET, which the operation query does not run`},
		{Params: query("copy people to '/tmp/x'"), Err: `begins with COPY`},
		{Params: query("do $$ begin end $$"), Err: `begins with DO`},
		{Params: query("select 1; select 2"), Err: "more than one statement"},
		{Params: query("select * from nobody"), Err: `relation "nobody" does not exist (at character 15) (42P01)`, Code: tool.ExecutionFailed},
		{Params: query("select $1::int", `"params":["x"]`), Err: "the database"},
		{Params: query("select 1", `"params":[1]`), Err: "expected 0 arguments, got 1"},
		{Params: dbCall("query", strings.Replace(address, "s3cret!", "wr0ng", 1), "select 1"), Err: "password authentication failed", Code: tool.RemoteFailed},
		{Params: dbCall("query", address+"?sslmode=require", "select 1"), Err: "cannot connect to the database", Code: tool.RemoteFailed},
		{Params: dbCall("query", address+"?sslmode=never", "select 1"), Err: "check sslmode"},
	})
	allowDB(t, r, name+":ro").Allow(t, func(p *sandbox.Policy) { p.Net.Deny = []string{"127.0.0.0/8"} }).Table(t, "database-connector", []tooltest.Want{
		{Params: query("select 1"), Err: "is forbidden by --deny-net=127.0.0.0/8", Code: tool.PermissionDenied}})
	cancelled(t, reader, address, "select pg_sleep(600)", "select count(*) as n from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid() and state = 'active'")
	cancelled(t, reader, address, "select count(*) from generate_series(1, 1000000000) a", "select count(*) as n from pg_stat_activity where query like '%1000000000%' and pid <> pg_backend_pid() and state = 'active'")
	noConnectionsLeft(t, reader, address, "select count(*) as n from pg_stat_activity where application_name = 'llmspell' and pid <> pg_backend_pid()")
}

// cancelled runs a statement that takes long, ends its context, and asks the
// server whether the statement has ended too.
func cancelled(t *testing.T, r *tooltest.Runner, address, long, running string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := r.Call(t, ctx, "database-connector", dbCall("query", address, long))
	if err == nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %v", long, err)
	}
	if d := time.Since(start); d > 2*time.Minute {
		t.Errorf("%s: ended only after %v", long, d)
	}
	noConnectionsLeft(t, r, address, running)
}

// noConnectionsLeft asks the server until n is 0: servers take a moment to
// notice that a connection has ended.
func noConnectionsLeft(t *testing.T, r *tooltest.Runner, address, count string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		res, err := r.Call(t, context.Background(), "database-connector", dbCall("query", address, count))
		if err != nil {
			t.Fatal(err)
		}
		n := res.Value.(map[string]any)["rows"].([]any)[0].(map[string]any)["n"]
		if n == int64(0) {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s: %v are left", count, n)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestMariaDB(t *testing.T) {
	address := startMariaDB(t)
	r := tooltest.New(t, Definitions())
	name := withoutCredentials(address)
	writer, reader := allowDB(t, r, name+":rw"), allowDB(t, r, name+":ro")
	exec := func(sql string, more ...string) string { return dbCall("execute", address, sql, more...) }
	query := func(sql string, more ...string) string { return dbCall("query", address, sql, more...) }
	writer.Table(t, "database-connector", []tooltest.Want{
		{Params: exec("create table people (id int auto_increment primary key, name varchar(99) not null default 'x', age int)"), Field: "statement", Value: `"CREATE"`},
		{Params: exec("insert into people (name, age) values (?, ?), ('Bob', null)", `"params":["Ann'; drop table people --",34]`), Field: "rows_affected", Value: `2`},
		{Params: exec("insert into people (name) values ('Cem')"), Field: "last_insert_id", Value: `3`},
		{Params: query("insert into people (name) values ('Dee') returning id", `"query_type":"INSERT"`), Field: "rows", Value: `[{"id":4}]`},
		{Params: query("update people set age = age + 1 where age > ?", `"query_type":"UPDATE"`, `"params":[30]`), Field: "rows_affected", Value: `1`},
		{Params: query("delete from people where id > 2", `"query_type":"DELETE"`), Field: "rows_affected", Value: `2`},
	})
	types := `select 1 as i, 9007199254740993 as l, cast(1.50 as decimal(10,2)) as n, cast(123456789012345678.901 as decimal(30,3)) as big, 1e0 / 8 as d, 'tëxt' as t,
		x'deadbeef' as bi, cast('2024-02-29' as date) as da, cast('2024-02-29 10:20:30' as datetime) as dt, cast('10:20:30' as time) as ti, null as nu, cast(18446744073709551615 as unsigned) as un`
	want := `[{"bi":"3q2+7w==","big":"123456789012345678.901","d":0.125,"da":"2024-02-29","dt":"2024-02-29 10:20:30","i":1,"l":9007199254740993,"n":1.5,"nu":null,"t":"tëxt","ti":"10:20:30","un":"18446744073709551615"}]`
	reader.Table(t, "database-connector", []tooltest.Want{
		{Params: query("select * from people order by id"), Field: "rows", Value: `[{"age":35,"id":1,"name":"Ann'; drop table people --"},{"age":null,"id":2,"name":"Bob"}]`},
		{Params: query(types), Field: "rows", Value: want},                                // text protocol
		{Params: query(types+" where 1 = ?", `"params":[1]`), Field: "rows", Value: want}, // binary protocol
		{Params: query("select seq as n from seq_1_to_10", `"max_rows":2`), Field: "truncated", Value: `true`},
		{Params: query("select seq as n from seq_1_to_1000000000", `"max_rows":1`), Field: "truncated", Value: `true`},
		{Params: query("show tables"), Field: "row_count", Value: `1`},
		{Params: dbCall("schema", address, ""), Field: "tables", Value: `[{"columns":[{"default":null,"name":"id","nullable":false,"primary_key":true,"type":"int(11)"},` +
			`{"default":"'x'","name":"name","nullable":false,"primary_key":false,"type":"varchar(99)"},{"default":"NULL","name":"age","nullable":true,"primary_key":false,"type":"int(11)"}],` +
			`"name":"people","schema":"test","type":"table"}]`},

		{Params: exec("delete from people"), Err: "is allowed for reading only", Code: tool.PermissionDenied},
		{Params: query("delete from people"), Err: `"query" is DELETE, which changes something`, Code: tool.InvalidParameters},
		{Params: query("explain delete from people"), Err: "only reading is allowed", Code: tool.PermissionDenied},
		{Params: query("analyze delete from people"), Err: `"query" is ANALYZE, which changes something`},
		{Params: query("select * from people into outfile '/tmp/x'"), Err: "touch the server's files"},
		{Params: query("select 1 /*! into outfile '/tmp/x' */"), Err: "comments that the server executes"},
		{Params: query("load data local infile '/etc/passwd' into table people"), Err: "begins with LOAD"},
		{Params: query("select 1; select 2"), Err: "more than one statement"},
		{Params: query("select * from nobody"), Err: `Table 'test.nobody' doesn't exist (1146)`, Code: tool.ExecutionFailed},
		{Params: dbCall("query", strings.Replace(address, "s3cret!", "wr0ng", 1), "select 1"), Err: "Access denied for user", Code: tool.RemoteFailed},
		{Params: dbCall("query", address+"?tls=true", "select 1"), Err: "cannot connect to the database", Code: tool.RemoteFailed},
		{Params: dbCall("query", address+"?tls=maybe", "select 1"), Err: "tls=maybe is not known"},
	})
	const mine = "select count(*) as n from information_schema.processlist where user = 'tester' and id <> connection_id()"
	cancelled(t, reader, address, "select sleep(600)", mine)
	cancelled(t, reader, address, "select count(*) from seq_1_to_1000000000 a where sqrt(a.seq) % 7 = 3", mine)
	noConnectionsLeft(t, reader, address, mine)
}

// A server that accepts connections and never answers must not hang a call.
func TestSilentServerIsLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	}()
	r := allowDB(t, tooltest.New(t, Definitions()), "postgres://*", "mysql://*")
	for _, scheme := range []string{"postgres", "mysql"} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		start := time.Now()
		_, terr := r.Call(t, ctx, "database-connector", dbCall("query", scheme+"://u:hunter2@"+l.Addr().String()+"/x", "select 1"))
		cancel()
		if terr == nil || !errors.Is(terr, context.DeadlineExceeded) || time.Since(start) > time.Minute {
			t.Errorf("%s: %v after %v", scheme, terr, time.Since(start))
		}
	}
}

func TestSQLiteStaysInItsFolder(t *testing.T) {
	r := tooltest.New(t, Definitions())
	outside := t.TempDir()
	for link, target := range map[string]string{"out": outside, "link.db": filepath.Join(outside, "x.db"), "in.db": "real.db", "gone.db": "missing.db"} {
		if err := os.Symlink(target, filepath.Join(r.Dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "x.db"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, "no.db"), []byte(strings.Repeat("not a database ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	q := func(db, sql string) string { return dbCall("query", db, sql) }
	e := func(db, sql string) string { return dbCall("execute", db, sql) }
	r.Table(t, "sqlite-query", []tooltest.Want{
		{Params: e("real.db", "create table t (a)"), Field: "statement", Value: `"CREATE"`},
		{Params: e("in.db", "insert into t values (1)"), Field: "rows_affected", Value: `1`},
		{Params: q("in.db", "select * from t"), Field: "rows", Value: `[{"a":1}]`},
		{Params: q("link.db", "select 1"), Err: "leads out of the allowed folders", Code: tool.PermissionDenied},
		{Params: e("link.db", "create table t (a)"), Err: "leads out of the allowed folders", Code: tool.PermissionDenied},
		{Params: e("out/new.db", "create table t (a)"), Err: "leads out of the allowed folders", Code: tool.PermissionDenied},
		{Params: e("gone.db", "create table t (a)"), Err: "is a link that leads nowhere"},
		{Params: e("../x.db", "create table t (a)"), Err: "is denied", Code: tool.PermissionDenied},
		{Params: q("none.db", "select 1"), Err: "no such file", Code: tool.ResourceNotFound},
		{Params: q("no.db", "select 1"), Err: "not a SQLite database, or is damaged"},
		{Params: q(".", "select 1"), Err: "is not a regular file"},
		{Params: e("real.db", "attach '"+outside+"/y.db' as y"), Err: "begins with ATTACH"},
		{Params: e("real.db", "vacuum into '"+outside+"/y.db'"), Err: "begins with VACUUM"},
		{Params: q("real.db", "select load_extension('x')"), Err: "not allowed here"},
		{Params: q("real.db", "pragma journal_mode = wal"), Err: "not allowed here"},
		{Params: q("real.db", "pragma writable_schema = on"), Err: "not allowed here"},
		{Params: q("real.db", "pragma table_info(t)"), Field: "row_count", Value: `1`},
		{Params: q("real.db", "explain query plan delete from t"), Err: "not allowed here"},
		{Params: e("real.db", "create virtual table x using csv(filename='/etc/passwd')"), Err: "not allowed here"},
	})
	if left, _ := os.ReadDir(outside); len(left) != 1 {
		t.Errorf("files were made outside: %v", left)
	}
	// Who may only read gets no file made.
	readOnly := r.Allow(t, func(p *sandbox.Policy) { p.Write.Allow = nil })
	if _, err := r.Call(t, context.Background(), "sqlite-query", e("real.db", "insert into t values (2)")); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadDir(r.Dir)
	readOnly.Table(t, "sqlite-query", []tooltest.Want{
		{Params: q("real.db", "select count(*) as n from t"), Field: "rows", Value: `[{"n":2}]`},
		{Params: e("real.db", "insert into t values (1)"), Err: "write access to", Code: tool.PermissionDenied},
		{Params: e("new.db", "create table t (a)"), Err: "write access to", Code: tool.PermissionDenied},
	})
	if after, _ := os.ReadDir(r.Dir); len(after) != len(before) {
		t.Errorf("files were made by reading: %v", after)
	}
}

func TestSQLiteQuery(t *testing.T) {
	r := tooltest.New(t, Definitions())
	if err := os.WriteFile(filepath.Join(r.Dir, "p.csv"), []byte("name;age\nAnn;34\nBob;28\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	values := `"tables":{"t":[{"b":true,"i":9007199254740991,"n":1.5,"s":"x","d":"2024-01-02","o":{"k":[1]},"z":null}]}`
	r.Table(t, "sqlite-query", []tooltest.Want{
		{Params: `{"query":"select * from t",` + values + `}`, Field: "rows", Value: `[{"b":true,"d":"2024-01-02","i":9007199254740991,"n":1.5,"o":{"k":[1]},"s":"x","z":null}]`},
		{Params: `{"operation":"schema",` + values + `}`, Field: "table_count", Value: `1`},
		{Params: `{"query":"select sum(age) as a from p","tables":{"p":"p.csv"}}`, Field: "rows", Value: `[{"a":62}]`},
		{Params: `{"query":"select count(*) as n from p","tables":{"p":{"input":"1,2\n3,4\n","has_header":false}}}`, Field: "rows", Value: `[{"n":2}]`},
		{Params: `{"query":"select \"a|b\" as x from p","tables":{"p":{"input":"a|b\n1|2\n","delimiter":","}}}`, Field: "rows", Value: `[{"x":"1|2"}]`},
		{Params: `{"operation":"import","database":"x.db","table":"my \"p\"","input_file":"p.csv"}`, Field: "row_count", Value: `2`},
		{Params: `{"operation":"import","database":"x.db","table":"q","input":[{"a":1},{"a":2}]}`, Field: "columns", Value: `[{"name":"a","type":"integer"}]`},
		{Params: `{"database":"x.db","query":"select name from \"my \"\"p\"\"\" where age > ?","params":[30]}`, Field: "rows", Value: `[{"name":"Ann"}]`},
		{Params: `{"operation":"execute","database":"x.db","query":"update q set a = a * 10"}`, Field: "rows_affected", Value: `2`},
		{Params: `{"operation":"execute","database":"x.db","query":"insert into q values (7) returning a"}`, Field: "rows", Value: `[{"a":7}]`},
		{Params: `{"query":"select :a + @b as n, $c as c, :a as again","params":{"a":1,":b":2.5,"$c":"x'"}}`, Field: "rows", Value: `[{"again":1,"c":"x'","n":3.5}]`},
		{Params: `{"query":"select :a as a, ':b' as b","params":{"a":null}}`, Field: "rows", Value: `[{"a":null,"b":":b"}]`},
		{Params: `{"query":"select :a, :b","params":{"a":1}}`, Err: `"params.b" is missing`},
		{Params: `{"query":"select :a","params":{"a":1,"aa":2}}`, Err: `"params.aa" is not a placeholder`},
		{Params: `{"query":"select ?","params":{"a":1}}`, Err: "without one"},
		{Params: `{"query":"select :a","params":5}`, Err: `"params" is wrong`},
		{Params: `{"query":"select x'00ff' as b, 1e999 as inf, typeof(?) as t","params":[2]}`, Field: "rows", Value: `[{"b":"AP8=","inf":"+Inf","t":"integer"}]`},
		{Params: `{"query":"with recursive c(x) as (select 1 union all select x+1 from c) select x from c","max_rows":3}`, Field: "row_count", Value: `3`},

		{Params: `{"operation":"import","database":"x.db","table":"q","input":[{"a":1}]}`, Err: "table \"q\" already exists"},
		{Params: `{"operation":"import","database":"x.db","input":[{"a":1}]}`, Err: `"table" is missing`},
		{Params: `{"operation":"import","database":"x.db","table":"q"}`, Err: `"input" is missing`},
		{Params: `{"operation":"import","database":"x.db","table":"q","input":"a\n1\n","input_file":"p.csv"}`, Err: `"input_file" cannot be given together with input`},
		{Params: `{"operation":"import","database":"x.db","table":"q","input_file":"/etc/passwd"}`, Err: `read access`, Code: tool.PermissionDenied},
		{Params: `{"query":"select 1","database":"x.db","tables":{"t":"p.csv"}}`, Err: `"tables" can only be loaded into a database in memory`},
		{Params: `{"query":"select 1","tables":{"t":5}}`, Err: `"tables.t" is wrong`},
		{Params: `{"query":"select 1","tables":{"t":{}}}`, Err: `"tables.t.input" is missing`},
		{Params: `{"query":"select 1","tables":{"t":{"input":"a\n","delimiter":"xy"}}}`, Err: `"tables.t.delimiter" is wrong`},
		{Params: `{"query":"select 1","tables":{"t":{"inputt":"a\n"}}}`, Err: `"tables.t.inputt" is not known`},
		{Params: `{"query":"select 1","tables":{"t":"none.csv"}}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"query":"insert into t values (1)"}`, Err: `"query" is INSERT, which changes something`},
		{Params: `{"operation":"execute","query":"select 1"}`, Err: "begins with SELECT, which the operation execute does not run"},
		{Params: `{"query":"select * from nobody"}`, Err: "no such table: nobody", Code: tool.ExecutionFailed},
		{Params: `{"query":"select ?"}`, Err: "not enough args"},
		{Params: `{"query":"select zeroblob(1000000000)"}`, Err: "too big"},
	})
}

func TestSQLiteIsCancelled(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, sql := range []string{"with recursive c(x) as (select 1 union all select x+1 from c) select max(x) from c",
		"with recursive c(x) as (select 1 union all select x+1 from c) select x from c order by x desc"} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		start := time.Now()
		_, err := r.Call(t, ctx, "sqlite-query", dbCall("query", ":memory:", sql))
		cancel()
		if err == nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Minute {
			t.Errorf("%s: %v after %v", sql, err, time.Since(start))
		}
	}
}

func TestSQLiteMemoryIsBounded(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "sqlite-query", []tooltest.Want{
		{Params: dbCall("query", ":memory:", "with recursive c(x) as (select 1 union all select x+1 from c limit 2000) select length(z) from (select randomblob(1000000) as z from c order by z)"),
			Err: "the database is full", Code: tool.LimitExceeded},
		{Params: dbCall("query", ":memory:", "select 1 as one"), Field: "rows", Value: `[{"one":1}]`},
	})
}

// One view that cannot be described hides no table.
func TestSQLiteSchemaOfBrokenViews(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "sqlite-query", []tooltest.Want{
		{Params: `{"operation":"execute","database":"x.db","query":"create table t (a integer)"}`, Field: "statement", Value: `"CREATE"`},
		{Params: `{"operation":"execute","database":"x.db","query":"create view b as select x from gone"}`, Field: "statement", Value: `"CREATE"`},
		{Params: `{"operation":"schema","database":"x.db"}`, Field: "tables", Value: `[{"columns":[],"name":"b","schema":"main","type":"view"},` +
			`{"columns":[{"default":null,"name":"a","nullable":true,"primary_key":false,"type":"integer"}],"name":"t","schema":"main","type":"table"}]`},
		{Params: `{"operation":"schema","database":"x.db","table":"b"}`, Field: "table_count", Value: `1`},
		{Params: `{"operation":"schema","database":"x.db","table":"c"}`, Err: `no table "c"`, Code: tool.ResourceNotFound},
	})
}
