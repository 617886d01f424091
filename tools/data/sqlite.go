package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/data/internal/sqldb"
	"github.com/llmspell/llmspell/tools/data/internal/table"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func sqliteDefinition() tool.Definition {
	source := &schema.Schema{Types: []schema.Type{schema.String, schema.Array, schema.Object},
		Description: "A path, text with line ends, an array of objects, or {input or input_file, input_format, delimiter, has_header, sheet, encoding}"}
	parameters := append([]schema.Property{
		schema.Optional("operation", schema.Choice("query: read; execute: change something; schema: list tables and columns; import: make a table of a table file",
			"query", "execute", "schema", "import").WithDefault("query").WithAliases(map[string]string{"select": "query", "exec": "execute", "tables": "schema", "load": "import"})),
		schema.Optional("database", schema.Text("The path of the file, or :memory:").WithDefault(":memory:"), "path", "file"),
		schema.Optional("tables", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: source,
			Description: "Tables to make in a database in memory before the query: {name: source}. Sources are CSV and other delimited text, JSON, Excel and Parquet"}, "sources"),
		schema.Optional("input", &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Description: "The table as text, or as an array of objects (import)"}, "data"),
		schema.Optional("input_file", schema.Text("The table's file (import)")),
	}, statementParameters()...)
	people := "name,age,city\nAnn,34,Oslo\nBob,28,Rome\nCem,45,Oslo\n"
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "sqlite-query", Aliases: []string{"sqlite"}, Category: "data", Version: "1.0.0", Security: tool.Restricted, Needs: []tool.Need{tool.Files},
			SideEffects: true, Timeout: 2 * time.Minute, Tags: []string{"sqlite", "sql", "database", "query", "csv", "join"},
			Description: "Runs SQL on a SQLite file, or on tables loaded from CSV, JSON, Excel and Parquet into a database in memory. " +
				"ATTACH, VACUUM, extensions and changes of settings are refused",
			Parameters: schema.Map("", parameters...),
			Result: schema.Map("query {statement, columns: [{name, type}], rows: [{column: value}], row_count, truncated}; execute {statement, rows_affected, last_insert_id?}; " +
				"schema {tables: [{name, type, columns: [{name, type, nullable, default, primary_key}]}]}; import {table, row_count, columns}"),
			Examples: []tool.Example{
				{Description: "SQL over a CSV text", Params: map[string]any{"operation": "query", "tables": map[string]any{"people": people},
					"query": "select city, avg(age) as age from people group by city order by age"},
					Want: map[string]any{"rows": []any{map[string]any{"city": "Rome", "age": 28.0}, map[string]any{"city": "Oslo", "age": 39.5}}}},
				{Description: "Join a file with values", Files: map[string]string{"people.csv": people}, Params: map[string]any{"operation": "query",
					"tables": map[string]any{"people": "people.csv", "cities": []any{map[string]any{"city": "Oslo", "country": "Norway"}}},
					"query":  "select name from people join cities using (city) where age > ? order by name", "params": []any{30.0}},
					Want: map[string]any{"rows": []any{map[string]any{"name": "Ann"}, map[string]any{"name": "Cem"}}}},
				{Description: "Make a file of a table", Files: map[string]string{"people.csv": people},
					Params: map[string]any{"operation": "import", "database": "people.db", "table": "people", "input_file": "people.csv"},
					Want:   map[string]any{"table": "people", "row_count": int64(3)}},
				{Description: "Change a file", Params: map[string]any{"operation": "execute", "database": "notes.db", "query": "create table notes (id integer primary key, text)"},
					Want: map[string]any{"statement": "CREATE"}},
				{Description: "List tables", Params: map[string]any{"operation": "schema", "tables": map[string]any{"t": []any{map[string]any{"a": 1.0}}}},
					Want: map[string]any{"table_count": 1}},
			},
		},
		New: func() (tool.Tool, error) { return tool.Func(runSQLite), nil },
	}
}

func runSQLite(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	path := call.Params.String("database")
	write := call.Operation == "execute" || call.Operation == "import"
	tables := call.Params.Map("tables")
	if len(tables) > 0 && path != ":memory:" {
		return nil, &schema.FieldError{Path: "tables", Problem: "can only be loaded into a database in memory", Help: "leave out database, or use the operation import"}
	}
	if call.Operation == "query" || call.Operation == "execute" {
		if _, err := checkStatement(call, sqldb.SQLite, write); err != nil {
			return nil, err
		}
	}
	conn, err := openSQLite(ctx, call.Sandbox, path, write)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		src, err := openSource(ctx, call, "tables."+name, tables[name])
		if err != nil {
			return nil, err
		}
		_, _, err = loadTable(ctx, conn, name, src)
		src.close()
		if err != nil {
			return nil, fmt.Errorf("the table %q cannot be loaded: %w", name, sqlError(err))
		}
	}
	switch call.Operation {
	case "schema":
		return describeTables(ctx, call, conn)
	case "import":
		return importTable(ctx, call, conn)
	}
	return runStatement(ctx, call, conn, write)
}

func importTable(ctx context.Context, call *tool.Call, conn sqldb.Conn) (*tool.Result, error) {
	name, err := call.Need("table")
	if err != nil {
		return nil, err
	}
	var given any
	if file := call.Params.String("input_file"); file != "" {
		given = map[string]any{"input_file": file}
	}
	if input, ok := call.Params["input"]; ok {
		if given != nil {
			return nil, &schema.FieldError{Path: "input_file", Problem: "cannot be given together with input; pass one of them"}
		}
		given = map[string]any{"input": input}
	}
	if given == nil {
		return nil, call.Missing("input", "input_file")
	}
	src, err := openSource(ctx, call, "", given)
	if err != nil {
		return nil, err
	}
	defer src.close()
	rows, columns, err := loadTable(ctx, conn, name, src)
	if err != nil {
		return nil, sqlError(err)
	}
	return &tool.Result{Message: fmt.Sprintf("imported %d rows into %s", rows, name), Value: map[string]any{
		"table": name, "row_count": rows, "columns": columns}}, nil
}

// openSource opens a table that a parameter gives in one of several ways.
func openSource(ctx context.Context, call *tool.Call, field string, given any) (*tableSource, error) {
	at := func(name string) string { return strings.TrimPrefix(field+"."+name, ".") }
	switch v := given.(type) {
	case string:
		if strings.ContainsAny(v, "\n\r") {
			return openTableValue(ctx, field, v, tableOptions{})
		}
		return openTableFile(ctx, call.Sandbox, v, tableOptions{})
	case []any:
		return openTableValue(ctx, field, v, tableOptions{})
	}
	m, _ := given.(map[string]any)
	checked, err := schema.Compile(sourceSchema()).CheckObject(m)
	if err != nil {
		if e := (*schema.FieldError)(nil); errors.As(err, &e) {
			e.Path = at(e.Path)
		}
		return nil, err
	}
	p := tool.Params(checked)
	o := tableOptions{format: p.String("input_format"), sheet: p.String("sheet"), dialect: table.Dialect{Encoding: p.String("encoding")}}
	if d := p.String("delimiter"); d == "tab" {
		o.dialect.Delimiter = '\t'
	} else if d != "" {
		r, size := utf8.DecodeRuneInString(d)
		if size != len(d) || strings.ContainsRune("\"'\r\n", r) {
			return nil, &schema.FieldError{Path: at("delimiter"), Expected: "one character that is no quote and no line end, or tab", Value: d}
		}
		o.dialect.Delimiter = r
	}
	if h, ok := checked["has_header"].(bool); ok {
		o.dialect.Header = &h
	}
	if file := p.String("input_file"); file != "" {
		return openTableFile(ctx, call.Sandbox, file, o)
	}
	input, ok := checked["input"]
	if !ok {
		return nil, &schema.FieldError{Path: at("input"), Problem: "is missing", Help: "or pass input_file"}
	}
	return openTableValue(ctx, at("input"), input, o)
}

func sourceSchema() *schema.Schema {
	return schema.Map("A table", schema.Optional("input", &schema.Schema{Types: []schema.Type{schema.String, schema.Array}}),
		schema.Optional("input_file", schema.Text("A path"), "file", "path"), schema.Optional("delimiter", schema.Text("One character")),
		schema.Optional("input_format", schema.Choice("The format", table.CSV, table.TSV, table.JSONArray, table.JSONLines, table.XLSX, table.Parquet), "format"),
		schema.Optional("has_header", &schema.Schema{Types: []schema.Type{schema.Boolean}}), schema.Optional("sheet", schema.Text("A name")),
		schema.Optional("encoding", schema.Text("A name")))
}

// loadTable makes a table of rows.
func loadTable(ctx context.Context, conn sqldb.Conn, name string, src *tableSource) (int64, []any, error) {
	if name == "" || len(name) > 200 || strings.ContainsRune(name, 0) {
		return 0, nil, &schema.FieldError{Path: "table", Expected: "a name of 1 to 200 characters", Value: name}
	}
	columns := src.Columns()
	var defs []sqldb.TableColumn
	described := []any{}
	for _, c := range columns {
		kind := "TEXT"
		switch c.Kind {
		case table.Integer:
			kind = "INTEGER"
		case table.Number:
			kind = "REAL"
		case table.Boolean:
			kind = "BOOLEAN"
		case table.Nested:
			kind = "JSON"
		}
		defs = append(defs, sqldb.TableColumn{Name: c.Name, Type: kind})
		described = append(described, map[string]any{"name": c.Name, "type": strings.ToLower(kind)})
	}
	values := make([]any, len(columns))
	n, err := sqldb.Load(ctx, conn, name, defs, func(ctx context.Context) ([]any, error) {
		row, err := src.Next(ctx)
		if err != nil {
			return nil, err
		}
		clear(values)
		for i := range min(len(row), len(values)) {
			switch v := row[i].Value.(type) {
			case []any, map[string]any:
				b, err := json.Marshal(v)
				if err != nil {
					return nil, err
				}
				values[i] = string(b)
			default:
				values[i] = v
			}
		}
		return values, nil
	})
	return n, described, err
}
