package db

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a database. The errors of this package match one of
// them with errors.Is, where they fit.
var (
	// ErrFull means that the disk, a quota or a limit leaves no room.
	ErrFull = errors.New("no room is left")
	// ErrReadOnly means that the file or its folder cannot be written.
	ErrReadOnly = errors.New("the database can only be read")
	// ErrCorrupt means that the file is damaged, or no database at all.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrBusy means that another process has kept the database locked too long.
	ErrBusy = errors.New("the database is in use")
	// ErrNewer means that a newer version of the program has made the file.
	ErrNewer = errors.New("the database is of a newer version")
	// ErrForeign means that the file belongs to something else.
	ErrForeign = errors.New("the database belongs to something else")
	// ErrMissing means that there is no file, and none may be made.
	ErrMissing = errors.New("there is no database")
	// ErrReplaced means that the file was removed, or another put in its place, while it was open.
	ErrReplaced = errors.New("the file was removed or replaced while this process had it open")
	// ErrNoSQLite means that this program was built without cgo.
	ErrNoSQLite = errors.New("this build of llmspell has no SQLite: build it with a C compiler, and CGO_ENABLED=1")
	// ErrClosed means that the database has been closed.
	ErrClosed = errors.New("the database has been closed")
)

// Error says what went wrong with which database, and what to do.
type Error struct {
	Path  string // of the file; ":memory:" for one in memory
	Class error  // one of the errors above
	Err   error  // SQLite's error; nil when there is none
	Hint  string // what to do
}

func (e *Error) Error() string {
	text := fmt.Sprintf("database %s: %v", e.Path, e.Class)
	if e.Err != nil {
		text += fmt.Sprintf(" (%v)", e.Err)
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Whole tells whether it is of the database as a whole, and not of damaged rows alone.
func (e *Error) Whole() bool { return !errors.Is(e.Class, ErrCorrupt) }

// Full tells whether no room is left.
func (e *Error) Full() bool { return errors.Is(e.Class, ErrFull) }

// Unwrap gives the class and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.Err}
}

// hints say what to do about each class. A damaged file has a hint of its own:
// Options.Restore.
func (d *DB) hint(class error) string {
	switch class {
	case ErrFull:
		return "nothing was changed; free some space, then try again"
	case ErrReadOnly:
		return "nothing was changed; make the file and its folder writable for this user"
	case ErrCorrupt:
		if d.opt.Restore != "" {
			return "it is left as it is; " + d.opt.Restore
		}
		return "it is left as it is; put a backup in its place, or move it, its -wal and its -shm file away to begin anew"
	case ErrBusy:
		return "another process writes to it, or holds it; try again, or end that process"
	}
	return ""
}

// failed classes an error of SQLite's. Other errors come back as they are.
func (d *DB) failed(err error) error {
	if err == nil {
		return nil
	}
	if already := (*Error)(nil); errors.As(err, &already) {
		return err
	}
	class := classOf(err)
	if class == nil && strings.HasPrefix(err.Error(), "sql: Scan error") {
		class = ErrCorrupt // a column holds what was never written to it
	}
	if class == nil {
		return err
	}
	return &Error{Path: d.path, Class: class, Err: err, Hint: d.hint(class)}
}

// corrupt is an error for damage that SQLite does not see.
func (d *DB) corrupt(format string, args ...any) error {
	return &Error{Path: d.path, Class: ErrCorrupt, Err: fmt.Errorf(format, args...), Hint: d.hint(ErrCorrupt)}
}
