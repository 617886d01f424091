package sqldb

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
)

type postgres struct{ conn *pgx.Conn }

// OpenPostgres connects to PostgreSQL.
func OpenPostgres(ctx context.Context, s Server) (Conn, error) {
	mode := s.Options["sslmode"]
	if mode == "" {
		mode = "prefer"
	}
	// Every setting that the environment or a file in the home folder could
	// make is made here.
	var b strings.Builder
	for _, kv := range [][2]string{{"host", s.Host}, {"port", s.Port}, {"user", s.User}, {"password", s.Password}, {"dbname", s.Database}, {"sslmode", mode},
		{"passfile", ""}, {"sslcert", ""}, {"sslkey", ""}, {"sslrootcert", ""}, {"sslpassword", ""}, {"sslcertmode", "disable"}, {"sslsni", "1"},
		{"sslnegotiation", "postgres"}, {"target_session_attrs", "any"}, {"connect_timeout", "15"}, {"application_name", "llmspell"}} {
		fmt.Fprintf(&b, "%s='%s' ", kv[0], strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(kv[1]))
	}
	cfg, err := pgx.ParseConfig(b.String())
	if err != nil { // its text holds the settings
		return nil, errors.New("the database's address cannot be used: check sslmode (disable, allow, prefer, require, verify-ca, verify-full), host and port")
	}
	cfg.RuntimeParams = map[string]string{"application_name": "llmspell", "client_encoding": "UTF8"}
	if !s.Write {
		cfg.RuntimeParams["default_transaction_read_only"] = "on"
	}
	if deadline, ok := ctx.Deadline(); ok { // a second wall behind cancellation
		cfg.RuntimeParams["statement_timeout"] = strconv.FormatInt(max(1, time.Until(deadline).Milliseconds()+1000), 10)
	}
	cfg.DialFunc = s.Dial
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // Dial resolves
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 500 * time.Millisecond}
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, s.connectError(ctx, err)
	}
	return &postgres{conn}, nil
}

func (p *postgres) Dialect() Dialect { return Postgres }

func (p *postgres) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	p.conn.Close(ctx)
}

func (p *postgres) Run(ctx context.Context, r Request) (*Result, error) {
	if r.Write {
		return p.query(ctx, p.conn, r)
	}
	tx, err := p.conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, postgresError(ctx, err)
	}
	out, err := p.query(ctx, tx, r)
	if ctx.Err() == nil {
		tx.Rollback(ctx)
	}
	return out, err
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (p *postgres) query(ctx context.Context, q querier, r Request) (*Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := q.Query(ctx, r.SQL, append([]any{asText()}, params(r.Params)...)...)
	if err != nil {
		return nil, postgresError(ctx, err)
	}
	defer rows.Close()
	out := &Result{max: r, Rows: []any{}}
	var columns []Column
	for _, f := range rows.FieldDescriptions() {
		name := strconv.FormatUint(uint64(f.DataTypeOID), 10)
		if t, ok := p.conn.TypeMap().TypeForOID(f.DataTypeOID); ok {
			name = t.Name
		}
		columns = append(columns, Column{f.Name, name})
	}
	out.setColumns(columns)
	plain := textTypes()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, postgresError(ctx, err)
		}
		for i, v := range values {
			if f := &rows.FieldDescriptions()[i]; slices.Contains(plain, f.DataTypeOID) {
				if raw := rows.RawValues()[i]; raw != nil {
					values[i] = string(raw)
				}
			} else {
				values[i] = p.value(v, f.DataTypeOID)
			}
		}
		more, err := out.add(values)
		if err != nil {
			return nil, err
		}
		if !more {
			cancel() // the server need not make the rest
			break
		}
	}
	if out.Truncated {
		return out, nil
	}
	if err := rows.Err(); err != nil {
		return nil, postgresError(ctx, err)
	}
	out.Affected = rows.CommandTag().RowsAffected()
	return out, nil
}

// asText are the types that are best left as the server writes them.
func asText() pgx.QueryResultFormatsByOID {
	out := pgx.QueryResultFormatsByOID{}
	for _, oid := range textTypes() {
		out[oid] = pgx.TextFormatCode
	}
	return out
}

func textTypes() []uint32 {
	return []uint32{pgtype.TimeOID, pgtype.TimetzOID, pgtype.IntervalOID, pgtype.QCharOID, pgtype.BitOID, pgtype.VarbitOID,
		pgtype.Int4rangeOID, pgtype.Int8rangeOID, pgtype.NumrangeOID, pgtype.DaterangeOID, pgtype.TsrangeOID, pgtype.TstzrangeOID,
		pgtype.Int4multirangeOID, pgtype.Int8multirangeOID, pgtype.NummultirangeOID, pgtype.DatemultirangeOID, pgtype.TsmultirangeOID, pgtype.TstzmultirangeOID,
		pgtype.PointOID, pgtype.LsegOID, pgtype.PathOID, pgtype.BoxOID, pgtype.PolygonOID, pgtype.LineOID, pgtype.CircleOID}
}

// value maps what pgx decodes to values of JSON.
func (p *postgres) value(v any, oid uint32) any {
	switch v := v.(type) {
	case nil, bool, string, int64:
		return v
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint32:
		return int64(v)
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64) // 0.1, not 0.10000000149
		return floating(f)
	case float64:
		return floating(v)
	case []byte:
		return binary(v)
	case [16]byte:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case time.Time:
		switch oid {
		case pgtype.DateOID:
			return v.Format("2006-01-02")
		case pgtype.TimestampOID:
			return v.Format("2006-01-02T15:04:05.999999")
		}
		return v.Format(time.RFC3339Nano)
	case netip.Prefix:
		if v.IsSingleIP() && oid == pgtype.InetOID {
			return v.Addr().String()
		}
		return v.String()
	case map[string]any: // json
		return v
	case []any:
		element := uint32(0)
		if t, ok := p.conn.TypeMap().TypeForOID(oid); ok {
			if codec, ok := t.Codec.(*pgtype.ArrayCodec); ok {
				element = codec.ElementType.OID
			}
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = e
			if element != 0 {
				out[i] = p.value(e, element)
			}
		}
		return out
	case pgtype.InfinityModifier:
		return v.String()
	case pgtype.Numeric:
		if text, err := v.Value(); err == nil {
			if s, ok := text.(string); ok {
				return Decimal(s)
			}
		}
	}
	// What has a text form of its own.
	if b, err := p.conn.TypeMap().Encode(oid, pgtype.TextFormatCode, v, nil); err == nil {
		return string(b)
	}
	return fmt.Sprint(v)
}

func postgresError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fmt.Errorf("the database failed: %w", err)
	}
	if pg.Code == "25006" {
		return fmt.Errorf("%w: %s", ErrReadOnly, pg.Message)
	}
	text := pg.Message
	if pg.Position > 0 {
		text += fmt.Sprintf(" (at character %d)", pg.Position)
	}
	if pg.Detail != "" {
		text += "; detail: " + pg.Detail
	}
	if pg.Hint != "" {
		text += "; hint: " + pg.Hint
	}
	return &StatementError{Code: pg.Code, Message: text}
}

const postgresColumns = `select c.table_schema, c.table_name, t.table_type, c.column_name, c.data_type, c.is_nullable, c.column_default,
 exists (select 1 from information_schema.table_constraints k join information_schema.key_column_usage u using (constraint_schema, constraint_name)
  where k.constraint_type = 'PRIMARY KEY' and u.table_schema = c.table_schema and u.table_name = c.table_name and u.column_name = c.column_name)
 from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
 where c.table_schema not in ('pg_catalog', 'information_schema') and ($1 = '' or c.table_name = $1)
 order by 1, 2, c.ordinal_position limit $2`

func (p *postgres) Schema(ctx context.Context, table string) ([]Table, error) {
	rows, err := p.conn.Query(ctx, postgresColumns, table, MaxSchemaColumns)
	if err != nil {
		return nil, postgresError(ctx, err)
	}
	defer rows.Close()
	var list tableList
	for rows.Next() {
		var schema, name, kind, column, dataType, nullable string
		var def *string
		var key bool
		if err := rows.Scan(&schema, &name, &kind, &column, &dataType, &nullable, &def, &key); err != nil {
			return nil, postgresError(ctx, err)
		}
		list.add(schema, name, kind, TableColumn{Name: column, Type: dataType, Nullable: nullable == "YES", Default: optional(def), PrimaryKey: key})
	}
	if err := rows.Err(); err != nil {
		return nil, postgresError(ctx, err)
	}
	return list.tables, nil
}
