package db

import (
	"context"
	"time"
)

// Health is what Examine finds out about a file.
type Health struct {
	ApplicationID int // which program's it is, 0 if it does not say
	Version       int // of its schema
	Bytes         int64
}

// Examine reads a whole database, whatever it holds, without writing to it, and
// compares its indexes with its tables. Damage is an error that matches
// ErrCorrupt, a missing file one that matches ErrMissing.
func Examine(ctx context.Context, path string) (h Health, err error) {
	if !available {
		return h, ErrNoSQLite
	}
	d := &DB{path: path, opt: Options{ReadOnly: true, Readers: 1, Wait: time.Second}, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	d.readOnly.Store(true)
	defer d.Close()
	err = d.openReaders(func() error {
		return d.Look(ctx, func(tx *Tx) error {
			return tx.Row("select (select application_id from pragma_application_id), (select user_version from pragma_user_version), "+
				"(select page_count from pragma_page_count) * (select page_size from pragma_page_size)").Scan(&h.ApplicationID, &h.Version, &h.Bytes)
		})
	})
	if err == nil {
		err = d.Check(ctx)
	}
	if err != nil {
		return h, d.failed(err)
	}
	return h, nil
}
