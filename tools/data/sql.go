package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/data/internal/sqldb"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Bounds of what a statement gives.
const (
	defaultRows    = 1000
	maxRows        = 100_000
	maxResultBytes = 16 << 20
)

// statementParameters are those that both database tools have.
func statementParameters() []schema.Property {
	query := schema.Text("The SQL statement: one. Values belong into params, not into the text")
	query.MaxLength = schema.Ptr(sqldb.MaxStatement)
	values := &schema.Schema{Types: []schema.Type{schema.Array, schema.Object}, MaxItems: schema.Ptr(10_000),
		Description: "The values of the statement's placeholders, in their order ($1 in PostgreSQL, ? in MySQL and SQLite); for SQLite also by name: {name: value} for :name, @name or $name"}
	return []schema.Property{
		schema.Optional("query", query, "sql", "statement"),
		schema.Optional("params", values, "parameters", "args", "values"),
		schema.Optional("max_rows", schema.Int("How many rows to return", 1, maxRows).WithDefault(float64(defaultRows)), "limit"),
		schema.Optional("table", schema.Text("The table to describe (schema)")),
	}
}

// runStatement checks the statement of a call against what is to be done, and
// runs it.
func runStatement(ctx context.Context, call *tool.Call, conn sqldb.Conn, write bool) (*tool.Result, error) {
	s, err := checkStatement(call, conn.Dialect(), write)
	if err != nil {
		return nil, err
	}
	params, _ := call.Params["params"].([]any)
	named, err := namedParams(call, conn.Dialect())
	if err != nil {
		return nil, err
	}
	out, err := conn.Run(ctx, sqldb.Request{SQL: call.Params.String("query"), Params: params, Named: named, Write: write,
		MaxRows: call.Params.Int("max_rows"), MaxBytes: maxResultBytes})
	if err != nil {
		return nil, sqlError(err)
	}
	value := map[string]any{"statement": s.Verb}
	if write {
		value["rows_affected"] = out.Affected
		if out.LastID != 0 {
			value["last_insert_id"] = out.LastID
		}
	}
	message := fmt.Sprintf("%d rows affected", out.Affected)
	if len(out.Columns) > 0 || !write {
		columns := make([]any, len(out.Columns))
		for i, c := range out.Columns {
			columns[i] = map[string]any{"name": c.Name, "type": c.Type}
		}
		value["columns"], value["rows"], value["row_count"], value["truncated"] = columns, out.Rows, len(out.Rows), out.Truncated
		message = fmt.Sprintf("%d rows", len(out.Rows))
		if out.Truncated {
			message += fmt.Sprintf("; there are more (max_rows is %d, and at most %d MB are returned)", call.Params.Int("max_rows"), maxResultBytes>>20)
		}
	}
	return &tool.Result{Message: message, Value: value}, nil
}

// namedParams reads params given by name. Each placeholder must have its value,
// as SQLite takes those that are left out for null.
func namedParams(call *tool.Call, d sqldb.Dialect) (map[string]any, error) {
	given, ok := call.Params["params"].(map[string]any)
	if !ok || len(given) == 0 { // {} is also Lua's empty list
		return nil, nil
	}
	if d != sqldb.SQLite {
		return nil, &schema.FieldError{Path: "params", Expected: "a list: only SQLite has placeholders with names", Found: "an object"}
	}
	names, others := sqldb.Placeholders(call.Params.String("query"))
	if others {
		return nil, &schema.FieldError{Path: "params", Problem: "has names, but the query has a placeholder ? without one", Help: "write :name instead, or pass a list"}
	}
	out := make(map[string]any, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		bare := strings.TrimLeft(name, ":@$")
		if !slices.Contains(names, bare) {
			return nil, &schema.FieldError{Path: "params." + name, Problem: "is not a placeholder of the query", Suggestion: schema.Nearest(bare, names),
				Help: "the query has these: " + quoted(names...)}
		}
		out[bare] = given[name]
	}
	for _, name := range names {
		if _, ok := out[name]; !ok {
			return nil, &schema.FieldError{Path: "params." + name, Problem: "is missing, and the query has a placeholder of that name"}
		}
	}
	return out, nil
}

// checkStatement reads the statement, which must be of a kind that the
// operation allows.
func checkStatement(call *tool.Call, d sqldb.Dialect, write bool) (sqldb.Statement, error) {
	text, err := call.Need("query")
	if err != nil {
		return sqldb.Statement{}, err
	}
	s, err := sqldb.Parse(text, d)
	if err != nil {
		return s, &schema.FieldError{Path: "query", Problem: "cannot be run: " + err.Error()}
	}
	switch {
	case !write && !s.Reads() && s.Writes():
		return s, &schema.FieldError{Path: "query", Problem: fmt.Sprintf("is %s, which changes something", s.Verb),
			Help: "the operation query only reads; pass the operation execute"}
	case !write && !s.Reads() || write && !s.Writes():
		return s, &schema.FieldError{Path: "query", Problem: fmt.Sprintf("begins with %s, which the operation %s does not run", s.Verb, call.Operation)}
	}
	return s, nil
}

// sqlError gives what sqldb says the codes of tools.
func sqlError(err error) error {
	var denied *sandbox.DeniedError
	var statement *sqldb.StatementError
	var connect *sqldb.ConnectError
	switch {
	case errors.As(err, &denied):
		return denied
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sqldb.ErrReadOnly):
		return tool.Errorf(tool.PermissionDenied, "%w", err)
	case errors.Is(err, sqldb.ErrFull):
		return tool.Errorf(tool.LimitExceeded, "%w", err)
	case errors.As(err, &statement):
		e := tool.Errorf(tool.ExecutionFailed, "%w", err)
		e.Details = map[string]any{"database_code": statement.Code}
		return e
	case errors.As(err, &connect):
		return tool.Errorf(tool.RemoteFailed, "%w", err)
	}
	return err
}

// describeTables answers the operation schema.
func describeTables(ctx context.Context, call *tool.Call, conn sqldb.Conn) (*tool.Result, error) {
	name := call.Params.String("table")
	tables, err := conn.Schema(ctx, name)
	if err != nil {
		return nil, sqlError(err)
	}
	if name != "" && len(tables) == 0 {
		return nil, tool.Errorf(tool.ResourceNotFound, "the database has no table %q that may be seen", name)
	}
	columns, list := 0, []any{}
	for _, t := range tables {
		members := []any{}
		for _, c := range t.Columns {
			members = append(members, map[string]any{"name": c.Name, "type": c.Type, "nullable": c.Nullable, "default": c.Default, "primary_key": c.PrimaryKey})
		}
		columns += len(members)
		list = append(list, map[string]any{"schema": t.Schema, "name": t.Name, "type": t.Type, "columns": members})
	}
	truncated := len(tables) == sqldb.MaxTables || columns == sqldb.MaxSchemaColumns
	return &tool.Result{Message: fmt.Sprintf("%d tables", len(tables)), Value: map[string]any{
		"dialect": string(conn.Dialect()), "tables": list, "table_count": len(list), "truncated": truncated}}, nil
}

// openSQLite opens a database file that the sandbox allows, or one in memory.
func openSQLite(ctx context.Context, box *sandbox.Sandbox, path string, write bool) (sqldb.Conn, error) {
	if path == ":memory:" {
		conn, err := sqldb.OpenSQLite(ctx, sqldb.SQLiteFile{})
		return conn, sqlError(err)
	}
	place, err := realPlace(box, path, write)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	before, err := place.Root.Lstat(place.Name)
	switch {
	case err == nil && !before.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a regular file (%s)", path, before.Mode().Type())
	case err != nil && !(write && errors.Is(err, fs.ErrNotExist)):
		return nil, place.Explain(err)
	}
	f := sqldb.SQLiteFile{Path: place.Path, Write: write}
	if !write {
		if other, err := box.Place(sandbox.Write, place.Path); err == nil {
			other.Close()
		} else {
			f.NoFiles = true
			_, wal := place.Root.Lstat(place.Name + "-wal")
			_, shm := place.Root.Lstat(place.Name + "-shm")
			f.Frozen = wal != nil && shm != nil
		}
	}
	// SQLite opens by path and follows links in it, which may have changed
	// since: what it has opened must be what the sandbox gives.
	f.Check = func(opened string) error {
		inside, err := place.Root.Lstat(place.Name)
		if err != nil {
			return place.Explain(err)
		}
		outside, err := os.Lstat(opened)
		if err != nil || opened != place.Path || !os.SameFile(inside, outside) || before != nil && !os.SameFile(before, inside) {
			return fmt.Errorf("%q was replaced while it was opened", path)
		}
		return nil
	}
	conn, err := sqldb.OpenSQLite(ctx, f)
	if err != nil {
		return nil, sqlError(err)
	}
	return conn, nil
}

// realPlace finds the place of a file with all links on its way followed: the
// sandbox must allow where they lead.
func realPlace(box *sandbox.Sandbox, path string, write bool) (*sandbox.Place, error) {
	place, err := box.Place(sandbox.Read, path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	access := sandbox.Read
	if write {
		access = sandbox.Write
		other, err := box.Place(sandbox.Write, path)
		if err != nil {
			return nil, err
		}
		other.Close()
	}
	if _, err := place.Root.Stat(place.Name); err != nil && !(write && errors.Is(err, fs.ErrNotExist)) {
		return nil, place.Explain(err)
	}
	real, err := filepath.EvalSymlinks(place.Path)
	if errors.Is(err, fs.ErrNotExist) && write { // it is made now
		if _, linkErr := place.Root.Lstat(place.Name); linkErr == nil {
			return nil, fmt.Errorf("%q is a link that leads nowhere", path)
		}
		real, err = filepath.EvalSymlinks(filepath.Dir(place.Path))
		real = filepath.Join(real, filepath.Base(place.Path))
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, errors.Unwrap(err))
	}
	return box.Place(access, real)
}
