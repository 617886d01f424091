//go:build cgo

package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

const available = true

// connector opens connections without the process-wide registry of drivers.
type connector struct {
	dsn   string
	setUp []string // statements for each connection
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

func (c *connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		conn.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 2)
		for _, stmt := range c.setUp {
			if _, err := conn.Exec(stmt, nil); err != nil {
				return err
			}
		}
		return nil
	}}
}

// classOf tells what an error of SQLite's means, nil if nothing in particular.
func classOf(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sqlite3.ErrError:
		// Our statements fit our schema, unless its text in the file is damaged.
		if strings.HasPrefix(e.Error(), "no such ") || strings.HasPrefix(e.Error(), "malformed ") {
			return ErrCorrupt
		}
	case sqlite3.ErrFull, sqlite3.ErrTooBig, sqlite3.ErrNomem:
		return ErrFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return ErrReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrFormat:
		return ErrCorrupt
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol:
		return ErrBusy
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		switch {
		case isFull(e.SystemErrno), e.ExtendedCode == sqlite3.ErrIoErrSHMSize:
			return ErrFull
		case e.SystemErrno == syscall.EROFS || e.SystemErrno == syscall.EACCES || e.SystemErrno == syscall.EPERM:
			return ErrReadOnly
		case e.ExtendedCode == sqlite3.ErrIoErrShortRead || e.ExtendedCode == ioErrCorruptFS:
			return ErrCorrupt
		}
	}
	return nil
}

// interrupted tells whether a statement was ended from outside.
func interrupted(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrInterrupt
}

// violates tells whether a row was refused for what it holds.
func violates(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrConstraint || e.Code == sqlite3.ErrMismatch)
}

// cannotOpen tells whether SQLite could not open a file, which it does not name.
func cannotOpen(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrCantOpen
}

// ioErrCorruptFS is SQLITE_IOERR_CORRUPTFS, for which the driver has no name.
const ioErrCorruptFS = sqlite3.ErrNoExtended(10 | 33<<8)
