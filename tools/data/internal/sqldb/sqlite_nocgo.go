//go:build !cgo

package sqldb

import (
	"context"
	"errors"
)

// ErrNoSQLite is what SQLite gives in a build without a C compiler.
var ErrNoSQLite = errors.New("this build of llmspell has no SQLite: it was made without cgo")

// OpenSQLite fails: see ErrNoSQLite.
func OpenSQLite(context.Context, SQLiteFile) (Conn, error) {
	return nil, ErrNoSQLite
}

// Load fails: see ErrNoSQLite.
func Load(context.Context, Conn, string, []TableColumn, func(context.Context) ([]any, error)) (int64, error) {
	return 0, ErrNoSQLite
}
