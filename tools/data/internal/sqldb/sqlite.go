//go:build cgo

package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Bounds of a SQLite connection.
const (
	maxValue      = 64 << 20 // bytes of a text or blob
	maxMemoryDB   = 512 << 20
	maxHeap       = 768 << 20 // of all connections of the process
	sqlitePage    = 4096
	maxExprDepth  = 200
	maxProgram    = 250_000 // instructions of a statement
	sqliteTimeout = 5 * time.Second
)

type sqlite struct {
	db     *sql.DB
	conn   *sql.Conn
	raw    *sqlite3.SQLiteConn
	writes bool
	open   bool // set while this package itself prepares statements
}

// OpenSQLite opens a file, or a database in memory when the path is empty.
func OpenSQLite(ctx context.Context, f SQLiteFile) (Conn, error) {
	dsn := "file::memory:?mode=memory"
	if f.Path != "" {
		mode := "ro"
		switch {
		case f.Write:
			mode = "rwc"
		case f.Frozen:
			mode = "ro&immutable=1"
		case f.NoFiles:
			mode = "ro&readonly_shm=1"
		}
		dsn = "file:" + (&url.URL{Path: f.Path}).EscapedPath() + "?mode=" + mode
	}
	s := &sqlite{writes: f.Write || f.Path == "", open: true}
	s.db = sql.OpenDB(&sqliteConnector{dsn: dsn, use: s.prepare})
	s.db.SetMaxOpenConns(1)
	var err error
	if s.conn, err = s.db.Conn(ctx); err != nil {
		err = s.explain(ctx, err)
	} else {
		err = s.setUp(ctx, f.Path, f.Check)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.open = false
	return s, nil
}

// sqliteConnector opens connections without the global registry of drivers.
type sqliteConnector struct {
	dsn string
	use func(*sqlite3.SQLiteConn) error
}

func (c *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.dsn)
}

func (c *sqliteConnector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{ConnectHook: c.use} }

func (s *sqlite) prepare(c *sqlite3.SQLiteConn) error {
	s.raw = c
	for id, n := range map[int]int{sqlite3.SQLITE_LIMIT_LENGTH: maxValue, sqlite3.SQLITE_LIMIT_SQL_LENGTH: MaxStatement, sqlite3.SQLITE_LIMIT_ATTACHED: 0,
		sqlite3.SQLITE_LIMIT_EXPR_DEPTH: maxExprDepth, sqlite3.SQLITE_LIMIT_VDBE_OP: maxProgram, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0} {
		c.SetLimit(id, n)
	}
	c.RegisterAuthorizer(s.authorize)
	return nil
}

func (s *sqlite) setUp(ctx context.Context, path string, check func(string) error) error {
	// Spilling to temporary files would go around the sandbox; a hostile file's
	// schema must not call what has effects.
	pragmas := []string{"pragma temp_store = memory", "pragma trusted_schema = off", "pragma cell_size_check = on", "pragma mmap_size = 0",
		fmt.Sprintf("pragma hard_heap_limit = %d", maxHeap),
		fmt.Sprintf("pragma busy_timeout = %d", sqliteTimeout.Milliseconds())}
	if path == "" {
		pragmas = append(pragmas, fmt.Sprintf("pragma max_page_count = %d", maxMemoryDB/sqlitePage))
	}
	for _, p := range pragmas {
		if _, err := s.conn.ExecContext(ctx, p); err != nil {
			return s.explain(ctx, err)
		}
	}
	if path == "" {
		return nil
	}
	if err := check(s.raw.GetFilename("main")); err != nil {
		return err
	}
	var n int
	return s.explain(ctx, s.conn.QueryRowContext(ctx, "select count(*) from sqlite_schema").Scan(&n))
}

// authorize is asked about each thing that a statement would do, when the
// statement is prepared. It is the wall behind the check of the statement.
func (s *sqlite) authorize(action int, arg1, arg2, _ string) int {
	if s.open {
		return sqlite3.SQLITE_OK
	}
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqliteRecursive, sqlite3.SQLITE_TRANSACTION, sqliteSavepoint:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_FUNCTION:
		switch strings.ToLower(arg2) {
		case "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit":
			return sqlite3.SQLITE_DENY
		}
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH:
		return sqlite3.SQLITE_DENY
	case sqlite3.SQLITE_PRAGMA:
		return allowPragma(strings.ToLower(arg1), arg2)
	case sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_VTABLE:
		switch strings.ToLower(arg2) {
		case "fts3", "fts4", "fts5", "rtree", "rtree_i32":
		default:
			return sqlite3.SQLITE_DENY
		}
	}
	if !s.writes {
		return sqlite3.SQLITE_DENY
	}
	return sqlite3.SQLITE_OK
}

// Two actions that the driver has no names for.
const (
	sqliteSavepoint = 32
	sqliteRecursive = 33
)

// allowPragma allows those that only tell something.
func allowPragma(name, argument string) int {
	switch name {
	case "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list", "foreign_key_check",
		"integrity_check", "quick_check", "collation_list", "function_list", "compile_options":
		return sqlite3.SQLITE_OK
	case "user_version", "schema_version", "application_id", "encoding", "page_count", "page_size", "freelist_count", "journal_mode", "foreign_keys", "data_version":
		if argument == "" {
			return sqlite3.SQLITE_OK
		}
	}
	return sqlite3.SQLITE_DENY
}

func (s *sqlite) Dialect() Dialect { return SQLite }

func (s *sqlite) Close() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.db.Close()
}

func (s *sqlite) Run(ctx context.Context, r Request) (*Result, error) {
	writable := s.writes
	s.writes = r.Write && writable
	defer func() { s.writes = writable }()
	args := params(r.Params)
	for _, name := range slices.Sorted(maps.Keys(r.Named)) {
		args = append(args, sql.Named(name, params([]any{r.Named[name]})[0]))
	}
	out := &Result{max: r, Rows: []any{}}
	before := s.totals(ctx)
	rows, err := s.conn.QueryContext(ctx, r.SQL, args...)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	err = collect(rows, out, sqliteValue)
	rows.Close()
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.Write {
		after := s.totals(ctx)
		out.Affected = after.changes - before.changes
		if after.last != before.last {
			out.LastID = after.last
		}
	}
	return out, nil
}

type totals struct{ changes, last int64 }

func (s *sqlite) totals(ctx context.Context) (t totals) {
	// A failure here would show in the statement itself.
	s.conn.QueryRowContext(ctx, "select total_changes(), last_insert_rowid()").Scan(&t.changes, &t.last)
	return t
}

func sqliteValue(v any, kind string) any {
	switch v := v.(type) {
	case []byte:
		return binary(v)
	case float64:
		return floating(v)
	case time.Time: // the driver makes these of columns declared as dates
		return timeText(v)
	case string:
		if kind == "json" {
			return jsonValue([]byte(v))
		}
		return text([]byte(v))
	}
	return v
}

func (s *sqlite) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == sqlite3.ErrAuth, strings.HasPrefix(e.Error(), "not authorized"):
		return &StatementError{Code: "SQLITE_AUTH", Message: "it does what is not allowed here: change something when only reading is allowed, attach other files, " +
			"load extensions, change settings by PRAGMA, or VACUUM"}
	}
	switch e.Code {
	case sqlite3.ErrReadonly:
		return fmt.Errorf("%w: %s", ErrReadOnly, e.Error())
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return fmt.Errorf("the file is not a SQLite database, or is damaged: %s", e.Error())
	case sqlite3.ErrNomem, sqlite3.ErrFull:
		return fmt.Errorf("%w: %s (a database in memory holds %d MB, and all statements together may use %d MB)", ErrFull, e.Error(), maxMemoryDB>>20, maxHeap>>20)
	case sqlite3.ErrBusy:
		return fmt.Errorf("the database is locked by somebody else for more than %v", sqliteTimeout)
	}
	return &StatementError{Code: "SQLITE_" + fmt.Sprint(int(e.Code)), Message: e.Error()}
}

// Load makes a table in a database and fills it with rows, until next gives
// io.EOF, in one transaction.
func Load(ctx context.Context, conn Conn, table string, columns []TableColumn, next func(ctx context.Context) ([]any, error)) (int64, error) {
	s, ok := conn.(*sqlite)
	if !ok {
		return 0, errors.New("only SQLite databases can be loaded")
	}
	var defs, marks []string
	for _, c := range columns {
		defs, marks = append(defs, QuoteName(c.Name)+" "+c.Type), append(marks, "?")
	}
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, s.explain(ctx, err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "create table "+QuoteName(table)+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return 0, s.explain(ctx, err)
	}
	insert, err := tx.PrepareContext(ctx, "insert into "+QuoteName(table)+" values ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return 0, s.explain(ctx, err)
	}
	defer insert.Close()
	for n := int64(0); ; n++ {
		row, err := next(ctx)
		if errors.Is(err, io.EOF) {
			return n, s.explain(ctx, tx.Commit())
		}
		if err != nil {
			return n, err
		}
		// Without a context: one would cost a goroutine for each row.
		if _, err := insert.Exec(row...); err != nil {
			return n, s.explain(ctx, err)
		}
	}
}

// Schema describes each table for itself when all at once fails: a view of a
// table that is gone, or a virtual table whose module is not built in, would
// hide all the others. Such a one has no columns.
func (s *sqlite) Schema(ctx context.Context, table string) ([]Table, error) {
	var list tableList
	err := s.describe(ctx, &list, table)
	if err == nil || ctx.Err() != nil {
		return list.tables, s.explain(ctx, err)
	}
	names, err := s.tables(ctx, table)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	list = tableList{}
	for _, t := range names {
		if err := s.describe(ctx, &list, t.Name); err != nil {
			if ctx.Err() != nil {
				return nil, s.explain(ctx, err)
			}
			list.tables = append(list.tables, t)
		}
	}
	return list.tables, nil
}

const sqliteTables = ` from sqlite_schema t%s where t.type in ('table', 'view') and t.name not like 'sqlite\_%%' escape '\' and (? = '' or t.name = ?) order by t.name%s limit ?`

// tables lists the tables and views, without their columns.
func (s *sqlite) tables(ctx context.Context, table string) ([]Table, error) {
	rows, err := s.conn.QueryContext(ctx, "select t.name, t.type"+fmt.Sprintf(sqliteTables, "", ""), table, table, MaxTables)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Table
	for rows.Next() {
		t := Table{Schema: "main"}
		if err := rows.Scan(&t.Name, &t.Type); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// describe adds the columns of a table, or of all.
func (s *sqlite) describe(ctx context.Context, list *tableList, table string) error {
	rows, err := s.conn.QueryContext(ctx, `select t.name, t.type, c.name, c.type, c."notnull", c.dflt_value, c.pk`+
		fmt.Sprintf(sqliteTables, " join pragma_table_xinfo(t.name) c", ", c.cid"), table, table, MaxSchemaColumns)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, kind, column, dataType string
		var notNull, key int
		var def *string
		if err := rows.Scan(&name, &kind, &column, &dataType, &notNull, &def, &key); err != nil {
			return err
		}
		list.add("main", name, kind, TableColumn{Name: column, Type: strings.ToLower(dataType), Nullable: notNull == 0 && key == 0, Default: optional(def), PrimaryKey: key > 0})
	}
	return rows.Err()
}
