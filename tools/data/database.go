package data

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/data/internal/sqldb"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func databaseDefinition() tool.Definition {
	parameters := append([]schema.Property{
		schema.Optional("operation", schema.Choice("query: run a statement that reads, or that query_type names; execute: run one that changes something; schema: list tables and columns",
			"query", "execute", "schema").WithDefault("query").WithAliases(map[string]string{"select": "query", "exec": "execute", "tables": "schema"})),
		schema.Optional("database", schema.Text("postgres://user:password@host:port/name?sslmode=require, mysql://user:password@host:port/name?tls=true, "+
			"sqlite:path or a path that ends in .db or .sqlite, :memory:, or the name of a configured database; the configured default when left out"), "url", "dsn", "connection", "connection_string"),
		schema.Optional("query_type", schema.Choice("What the statement is; it must agree. All but SELECT change something", "SELECT", "INSERT", "UPDATE", "DELETE").
			WithAliases(map[string]string{"select": "SELECT", "insert": "INSERT", "update": "UPDATE", "delete": "DELETE"})),
	}, statementParameters()...)
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "database-connector", Aliases: []string{"database", "sql"}, Category: "data", Version: "1.0.0", Security: tool.Restricted,
			Needs: []tool.Need{tool.Network, tool.Files}, SideEffects: true, Timeout: time.Minute,
			Tags: []string{"database", "sql", "postgresql", "mysql", "mariadb", "sqlite", "query"},
			Description: "Runs a SQL statement on PostgreSQL, MySQL, MariaDB or SQLite, or lists tables and columns. " +
				"The db permission must allow the server, with :rw for statements that change something; reading is enforced by the server",
			Parameters: schema.Map("", parameters...),
			Result: schema.Map("query {statement, columns: [{name, type}], rows: [{column: value}], row_count, truncated}; execute {statement, rows_affected, last_insert_id?, " +
				"and the rows of RETURNING}; schema {dialect, tables: [{schema, name, type, columns: [{name, type, nullable, default, primary_key}]}]}. " +
				"Exact numbers that a double cannot hold are text, bytes are base64, dates and times are ISO 8601"),
			Settings: []tool.Setting{
				{Name: "database_url", Description: "The database when a call names none", Env: []string{"DATABASE_URL"}, Secret: true},
				{Name: "databases", Description: "Databases that calls may name: name=address, one a line", Secret: true},
			},
			Examples: []tool.Example{
				{Description: "Ask a database in memory", Params: map[string]any{"operation": "query", "database": ":memory:", "query": "select 6 * ? as answer", "params": []any{7.0}},
					Want: map[string]any{"rows": []any{map[string]any{"answer": int64(42)}}, "truncated": false}},
				{Description: "Change a SQLite file", Params: map[string]any{"operation": "execute", "database": "notes.db", "query": "create table notes (id integer primary key, text)"},
					Want: map[string]any{"statement": "CREATE"}},
				{Description: "List the tables", Params: map[string]any{"operation": "schema", "database": ":memory:"}, Want: map[string]any{"dialect": "sqlite", "table_count": 0}},
			},
		},
		New: func() (tool.Tool, error) { return tool.Func(runDatabase), nil },
	}
}

func runDatabase(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	address, err := databaseAddress(call)
	if err != nil {
		return nil, err
	}
	kind := call.Params.String("query_type")
	if kind != "" && call.Operation == "schema" {
		return nil, &schema.FieldError{Path: "query_type", Problem: "is for statements, and the operation schema runs none"}
	}
	write := call.Operation == "execute" || kind != "" && kind != "SELECT"
	target, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	// Before anybody is asked anything.
	if call.Operation != "schema" {
		s, err := checkStatement(call, target.dialect, write)
		if err != nil {
			return nil, err
		}
		if kind != "" && kind != s.Verb && !(kind == "SELECT" && s.Reads()) {
			return nil, &schema.FieldError{Path: "query_type", Problem: fmt.Sprintf("is %s, and the query is %s", kind, s.Verb)}
		}
	}
	conn, err := target.open(ctx, call.Sandbox, write)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if call.Operation == "schema" {
		return describeTables(ctx, call, conn)
	}
	return runStatement(ctx, call, conn, write)
}

// databaseAddress is the address that a call means, which may be configured.
func databaseAddress(call *tool.Call) (string, error) {
	given := strings.TrimSpace(call.Params.String("database"))
	if given == "" {
		if address := call.Setting("database_url"); address != "" {
			return address, nil
		}
		return "", call.Missing("database")
	}
	var names []string
	for _, line := range strings.FieldsFunc(call.Setting("databases"), func(r rune) bool { return r == '\n' || r == '\r' }) {
		name, address, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !ok || strings.Contains(name, ":") {
			continue
		}
		if name == given {
			return strings.TrimSpace(address), nil
		}
		names = append(names, name)
	}
	if isAddress(given) {
		return given, nil
	}
	e := &schema.FieldError{Path: "database", Problem: "is neither an address nor the name of a configured database",
		Expected: "postgres://…, mysql://…, sqlite:path, a path that ends in .db, .sqlite or .sqlite3, or :memory:", Suggestion: schema.Nearest(given, names)}
	return "", e
}

func isAddress(s string) bool {
	if s == ":memory:" || strings.HasPrefix(s, "sqlite:") || strings.Contains(s, "://") {
		return true
	}
	switch strings.ToLower(filepath.Ext(s)) {
	case ".db", ".sqlite", ".sqlite3", ".db3":
		return true
	}
	return false
}

// databaseTarget is an address, taken apart.
type databaseTarget struct {
	dialect sqldb.Dialect
	path    string // of SQLite
	server  sqldb.Server
}

// parseAddress takes an address apart. Its errors do not hold the address,
// which may hold a password.
func parseAddress(address string) (*databaseTarget, error) {
	wrong := func(problem string) error { return &schema.FieldError{Path: "database", Problem: problem} }
	if path, ok := strings.CutPrefix(address, "sqlite://"); ok {
		return &databaseTarget{dialect: sqldb.SQLite, path: path}, nil
	}
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return &databaseTarget{dialect: sqldb.SQLite, path: path}, nil
	}
	if !strings.Contains(address, "://") {
		return &databaseTarget{dialect: sqldb.SQLite, path: address}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, wrong("is not a URL; characters such as @ / : # in a password are written %40 %2F %3A %23")
	}
	t := &databaseTarget{server: sqldb.Server{Host: u.Hostname(), Port: u.Port(), User: u.User.Username(), Database: strings.TrimPrefix(u.Path, "/"), Options: map[string]string{}}}
	t.server.Password, _ = u.User.Password()
	known := ""
	switch u.Scheme {
	case "postgres", "postgresql":
		t.dialect, known = sqldb.Postgres, "sslmode"
		if t.server.Port == "" {
			t.server.Port = "5432"
		}
	case "mysql", "mariadb":
		t.dialect, known = sqldb.MySQL, "tls"
		if t.server.Port == "" {
			t.server.Port = "3306"
		}
	default:
		return nil, wrong(fmt.Sprintf("has the scheme %q; postgres, mysql, mariadb and sqlite are known", u.Scheme))
	}
	switch {
	case t.server.Host == "":
		return nil, wrong("names no host; sockets in the file system are not supported")
	case t.server.User == "":
		return nil, wrong("names no user: scheme://user:password@host/name")
	case t.server.Database == "" || strings.Contains(t.server.Database, "/"):
		return nil, wrong("names no database: scheme://user:password@host/name")
	}
	for name, values := range u.Query() {
		if name != known {
			return nil, wrong(fmt.Sprintf("has the option %q; only %s is known", name, known))
		}
		t.server.Options[name] = values[0]
	}
	return t, nil
}

func (t *databaseTarget) open(ctx context.Context, box *sandbox.Sandbox, write bool) (sqldb.Conn, error) {
	if t.dialect == sqldb.SQLite {
		return openSQLite(ctx, box, t.path, write)
	}
	scheme := "postgres"
	if t.dialect == sqldb.MySQL {
		scheme = "mysql"
	}
	host := t.server.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	// The port that a server has anyway need not be in the permission.
	port := ":" + t.server.Port
	if port == ":5432" && scheme == "postgres" || port == ":3306" && scheme == "mysql" {
		port = ""
	}
	if err := box.CheckDB(&url.URL{Scheme: scheme, Host: host + port, Path: "/" + t.server.Database}, write); err != nil {
		return nil, err
	}
	dial, err := databaseDialer(box)
	if err != nil {
		return nil, err
	}
	t.server.Write, t.server.Dial = write, dial
	var conn sqldb.Conn
	if t.dialect == sqldb.Postgres {
		conn, err = sqldb.OpenPostgres(ctx, t.server)
	} else {
		conn, err = sqldb.OpenMySQL(ctx, t.server)
	}
	if err != nil {
		return nil, sqlError(err)
	}
	return conn, nil
}
