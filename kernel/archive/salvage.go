package archive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/db/rescue"
)

// salvage is what can be read of a damaged database: a copy of its records, in a Store of
// its own. The pieces of contents stay where they are.
type salvage struct {
	copy   *db.Salvaged
	store  *Store
	damage error // what is damaged, and what to do; wraps ErrDamaged

	mu     sync.Mutex // guards reads of pieces
	pieces map[piece]rescue.Place

	// Of what indexes know, to make records of that are lost.
	sessions map[string]*found
	hashes   map[int64]string
	sizes    map[int64]int64 // of contents, by what pieces there are
}

// piece names a row of chunks.
type piece struct {
	content int64
	number  int
}

// found is what indexes know of a session.
type found struct {
	name             string
	created, updated int64
}

// restore is what to do with a damaged database.
const restore = "llmspell doctor says more; export the sessions that can be read (llmspell session export), then move it, its -wal and its -shm file away, and import them; " +
	"or put a copy of it in its place"

// salvageOf copies what can be read of the database in a file.
func salvageOf(ctx context.Context, path string, o Options) (*salvage, error) {
	v := &salvage{pieces: map[piece]rescue.Place{}, sessions: map[string]*found{}, hashes: map[int64]string{}, sizes: map[int64]int64{}}
	c, err := db.Salvage(ctx, path, db.SalvageOptions{
		Options: db.Options{ApplicationID: applicationID, Migrations: migrations()},
		More:    deletedTable,
		Leave:   map[string]int{"chunks": 4}, Place: v.place,
		Entry: v.entry,
		Mend:  v.mend,
	})
	if err != nil {
		return nil, err
	}
	v.copy = c
	what := strings.Join(v.damages(), "; ")
	v.damage = errf(ErrDamaged, "the database %s is damaged: %s; what is shown was read from a copy of what could be saved; the file is left as it is; %s", path, what, restore)
	v.store = newStore(c.DB, o)
	v.store.salvaged = v
	return v, nil
}

// damages names what is damaged.
func (v *salvage) damages() []string {
	if list := v.copy.Damage(); len(list) > 0 {
		return list
	}
	return []string{"an index, or what belongs to no table"}
}

// DamagedPages names what could not be read of the database that OpenRest has opened.
func (s *Store) DamagedPages() []string {
	if s.whole == nil {
		return nil
	}
	return s.whole.damages()
}

func (v *salvage) close() error {
	v.store.codec.close()
	return v.copy.Close()
}

// place notes where a piece of a content is.
func (v *salvage) place(_ string, columns []any, at rescue.Place) {
	content, _ := columns[1].(int64)
	number, ok := columns[2].(int64)
	size, _ := columns[3].(int64)
	p := piece{content, int(number)}
	if _, twice := v.pieces[p]; ok && !twice && number >= 0 && number < math.MaxInt32 {
		v.pieces[p] = at
		v.sizes[content] += size
	}
}

// entry notes what an index knows.
func (v *salvage) entry(index string, e []any) {
	if len(e) != 2 {
		return
	}
	id, isText := e[1].(string)
	switch index {
	case "sqlite_autoindex_contents_1":
		hash, ok := e[0].(string)
		if row, isRow := e[1].(int64); ok && isRow {
			v.hashes[row] = hash
		}
	case "sessions_by_name":
		if name, ok := e[0].(string); ok && isText {
			v.session(id).name = name
		}
	case "sessions_by_created":
		if t, ok := e[0].(int64); ok && isText {
			v.session(id).created = t
		}
	case "sessions_by_updated":
		if t, ok := e[0].(int64); ok && isText {
			v.session(id).updated = t
		}
	}
}

func (v *salvage) session(id string) *found {
	if v.sessions[id] == nil {
		v.sessions[id] = &found{}
	}
	return v.sessions[id]
}

// mend makes records of those that are lost, as far as something else knows of them.
func (v *salvage) mend(tx *db.Tx) error {
	if err := v.mendContents(tx); err != nil {
		return err
	}
	ids, err := collect(tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) },
		`SELECT session FROM executions UNION SELECT session FROM variables UNION SELECT session FROM checkpoints UNION SELECT session FROM artifacts`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		v.session(id)
	}
	for id, f := range v.sessions {
		if err := v.mendSession(tx, id, f); err != nil {
			return err
		}
	}
	return nil
}

// mendSession makes the record of a session that has none. Its metadata, which are no JSON,
// say that it is damaged.
func (v *salvage) mendSession(tx *db.Tx, id string, f *found) error {
	err := mustExist(tx, id)
	if err == nil || !errors.Is(err, ErrNotFound) || CheckID(id) != nil {
		return ignore(err, ErrNotFound)
	}
	r := &Session{ID: id, Name: f.name, Status: Suspended, CreatedAt: timeOf(f.created), UpdatedAt: timeOf(f.updated),
		Reason: "its record is lost with a page of the database; this one was made of what else is known of it"}
	if r.Name == "" {
		r.Name = "session-" + id[:min(8, len(id))]
	}
	var executions, artifacts int
	if err := tx.Row(`SELECT (SELECT coalesce(max(sequence), 0) FROM executions WHERE session = ?1), (SELECT coalesce(max(sequence), 0) FROM artifacts WHERE session = ?1)`, id).
		Scan(&executions, &artifacts); err != nil {
		return err
	}
	if err := insertSession(tx, r, []byte{}, executions+1, artifacts+1); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE sessions SET artifacts = (SELECT count(*) FROM artifacts a WHERE a.session = sessions.id),
		artifact_bytes = (SELECT coalesce(sum(c.size), 0) FROM artifacts a JOIN contents c ON c.id = a.content WHERE a.session = sessions.id) WHERE id = ?`, id)
	return err
}

func ignore(err, class error) error {
	if errors.Is(err, class) {
		return nil
	}
	return err
}

// mendContents makes the rows of contents whose hash an index knows. What is read is
// compared with that.
func (v *salvage) mendContents(tx *db.Tx) error {
	for id, hash := range v.hashes {
		if !IsHash(hash) {
			continue
		}
		if _, err := tx.Exec(`INSERT OR IGNORE INTO contents (id, hash, size, stored, touched) VALUES (?, ?, ?, 0, 0)`, id, hash, v.sizes[id]); err != nil {
			return err
		}
	}
	return nil
}

// piece reads a row of chunks. The error wraps ErrDamaged.
func (v *salvage) piece(content int64, number int) (data []byte, encoding, size int, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, ok := v.pieces[piece{content, number}]
	if !ok {
		return nil, 0, 0, errf(ErrDamaged, "it is missing")
	}
	row, err := v.copy.Row(at)
	if err != nil {
		if _, isFile := errors.AsType[*os.PathError](err); isFile {
			return nil, 0, 0, err
		}
		return nil, 0, 0, errf(ErrDamaged, "%v", err)
	}
	if len(row) == 6 {
		bytes, isBytes := row[5].([]byte)
		e, isNumber := row[4].(int64)
		n, isSize := row[3].(int64)
		if isBytes && isNumber && isSize {
			return bytes, int(e), int(n), nil
		}
	}
	return nil, 0, 0, errf(ErrDamaged, "it is no piece of a content")
}

// afterDamage returns the store to read from where the database turned out to be damaged;
// it is made again when the database has changed since.
func (s *Store) afterDamage(ctx context.Context) (*salvage, error) {
	s.rest.mu.Lock()
	defer s.rest.mu.Unlock()
	if v := s.rest.salvage; v != nil {
		if !v.copy.Stale() {
			return v, nil
		}
		// Somebody may still read from it, but not from the one before.
		if s.rest.former != nil {
			_ = s.rest.former.close() // it is a copy that is removed
		}
		s.rest.former, s.rest.salvage = v, nil
	}
	var v *salvage
	var err error
	began := false
	readErr := s.db.Read(ctx, func(tx *db.Tx) error {
		// While a snapshot is held what it sees is neither moved nor written over. Where the
		// schema is what is damaged there is none, and no writer either.
		var n int
		_ = tx.Row(`SELECT count(*) FROM sqlite_schema`).Scan(&n)
		began = true
		v, err = salvageOf(ctx, s.db.Path(), s.opts)
		return nil
	})
	if !began {
		return nil, readErr
	}
	if err == nil {
		s.rest.salvage = v
	}
	return v, err
}

// Stale tells that the database has changed since OpenRest has read it.
func (s *Store) Stale() bool { return s.whole != nil && s.whole.copy.Stale() }

// rest is what was saved of a database that turned out to be damaged.
type rest struct {
	mu      sync.Mutex
	salvage *salvage
	former  *salvage
}

func (r *rest) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, v := range []*salvage{r.former, r.salvage} {
		if v != nil {
			errs = append(errs, v.close())
		}
	}
	r.salvage, r.former = nil, nil
	return errors.Join(errs...)
}

// OpenRest opens what can be read of a database that Open could not open for why, which
// wraps db.ErrCorrupt. All writes fail with why.
func OpenRest(ctx context.Context, path string, o Options, why error) (*Store, error) {
	v, err := salvageOf(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("%w; %w", why, err)
	}
	v.copy.Refuse(why)
	v.store.whole = v
	return v.store, nil
}
