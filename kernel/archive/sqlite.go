package archive

import (
	"context"
	"database/sql"

	_ "github.com/mattn/go-sqlite3"
)

type database struct{ *sql.DB }

func openDatabase(path string) (*database, error) {
	d, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_txlock=immediate&_foreign_keys=1&_busy_timeout=10000&_synchronous=NORMAL")
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	var n int
	if err := d.QueryRow("PRAGMA user_version").Scan(&n); err == nil && n == 0 {
		_, err = d.Exec("BEGIN IMMEDIATE;" + schema + "PRAGMA user_version=1; COMMIT")
	}
	return &database{d}, err
}

func (s *Store) write(ctx context.Context, f func(querier) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func (s *Store) read(ctx context.Context, f func(querier) error) error { return f(s.db.DB) }
