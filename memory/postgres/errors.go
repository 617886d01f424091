package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What can be wrong with the database, as far as callers tell it apart.
var (
	// ErrUnreachable means that there is no server, or that it cannot be reached.
	ErrUnreachable = errors.New("the server cannot be reached")
	// ErrRefused means that the server did not let us in.
	ErrRefused = errors.New("the server refuses the connection")
	// ErrPermission means that the role may not do what is needed.
	ErrPermission = errors.New("permission denied")
	// ErrTooOld means that the server is of a version that lacks what is needed.
	ErrTooOld = errors.New("the server is too old")
	// ErrNewer means that a newer llmspell has made the schema.
	ErrNewer = errors.New("the memory is of a newer version")
	// ErrForeign means that the schema or the database belongs to something else.
	ErrForeign = errors.New("the database cannot hold the memory")
	// ErrBusy means that another transaction has kept the tenant locked too long.
	ErrBusy = errors.New("the memory is in use")
	// ErrTimeout means that a statement took too long.
	ErrTimeout = errors.New("the statement took too long")
	// ErrFull means that the server has no room.
	ErrFull = errors.New("no room is left")
	// ErrUnknown means that the connection broke while a change was committed, and that it could not
	// be found out whether it was.
	ErrUnknown = errors.New("it is not known whether the change was stored")
	// ErrCorrupt means that rows are damaged.
	ErrCorrupt = errors.New("the memory is damaged")
	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("the memory has been closed")
)

// Error says what went wrong with which database, and what to do.
type Error struct {
	Where string
	Class error
	Err   error // nil when there is no other
	Hint  string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("memory in %s: %v", e.Where, e.Class)
	if e.Err != nil {
		text += fmt.Sprintf(" (%v)", e.Err)
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Full tells whether no room is left.
func (e *Error) Full() bool { return errors.Is(e.Class, ErrFull) }

// Whole tells whether it is of the memory as a whole, and not of damaged rows alone.
func (e *Error) Whole() bool { return !errors.Is(e.Class, ErrCorrupt) }

// Unwrap gives the class and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.Err}
}

// failed says what an error of the server or the connection means. Others come back as they are.
func (s *Store) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ours := (*Error)(nil); errors.As(err, &ours) {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("memory in %s: %w", s.where, context.Cause(ctx))
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		if broken(err) {
			return &Error{Where: s.where, Class: ErrUnreachable, Err: plainly(err), Hint: "see that it runs, and that host and port are right"}
		}
		return err
	}
	e := &Error{Where: s.where, Err: errors.New(server.Message)}
	switch code := server.Code; {
	case code == "28P01" || code == "28000":
		e.Class, e.Hint = ErrRefused, "check the user and the password: of runtime.memory.database_url, PGPASSWORD, or the file that PGPASSFILE names (~/.pgpass)"
	case code == "3D000":
		e.Class, e.Hint = ErrRefused, "make the database (createdb), or name another one"
	case code == "53300":
		e.Class, e.Hint = ErrRefused, "it has no connection left: raise max_connections, or lower pool_max_conns of the URL"
	case code == "42501":
		e.Class, e.Hint = ErrPermission, "let an owner of the database run llmspell memory stats once, so that the schema is made, or grant the role what is missing"
	case code == "0A000" || code == "58P01" || code == "42704" && strings.Contains(server.Message, "btree_gist"):
		e.Class, e.Hint = ErrForeign, "the extension btree_gist is needed: install PostgreSQL's contrib modules"
	case code == "55P03":
		e.Class, e.Hint = ErrBusy, "another process writes to it; try again"
	case code == "57014":
		e.Class, e.Hint = ErrTimeout, "runtime.memory.statement_timeout_ms of the configuration is the limit"
	case code == "25006":
		e.Class, e.Hint = ErrPermission, "the server takes no writes: it is a standby, or default_transaction_read_only is on"
	case strings.HasPrefix(code, "53"):
		e.Class, e.Hint = ErrFull, "nothing was changed; free some space on the server, then try again"
	case code == "XX001" || code == "XX002":
		e.Class, e.Hint = ErrCorrupt, "restore a backup of the database"
	case broken(err):
		e.Class, e.Hint = ErrUnreachable, "it has been stopped, or is starting; try again"
	default:
		return fmt.Errorf("memory in %s: %w", s.where, err)
	}
	return e
}

// broken tells whether a connection is of no use any more, or there was none: on another one
// the same may work.
func broken(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch server.Code {
		case "57P01", "57P02", "57P03", "57P05", "25P03": // shut down, crashed, starting, idle too long
			return true
		}
		return strings.HasPrefix(server.Code, "08")
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed")
}

// plainly is an error of a connection without what pgx says of the settings, each attempt's once: with and without TLS they fail alike.
func plainly(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		err = connect.Unwrap()
	}
	var told []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(told, line) {
			told = append(told, line)
		}
	}
	return errors.New(strings.Join(told, " "))
}

// missing tells whether a query has found no row.
func missing(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
