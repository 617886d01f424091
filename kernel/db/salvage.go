package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/kernel/db/rescue"
)

// SalvageOptions say what a damaged database is.
type SalvageOptions struct {
	Options // those that it is opened with
	// More are statements that make tables, besides those of the migrations, which it may have.
	More string
	// Leave names tables whose rows are not copied, as they are large: how many of their first
	// columns Place is called with.
	Leave map[string]int
	Place func(table string, columns []any, at rescue.Place)
	// Entry, if not nil, is called for the entries of each index, of which rows can be made that
	// are lost.
	Entry func(index string, values []any)
	// Mend, if not nil, changes the copy before it is done.
	Mend func(tx *Tx) error
}

// Salvaged is a copy of what can be read of a damaged database. Close it: the copy goes then.
type Salvaged struct {
	*DB
	damage []string
	file   *rescue.File
	folder string
	stamp  string
	path   string
}

// Salvage copies the rows of a damaged database that can be read into a new one, which is
// nobody else's. The file itself stays as it is.
func Salvage(ctx context.Context, path string, o SalvageOptions) (_ *Salvaged, err error) {
	s := &Salvaged{path: path, stamp: stampOf(path)}
	defer func() {
		if err != nil {
			err = fmt.Errorf("save what is left of the database %s: %w", path, errors.Join(err, s.Close()))
		}
	}()
	if s.folder, err = os.MkdirTemp("", "llmspell-salvaged-*"); err != nil {
		return nil, err
	}
	if s.file, err = rescue.Open(path); err != nil {
		return nil, err
	}
	opt := o.Options
	opt.ReadOnly, opt.OrReadOnly, opt.Reserve, opt.Scratch, opt.Refuse, opt.Full = false, false, 0, true, nil, false
	if s.DB, err = Open(ctx, filepath.Join(s.folder, filepath.Base(path)), opt); err != nil {
		return nil, err
	}
	if err = s.Write(ctx, func(tx *Tx) error { return s.fill(tx, &o) }); err != nil {
		return nil, err
	}
	return s, nil
}

// stampOf changes with what is in a database.
func stampOf(path string) string {
	var out strings.Builder
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(&out, "%d %d;", info.Size(), info.ModTime().UnixNano())
		}
	}
	return out.String()
}

// Stale tells whether the database has changed since the copy was made.
func (s *Salvaged) Stale() bool { return s.stamp != stampOf(s.path) }

// maxDamage is how many damages are named.
const maxDamage = 20

// Damage names what could not be read.
func (s *Salvaged) Damage() []string { return s.damage }

// Row reads the columns of a row that was left in its place.
func (s *Salvaged) Row(at rescue.Place) ([]any, error) {
	row, err := s.file.Row(at)
	if err != nil {
		return nil, err
	}
	return row.Values()
}

// Refuse makes each write to the copy fail.
func (s *Salvaged) Refuse(why error) { s.opt.Refuse = why }

// Close closes the copy, and removes it.
func (s *Salvaged) Close() error {
	var errs []error
	if s.DB != nil {
		errs = append(errs, s.DB.Close())
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	if s.folder != "" {
		errs = append(errs, os.RemoveAll(s.folder))
	}
	return errors.Join(errs...)
}

// fill copies all rows.
func (s *Salvaged) fill(tx *Tx, o *SalvageOptions) error {
	if o.More != "" {
		if _, err := tx.Exec(o.More); err != nil {
			return err
		}
	}
	var known []rescue.Object
	rows, err := tx.Query(`SELECT type, name, tbl_name, rootpage FROM sqlite_schema WHERE type IN ('table', 'index')`)
	if err != nil {
		return err
	}
	for rows.Next() {
		var k rescue.Object
		if err := rows.Scan(&k.Type, &k.Name, &k.Table, &k.Root); err != nil {
			return errors.Join(err, rows.Close())
		}
		known = append(known, k)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	schema := s.file.Schema(known)
	trees := s.file.Trees(schema)
	for _, object := range known {
		n, isLarge := o.Leave[object.Name]
		switch {
		case strings.HasPrefix(object.Name, "sqlite_") && object.Type == "table":
		case object.Type == "index":
			s.entries(trees, object.Name, o.Entry)
		case isLarge:
			trees.Rows(object.Name, func(row *rescue.Row) bool {
				if v, err := row.First(n); err == nil && len(v) == n {
					o.Place(object.Name, v, row.At)
				}
				return true
			})
		default:
			if err := s.copyTable(tx, trees, object.Name); err != nil {
				return err
			}
		}
	}
	for i, d := range s.file.Damage() {
		if i == maxDamage {
			s.damage = append(s.damage, fmt.Sprintf("%d more", len(s.file.Damage())-i))
			break
		}
		s.damage = append(s.damage, d.String())
	}
	if o.Mend == nil {
		return nil
	}
	return o.Mend(tx)
}

func (s *Salvaged) entries(trees *rescue.Trees, name string, each func(string, []any)) {
	trees.Rows(name, func(row *rescue.Row) bool {
		if v, err := row.Values(); err == nil && each != nil {
			each(name, v)
		}
		return true
	})
}

// copyTable copies the rows of a table. Those that cannot be, the copy refuses: its tables
// are STRICT.
func (s *Salvaged) copyTable(tx *Tx, trees *rescue.Trees, table string) error {
	c, err := columnsOf(tx, table)
	if err != nil {
		return err
	}
	var failed error
	lost, why := 0, error(nil)
	trees.Rows(table, func(row *rescue.Row) bool {
		if failed = tx.Context().Err(); failed != nil {
			return false
		}
		v, err := row.Values()
		if err == nil {
			err = c.insert(tx, table, v, row.ID)
		}
		switch {
		case err == nil:
		case violates(err) || isUnreadable(err):
			if lost++; lost == 1 {
				why = err
			}
		default:
			failed = err
		}
		return failed == nil
	})
	if lost > 0 {
		s.damage = append(s.damage, fmt.Sprintf("%d rows of the table %s (%v)", lost, table, why))
	}
	return failed
}

// isUnreadable tells an error of a row from one of the database.
func isUnreadable(err error) bool {
	ours := (*Error)(nil)
	return !errors.As(err, &ours)
}

// columns of a table, in the order of its records.
type columns struct {
	names []string
	key   int // the one that is the row's number; -1: none
}

func columnsOf(tx *Tx, table string) (c columns, err error) {
	type column struct {
		name, kind string
		pk         int
	}
	var all []column
	withoutRowid := false
	if err := tx.Row(`SELECT wr FROM pragma_table_list WHERE name = ?`, table).Scan(&withoutRowid); err != nil {
		return c, err
	}
	rows, err := tx.Query(`SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid`, table)
	if err != nil {
		return c, err
	}
	for rows.Next() {
		var one column
		if err := rows.Scan(&one.name, &one.kind, &one.pk); err != nil {
			return c, errors.Join(err, rows.Close())
		}
		all = append(all, one)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return c, err
	}
	c.key = -1
	keys := 0
	for i, one := range all {
		if one.pk > 0 {
			if keys++; strings.EqualFold(one.kind, "INTEGER") && !withoutRowid {
				c.key = i
			}
		}
	}
	if keys > 1 {
		c.key = -1
	}
	if withoutRowid { // the key comes first
		slices.SortStableFunc(all, func(a, b column) int {
			switch {
			case a.pk > 0 && b.pk > 0:
				return a.pk - b.pk
			case a.pk > 0:
				return -1
			case b.pk > 0:
				return 1
			}
			return 0
		})
	}
	for _, one := range all {
		c.names = append(c.names, `"`+one.name+`"`)
	}
	return c, nil
}

// insert writes a row. One of an earlier version of the schema may have fewer columns.
func (c columns) insert(tx *Tx, table string, v []any, row int64) error {
	if len(v) == 0 || len(v) > len(c.names) {
		return fmt.Errorf("a row has %d columns, not %d", len(v), len(c.names))
	}
	if c.key >= 0 && c.key < len(v) {
		v[c.key] = row
	}
	_, err := tx.Exec(`INSERT OR IGNORE INTO "`+table+`" (`+strings.Join(c.names[:len(v)], ", ")+`) VALUES (?`+strings.Repeat(", ?", len(v)-1)+`)`, v...)
	return err
}
