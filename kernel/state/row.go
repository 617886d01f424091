package state

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Entry is a value with what is known about it.
type Entry struct {
	Scope    Scope
	Key      string
	Value    any   // nil, bool, int64, float64, string, []any, map[string]any or map[any]any: see Encode
	Version  int64 // 1 when it was made, one more for each write since
	Revision int64 // greater than that of any earlier write of the store
	Created  time.Time
	Written  time.Time
	TTL      time.Duration // how long it lives after Written; 0: for ever
	Size     int           // bytes of the encoded value
	Damaged  error         // why there is no Value, where ListOptions.Damaged is set
}

// Expires is when the value ends to be, the zero time if never.
func (e *Entry) Expires() time.Time {
	if e.TTL == 0 {
		return time.Time{}
	}
	return e.Written.Add(e.TTL)
}

const columns = "scope, key, value, version, revision, created, written, ttl, sum"

// row is an entry as the database holds it.
type row struct {
	scope, key                               string
	value                                    []byte
	version, revision, created, written, ttl int64
	sum                                      int64
}

func (r *row) dest() []any {
	return []any{&r.scope, &r.key, &r.value, &r.version, &r.revision, &r.created, &r.written, &r.ttl, &r.sum}
}

func (r *row) args() []any {
	return []any{r.scope, r.key, r.value, r.version, r.revision, r.created, r.written, r.ttl, r.sum}
}

// checksum covers all that is in the row.
func (r *row) checksum() int64 {
	table := crc32.MakeTable(crc32.Castagnoli)
	buf := make([]byte, 0, 64+len(r.scope)+len(r.key))
	for _, n := range []int64{int64(len(r.scope)), int64(len(r.key)), r.version, r.revision, r.created, r.written, r.ttl} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	buf = append(append(buf, r.scope...), r.key...)
	return int64(crc32.Update(crc32.Checksum(buf, table), table, r.value))
}

func (r *row) verify(s *Store) error {
	if r.checksum() == r.sum {
		return nil
	}
	return damaged(s, r.scope, r.key)
}

func damaged(s *Store, scope, key string) error {
	return &db.Error{Path: s.Path(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of %q in scope %s is wrong", key, scope),
		Hint: "set or delete this value, or restore a backup; the others are not concerned"}
}

// alive tells whether the value has not expired. One that was written later than
// now was written under another clock, and is alive.
func (r *row) alive(now int64) bool { return r.ttl == 0 || now-r.written < r.ttl }

// entry verifies the row and decodes it.
func (r *row) entry(s *Store) (Entry, error) {
	if err := r.verify(s); err != nil {
		return Entry{}, err
	}
	scope, err := ParseScope(r.scope)
	if err != nil {
		return Entry{}, err
	}
	value, err := Decode(r.value)
	if err != nil {
		return Entry{}, fmt.Errorf("state %s: %q in scope %s: %w", s.Path(), r.key, r.scope, err)
	}
	e := r.facts(scope)
	e.Value = value
	return e, nil
}

// facts is the entry without its value.
func (r *row) facts(scope Scope) Entry {
	return Entry{Scope: scope, Key: r.key, Version: r.version, Revision: r.revision, Created: time.UnixMilli(r.created),
		Written: time.UnixMilli(r.written), TTL: time.Duration(r.ttl) * time.Millisecond, Size: len(r.value)}
}

// find reads a row; nil when there is none, or it has expired.
func find(s *Store, tx *db.Tx, now int64, scope Scope, key string) (*row, error) {
	r := &row{}
	err := tx.Row("select "+columns+" from entries where scope = ? and key = ?", scope.String(), key).Scan(r.dest()...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case r.key != key || r.scope != scope.String(): // an index that is damaged has led to another row
		return nil, damaged(s, scope.String(), key)
	case !r.alive(now):
		return nil, nil
	}
	return r, nil
}

// eachRow calls each for the rows of a query of columns. The row is used again.
func eachRow(tx *db.Tx, each func(*row) error, query string, args ...any) error {
	var r row
	return tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(r.dest()...); err != nil {
			return err
		}
		return each(&r)
	}, query, args...)
}
