package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

type mySQL struct {
	db     *sql.DB
	conn   *sql.Conn
	id     int64
	server Server
}

// OpenMySQL connects to MySQL or MariaDB.
func OpenMySQL(ctx context.Context, s Server) (Conn, error) {
	db, err := openMySQL(s)
	if err != nil {
		return nil, err
	}
	m := &mySQL{db: db, server: s}
	if m.conn, err = db.Conn(ctx); err == nil {
		err = m.conn.QueryRowContext(ctx, "select connection_id()").Scan(&m.id)
	}
	if err == nil && !s.Write {
		_, err = m.conn.ExecContext(ctx, "set session transaction read only")
	}
	if err != nil {
		m.Close()
		return nil, s.connectError(ctx, err)
	}
	return m, nil
}

func openMySQL(s Server) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = s.User, s.Password, s.Database
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(s.Host, s.Port)
	cfg.DialFunc = s.Dial
	cfg.Logger = &mysql.NopLogger{}
	cfg.Timeout = 15 * time.Second
	cfg.Collation = "utf8mb4_general_ci"
	switch mode := s.Options["tls"]; mode {
	case "", "preferred":
		cfg.TLSConfig = "preferred"
	case "false", "true", "skip-verify":
		cfg.TLSConfig = mode
	default:
		return nil, fmt.Errorf("tls=%s is not known; use true, preferred, skip-verify or false", mode)
	}
	// A password in clear needs an encrypted connection.
	cfg.AllowCleartextPasswords = false
	cfg.AllowNativePasswords = true
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, errors.New("the database's address cannot be used: check host, port and tls")
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}

func (m *mySQL) Dialect() Dialect { return MySQL }

func (m *mySQL) Close() {
	if m.conn != nil {
		m.conn.Close()
	}
	m.db.Close()
}

// cancelled ends the statement on the server too: the driver only closes the
// connection, which the server notices when it next writes.
func (m *mySQL) cancelled() {
	db, err := openMySQL(m.server)
	if err != nil {
		return
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	db.ExecContext(ctx, "kill "+strconv.FormatInt(m.id, 10))
}

func (m *mySQL) Run(ctx context.Context, r Request) (*Result, error) {
	out, err := m.run(ctx, r)
	if err != nil && ctx.Err() != nil {
		m.cancelled()
		return nil, ctx.Err()
	}
	return out, err
}

func (m *mySQL) run(ctx context.Context, r Request) (*Result, error) {
	if !r.Write {
		if _, err := m.conn.ExecContext(ctx, "start transaction read only"); err != nil {
			return nil, mysqlError(err)
		}
	}
	args := params(r.Params)
	if r.Write && !strings.Contains(strings.ToUpper(r.SQL), "RETURNING") {
		res, err := m.conn.ExecContext(ctx, r.SQL, args...)
		if err != nil {
			return nil, mysqlError(err)
		}
		out := &Result{Rows: []any{}}
		out.Affected, _ = res.RowsAffected()
		out.LastID, _ = res.LastInsertId()
		return out, nil
	}
	rows, err := m.conn.QueryContext(ctx, r.SQL, args...)
	if err != nil {
		return nil, mysqlError(err)
	}
	out := &Result{max: r, Rows: []any{}}
	err = collect(rows, out, mysqlValue)
	if out.Truncated {
		// Closing reads what is left, however much that is: the connection is ended instead.
		m.cancelled()
	}
	rows.Close()
	if err != nil && !out.Truncated {
		return nil, mysqlError(err)
	}
	if r.Write {
		out.Affected = int64(len(out.Rows))
	}
	return out, nil
}

// collect reads the rows of database/sql.
func collect(rows *sql.Rows, out *Result, convert func(v any, kind string) any) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	var columns []Column
	for _, t := range types {
		columns = append(columns, Column{t.Name(), strings.ToLower(t.DatabaseTypeName())})
	}
	out.setColumns(columns)
	values, pointers := make([]any, len(types)), make([]any, len(types))
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		for i, v := range values {
			values[i] = convert(v, columns[i].Type)
		}
		if more, err := out.add(values); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

func mysqlValue(v any, kind string) any {
	switch v := v.(type) {
	case []byte:
		switch strings.TrimPrefix(kind, "unsigned ") {
		case "decimal":
			return Decimal(string(v))
		case "json":
			return jsonValue(v)
		case "blob", "binary", "varbinary", "bit", "geometry", "tinyblob", "mediumblob", "longblob":
			return binary(v)
		case "bigint", "int", "mediumint", "smallint", "tinyint", "year", "double", "float":
			return Decimal(string(v))
		}
		return text(v)
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		return floating(f)
	case float64:
		return floating(v)
	case uint64:
		if v > 1<<63-1 {
			return strconv.FormatUint(v, 10)
		}
		return int64(v)
	case time.Time:
		return timeText(v)
	case nil, int64, bool, string:
		return v
	}
	return fmt.Sprint(v)
}

func mysqlError(err error) error {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return fmt.Errorf("the database failed: %w", err)
	}
	if e.Number == 1792 { // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
		return fmt.Errorf("%w: %s", ErrReadOnly, e.Message)
	}
	return &StatementError{Code: strconv.Itoa(int(e.Number)), Message: e.Message}
}

const mysqlColumns = `select c.table_schema, c.table_name, t.table_type, c.column_name, c.column_type, c.is_nullable, c.column_default, c.column_key
 from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
 where c.table_schema = database() and (? = '' or c.table_name = ?) order by c.table_name, c.ordinal_position limit ?`

func (m *mySQL) Schema(ctx context.Context, table string) ([]Table, error) {
	rows, err := m.conn.QueryContext(ctx, mysqlColumns, table, table, MaxSchemaColumns)
	if err != nil {
		return nil, mysqlError(err)
	}
	defer rows.Close()
	var list tableList
	for rows.Next() {
		var schema, name, kind, column, dataType, nullable, key string
		var def *string
		if err := rows.Scan(&schema, &name, &kind, &column, &dataType, &nullable, &def, &key); err != nil {
			return nil, mysqlError(err)
		}
		list.add(schema, name, kind, TableColumn{Name: column, Type: dataType, Nullable: nullable == "YES", Default: optional(def), PrimaryKey: key == "PRI"})
	}
	if err := rows.Err(); err != nil {
		return nil, mysqlError(err)
	}
	return list.tables, nil
}
