package archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Filter says which sessions to list. All that is set must fit.
type Filter struct {
	Status        []Status // one of these; none: any
	Tags          []string // all of these
	Name          string   // a pattern: * stands for any text, ? for one character
	Text          string   // words that occur in id, name, description or tags, in any case
	Executed      bool     // only those with something in their journal
	Parent        string
	CreatedBy     string
	CreatedAfter  time.Time // at this time or later
	CreatedBefore time.Time // before this time
	UpdatedAfter  time.Time
	UpdatedBefore time.Time
	Order         Order
	Limit         int // 0: all
	Offset        int // how many to leave out at the beginning
}

// Order of a list of sessions.
type Order string

// The orders. The zero value is ByUpdated.
const (
	ByUpdated Order = "updated" // the latest change first
	ByCreated Order = "created" // the newest first
	ByName    Order = "name"
)

// where collects conditions with their arguments.
type where struct {
	terms []string
	args  []any
}

func (w *where) add(term string, args ...any) {
	w.terms = append(w.terms, term)
	w.args = append(w.args, args...)
}

func (w *where) in(column string, n int, arg func(int) any) {
	if n == 0 {
		return
	}
	for i := range n {
		w.args = append(w.args, arg(i))
	}
	w.terms = append(w.terms, column+" IN (?"+strings.Repeat(", ?", n-1)+")")
}

func (w *where) times(column string, after, before time.Time) {
	if !after.IsZero() {
		w.add(column+" >= ?", after.UnixMicro())
	}
	if !before.IsZero() {
		w.add(column+" < ?", before.UnixMicro())
	}
}

func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(w.terms, " AND ")
}

// page is the end of a query: which rows of all.
func page(limit, offset int) string {
	switch {
	case limit > 0:
		return fmt.Sprintf(" LIMIT %d OFFSET %d", limit, max(offset, 0))
	case offset > 0:
		return fmt.Sprintf(" LIMIT -1 OFFSET %d", offset)
	}
	return ""
}

// glob makes a GLOB pattern of one in which only * and ? are special.
func glob(pattern string) string { return strings.ReplaceAll(pattern, "[", "[[]") }

// contains makes a LIKE pattern of a word, for ESCAPE '\'.
func contains(word string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%"
}

// List returns the sessions that fit.
func (s *Store) List(ctx context.Context, f Filter) ([]*Session, error) {
	w := f.where()
	order, ok := map[Order]string{"": "s.updated DESC", ByUpdated: "s.updated DESC", ByCreated: "s.created DESC", ByName: "s.name"}[f.Order]
	if !ok {
		return nil, errf(ErrInvalid, "the order %q is none of updated, created and name", clip(string(f.Order)))
	}
	var out []*Session
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = selectSessions(tx, w.String()+" ORDER BY "+order+", s.id"+page(f.Limit, f.Offset), w.args...)
		return err
	})
	if err == nil && len(out) == 0 && len(w.terms) == 0 && f.Offset == 0 {
		err = s.db.CheckTable(ctx, "sessions") // a damaged table has no rows, and no error
	}
	return out, err
}

// Count returns how many sessions fit, Limit and Offset aside.
func (s *Store) Count(ctx context.Context, f Filter) (n int, err error) {
	w := f.where()
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM sessions s `+w.String(), w.args...).Scan(&n)
	})
	return n, err
}

func (f *Filter) where() *where {
	w := &where{}
	w.in("s.status", len(f.Status), func(i int) any { return string(f.Status[i]) })
	for _, t := range f.Tags {
		w.add(`EXISTS (SELECT 1 FROM session_tags t WHERE t.session = s.id AND t.tag = ?)`, t)
	}
	if f.Name != "" {
		w.add(`s.name GLOB ?`, glob(f.Name))
	}
	if f.Executed {
		w.add(`EXISTS (SELECT 1 FROM executions e WHERE e.session = s.id)`)
	}
	if f.Parent != "" {
		w.add(`s.parent = ?`, f.Parent)
	}
	if f.CreatedBy != "" {
		w.add(`s.created_by = ?`, f.CreatedBy)
	}
	w.times("s.created", f.CreatedAfter, f.CreatedBefore)
	w.times("s.updated", f.UpdatedAfter, f.UpdatedBefore)
	for _, word := range strings.Fields(f.Text) {
		p := contains(word)
		w.add(`(s.id LIKE ? ESCAPE '\' OR s.name LIKE ? ESCAPE '\' OR s.description LIKE ? ESCAPE '\'
			OR EXISTS (SELECT 1 FROM session_tags t WHERE t.session = s.id AND t.tag LIKE ? ESCAPE '\'))`, p, p, p, p)
	}
	return w
}

// minPrefix is the shortest beginning of an id that stands for it.
const minPrefix = 4

// How a reference says that it is an id, or a name, where it could be both.
const (
	idMark   = "id:"
	nameMark = "name:"
)

// Resolve finds a session by its id, its name, or the beginning of its id, of
// four characters at least, if it is the only such one; by "id:ID" or "name:NAME" what is
// marked so. Errors wrap ErrNotFound or, where there are several, ErrInvalid.
func (s *Store) Resolve(ctx context.Context, ref string) (*Session, error) {
	r, err := s.Get(ctx, ref)
	if err == nil {
		if err := s.notNamed(ctx, r); err != nil {
			return nil, err
		}
		return r, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	var list []*Session
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if list, err = selectSessions(tx, `WHERE s.name = ? ORDER BY s.updated DESC LIMIT 4`, ref); err != nil || len(list) > 0 {
			return err
		}
		if id, ok := strings.CutPrefix(ref, idMark); ok {
			list, err = selectSessions(tx, `WHERE s.id = ?`, id)
		} else if name, ok := strings.CutPrefix(ref, nameMark); ok {
			list, err = selectSessions(tx, `WHERE s.name = ? ORDER BY s.updated DESC LIMIT 4`, name)
		} else if len(ref) >= minPrefix {
			list, err = selectSessions(tx, `WHERE substr(s.id, 1, length(?1)) = ?1 ORDER BY s.updated DESC LIMIT 4`, ref)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		// As in List.
		if err := s.db.CheckTable(ctx, "sessions"); err != nil {
			return nil, err
		}
		return nil, errf(ErrNotFound, "there is no session whose id or name is %q, or whose id alone begins so", clip(ref))
	case len(list) > 1:
		return nil, ambiguous(ref, list)
	}
	return list[0], nil
}

// notNamed tells that the id of a session is the name of another, too.
func (s *Store) notNamed(ctx context.Context, r *Session) error {
	var others []*Session
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		others, err = selectSessions(tx, `WHERE s.name = ?1 AND s.id <> ?1 LIMIT 1`, r.ID)
		return err
	})
	if err != nil || len(others) == 0 {
		return nil // where the names are damaged, an id stands for itself
	}
	return errf(ErrInvalid, "%q is the id of one session (its name is %s) and the name of another (its id is %s): write %s%s or %s%s",
		r.ID, clip(r.Name), others[0].ID, idMark, r.ID, nameMark, r.ID)
}

// MarkedName returns the name that a reference to a session says to be one; ok is false
// for an id.
func MarkedName(ref string) (name string, ok bool) {
	if strings.HasPrefix(ref, idMark) {
		return "", false
	}
	return strings.TrimPrefix(ref, nameMark), true
}

// ambiguous is the error for a reference to several sessions.
func ambiguous(ref string, list []*Session) error {
	ids := make([]string, 0, 3)
	for _, r := range list[:min(3, len(list))] {
		ids = append(ids, r.ID)
	}
	return errf(ErrInvalid, "%q may be several sessions: %s%s; give more of the id", clip(ref), strings.Join(ids, ", "),
		map[bool]string{true: " and more"}[len(list) > 3])
}

// named finds the session of a name; nil: there is none.
func named(tx *db.Tx, name string) (*Session, error) {
	list, err := selectSessions(tx, `WHERE s.name = ? ORDER BY s.updated DESC LIMIT 4`, name)
	switch {
	case err != nil || len(list) == 0:
		return nil, err
	case len(list) > 1:
		return nil, ambiguous(name, list)
	}
	return list[0], nil
}

// Names returns the names of the sessions that were changed last, limit at most.
func (s *Store) Names(ctx context.Context, limit int) ([]string, error) {
	var out []string
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = collect(tx, func(scan func(...any) error) (name string, err error) { return name, scan(&name) },
			`SELECT name FROM sessions ORDER BY updated DESC`+page(limit, 0))
		return err
	})
	return out, err
}

// Retention says which sessions are kept for how long after their last change.
// A zero field keeps forever.
type Retention struct {
	Completed, Failed, Archived time.Duration
	Keep                        int // so many of the sessions that would go, the latest ones, stay
	DryRun                      bool
}

// Cleanup deletes sessions whose time is over, and returns them. Active and
// suspended ones are never deleted, nor one in which something is executed. A session that claims to have been changed
// in the future, as after a change of the clock, stays.
func (s *Store) Cleanup(ctx context.Context, r Retention) ([]*Session, error) {
	var gone []*Session
	err := s.db.Free(ctx, func(tx *db.Tx) error {
		now := s.opts.Now()
		var over []string
		var args []any
		for _, of := range []struct {
			status Status
			age    time.Duration
		}{{Completed, r.Completed}, {Failed, r.Failed}, {Archived, r.Archived}} {
			if of.age > 0 {
				over = append(over, `s.status = ? AND s.updated < ?`)
				args = append(args, string(of.status), now.Add(-of.age).UnixMicro())
			}
		}
		if len(over) == 0 {
			return nil
		}
		var err error
		old, err := selectSessions(tx, `WHERE `+strings.Join(over, " OR ")+` ORDER BY s.updated DESC`+page(0, r.Keep), args...)
		if err != nil {
			return err
		}
		gone = old[:0]
		for _, g := range old {
			switch err := s.mustRest(tx, g.ID); {
			case errors.Is(err, ErrRunning):
				continue
			case err != nil:
				return err
			}
			gone = append(gone, g)
		}
		if r.DryRun {
			return nil
		}
		for _, g := range gone {
			if err := s.deleteSession(tx, g.ID); err != nil {
				return err
			}
		}
		return forgetDeleted(tx)
	})
	if err != nil || r.DryRun {
		return orEmpty(gone), err
	}
	ids := make([]string, len(gone))
	for i, g := range gone {
		ids[i] = g.ID
	}
	return orEmpty(gone), s.tell(ctx, ids)
}
