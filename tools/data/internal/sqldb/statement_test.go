package sqldb

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		d         Dialect
		sql, want string // the verb, or a part of the error
	}{
		{SQLite, "select 1", "SELECT"},
		{SQLite, "  -- x\n/* y; */ Select 1 ; -- end", "SELECT"},
		{SQLite, "(select 1) union (select 2)", "SELECT"},
		{SQLite, "with a as (select 1), b as (delete from x) insert into t select * from a", "INSERT"},
		{SQLite, "with recursive c(x) as (values(1) union all select x+1 from c) select x from c", "SELECT"},
		{SQLite, "select ';', \"a;b\", [c;d], `e;f`", "SELECT"},
		{SQLite, "select 1; select 2", "more than one statement"},
		{SQLite, "select 1;;", "more than one statement"},
		{SQLite, "", "the statement is empty"},
		{SQLite, " ; -- x", "the statement is empty"},
		{SQLite, "select 'a", "a text in ' is not closed"},
		{SQLite, "select 'it''s'; drop table x", "more than one statement"},
		{SQLite, "select '\\'; drop table x", "more than one statement"}, // no escapes in SQLite
		{SQLite, "select /* x", "a comment is not closed"},
		{SQLite, "select [x", "a name in [ is not closed"},
		{SQLite, "select 1\x00", "zero byte"},
		{SQLite, strings.Repeat("x", MaxStatement+1), "longer than"},
		{SQLite, "/* a /* b */ select 1", "SELECT"},
		{Postgres, "/* a /* b; */ ; */ select 1", "SELECT"},
		{Postgres, "select $$a;b$$, $x$;$$;$x$", "SELECT"},
		{Postgres, "select $1, a$b from t", "SELECT"},
		{Postgres, "select $$a", "a text in $$ is not closed"},
		{Postgres, `select E'a\';b'`, "SELECT"},
		{Postgres, `select 'a\'; drop table x`, "more than one statement"},
		{Postgres, "truncate t", "TRUNCATE"},
		{MySQL, `select 'a\';b'`, "SELECT"},
		{MySQL, "select 1 # x; y\n", "SELECT"},
		{MySQL, "select 1--1", "SELECT"},
		{MySQL, "select `a;b`", "SELECT"},
		{MySQL, "select /*! 1 */ 2", "comments that the server executes"},
		{MySQL, "select /*M! 1 */ 2", "comments that the server executes"},
		{MySQL, "select 1 into outfile '/x'", "touch the server's files"},
		{MySQL, `select '\' into outfile '/x`, "touch the server's files"},
		{MySQL, "select load_file('/etc/passwd')", "touch the server's files"},
	} {
		s, err := Parse(c.sql, c.d)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %q: %v; want %s", c.d, c.sql[:min(len(c.sql), 60)], err, c.want)
			}
			continue
		}
		if s.Verb != c.want {
			t.Errorf("%s %q: %s; want %s", c.d, c.sql, s.Verb, c.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[string]any{"1": int64(1), "-3": int64(-3), "1.5": 1.5, "0.1": 0.1, "12345678901234567.89": "12345678901234567.89",
		"99999999999999999999": "99999999999999999999", "1e400": "1e400", "NaN": "NaN", "1.10": 1.1} {
		if got := Decimal(text); got != want {
			t.Errorf("Decimal(%s) = %#v; want %#v", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("with a as (select $$x$$) select E'\\'' -- x", "postgresql")
	f.Add("select /* a */ 'b', `c`; # d", "mysql")
	f.Fuzz(func(t *testing.T, sql, dialect string) {
		s, err := Parse(sql, Dialect(dialect))
		if err == nil && s.Verb == "" {
			t.Fatal("a statement without a verb")
		}
	})
}

func TestPlaceholders(t *testing.T) {
	for _, c := range []struct {
		sql    string
		names  string
		others bool
	}{
		{"select :a, @b, $c, :a", "a b c", false}, {"select ':a', \"@b\", [$c], `:d` -- :e\n/* :f */", "", false}, {"select ?, :a", "a", true}, {"select ?1", "", true},
		{"select : a", "", false}, {"where x=:x_1 and y>@ä", "x_1 ä", false}, {"select 'it''s :a', :b", "b", false},
	} {
		names, others := Placeholders(c.sql)
		if strings.Join(names, " ") != c.names || others != c.others {
			t.Errorf("%s: %q, %v", c.sql, names, others)
		}
	}
}
