package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// An export is a JSON object:
//
//	{"llmspell_state": 1, "schema": 1, "exported": "2026-01-02T15:04:05Z",
//	 "entries": [{"scope": "global", "key": "k", "value": …, "version": 3,
//	              "written": "…", "ttl_ms": 60000}, …]}
//
// or the same as TOML. Version and times are for people: an import counts anew,
// and a time to live goes on from what was left of it.
const exportVersion = 1

// exported is an entry of an export.
type exported struct {
	Scope   string          `json:"scope"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	Version int64           `json:"version,omitempty"`
	Written time.Time       `json:"written,omitzero"`
	TTL     int64           `json:"ttl_ms,omitempty"` // what is left of it
}

// ErrFormat means that what is read is not an export.
var ErrFormat = errors.New("not an export of a state")

// Export writes all values, or those of some scopes, as JSON. It returns how many.
func (s *Store) Export(ctx context.Context, w io.Writer, scopes ...Scope) (n int, err error) {
	return s.exportJSON(ctx, w, nil, scopes)
}

// ExportSound is Export, or ExportTOML, which leaves out values that are damaged and
// has damaged called for each of them, instead of failing.
func (s *Store) ExportSound(ctx context.Context, w io.Writer, asTOML bool, damaged func(error), scopes ...Scope) (n int, err error) {
	if asTOML {
		return s.exportTOML(ctx, w, damaged, scopes)
	}
	return s.exportJSON(ctx, w, damaged, scopes)
}

func (s *Store) exportJSON(ctx context.Context, w io.Writer, damaged func(error), scopes []Scope) (n int, err error) {
	status, err := s.MigrationStatus(ctx)
	if err != nil {
		return 0, err
	}
	now := s.time.clock.Wall()
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"llmspell_state\": %d,\n  \"schema\": %d,\n  \"exported\": %q,\n  \"entries\": [", exportVersion, status.Version, now.UTC().Format(time.RFC3339))
	err = s.eachEntry(ctx, now, damaged, scopes, func(e exported) error {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if n++; n > 1 {
			out.WriteByte(',')
		}
		out.WriteString("\n    ")
		out.Write(line)
		if out.Len() > 1<<16 {
			_, err = out.WriteTo(w)
		}
		return err
	})
	if err != nil {
		return n, err
	}
	out.WriteString("\n  ]\n}\n")
	_, err = out.WriteTo(w)
	return n, err
}

// eachEntry visits the values in order, in one snapshot. What is damaged is told to
// damaged, or an error if that is nil.
func (s *Store) eachEntry(ctx context.Context, now time.Time, damaged func(error), scopes []Scope, each func(exported) error) error {
	return s.db.Read(ctx, func(tx *db.Tx) error {
		visit := func(r *row) error {
			if len(scopes) == 0 && isPrivate(r.scope) {
				return nil
			}
			if err := r.verify(s); err != nil {
				if damaged == nil {
					return err
				}
				damaged(err)
				return nil
			}
			e := exported{Scope: r.scope, Key: r.key, Value: r.value, Version: r.version, Written: time.UnixMilli(r.written).UTC()}
			if r.ttl > 0 {
				e.TTL = min(r.written+r.ttl-now.UnixMilli(), r.ttl)
			}
			return each(e)
		}
		if len(scopes) == 0 {
			return eachRow(tx, visit, "select "+columns+" from entries where "+living+" order by scope, key", now.UnixMilli())
		}
		for _, scope := range scopes {
			if err := eachRow(tx, visit, "select "+columns+" from entries where scope = ? and "+living+" order by key", scope.String(), now.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}
