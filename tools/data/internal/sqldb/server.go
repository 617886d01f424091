package sqldb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

// Server is where a database is, and who asks.
type Server struct {
	Host, Port     string
	User, Password string
	Database       string
	Options        map[string]string // of the address: sslmode, tls
	Write          bool
	// Dial makes the connections.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// ErrReadOnly is a statement that would change something where that is not
// allowed.
var ErrReadOnly = errors.New("the statement would change something, and only reading is allowed")

// ErrFull is a database or a statement that needs more memory than it may have.
var ErrFull = errors.New("the database is full")

// StatementError is what the database says is wrong with a statement.
type StatementError struct {
	Code    string // the database's own: 42P01, 1146, SQLITE_ERROR
	Message string
}

func (e *StatementError) Error() string {
	return fmt.Sprintf("the database refuses the statement: %s (%s)", e.Message, e.Code)
}

// connectError says what went wrong, without the password, which no driver
// is trusted not to show.
func (s *Server) connectError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := err.Error()
	if s.Password != "" {
		text = strings.ReplaceAll(text, s.Password, "…")
	}
	return &ConnectError{Address: net.JoinHostPort(s.Host, s.Port), text: text, cause: err}
}

// ConnectError is a server that cannot be reached, or that refuses the user.
type ConnectError struct {
	Address, text string
	cause         error
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("cannot connect to the database at %s: %s", e.Address, e.text)
}

// As finds an error, such as a denial of the sandbox, among the causes. They
// cannot be unwrapped, since their texts may hold the password.
func (e *ConnectError) As(target any) bool { return errors.As(e.cause, target) }

// tableList collects columns, which come table by table.
type tableList struct{ tables []Table }

func (l *tableList) add(schema, name, kind string, c TableColumn) {
	n := len(l.tables)
	if n == 0 || l.tables[n-1].Schema != schema || l.tables[n-1].Name != name {
		if n == MaxTables {
			return
		}
		kind = strings.ToLower(strings.TrimPrefix(kind, "BASE "))
		l.tables = append(l.tables, Table{Schema: schema, Name: name, Type: kind})
		n++
	}
	t := &l.tables[n-1]
	t.Columns = append(t.Columns, c)
}

func optional(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// QuoteName quotes the name of a table or column for SQLite and PostgreSQL.
func QuoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// SQLiteFile is a file for OpenSQLite.
type SQLiteFile struct {
	Path    string // absolute, and checked by the caller
	Write   bool
	NoFiles bool // no file may be made beside it, although it is only read
	Frozen  bool // nobody writes it now, and nothing lies beside it
	// Check is called when the file is open, with its path, before anything is
	// read from it.
	Check func(opened string) error
}
