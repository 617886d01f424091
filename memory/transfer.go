package memory

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// The form in which episodes leave and come: JSON, one object a line. docs/memory.md
// has its grammar.
type line struct {
	Session  string          `json:"session"`
	ID       json.RawMessage `json:"id,omitempty"`
	Role     string          `json:"role"`
	Time     json.RawMessage `json:"time,omitempty"`
	Content  *string         `json:"content"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Ingested json.RawMessage `json:"ingested,omitempty"`
	Tenant   *string         `json:"tenant,omitempty"`
}

// Exported tells how much an export has.
type Exported struct {
	Episodes int
	Known    int // lines about what is known: predicates, entities, facts, patterns
}

// Export writes the episodes that f means, one a line, and then what is known: all, if f means all
// episodes, else what is known from those, and the patterns of the sessions that it names.
func (m *Memory) Export(ctx context.Context, w io.Writer, f Filter) (n Exported, err error) {
	if err := f.check(); err != nil {
		return n, err
	}
	out := bufio.NewWriter(w)
	turns := map[int64]TurnName{}
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		err := r.Episodes(f, func(e *Episode) error {
			data, err := MarshalLine(e)
			if err != nil {
				return err
			}
			n.Episodes++
			turns[e.Row] = TurnName{e.Session, e.ID}
			_, err = out.Write(append(data, '\n'))
			return errors.Join(err, ctx.Err())
		})
		if err != nil {
			return err
		}
		n.Known, err = exportKnown(ctx, r, out, f.all(), turns, f.Sessions)
		return err
	})
	return n, errors.Join(err, out.Flush())
}

// MarshalLine is an episode as one line, without the end of the line.
func MarshalLine(e *Episode) ([]byte, error) {
	quoted := func(v any) json.RawMessage {
		data, _ := json.Marshal(v) // a text or a time always can be
		return data
	}
	metadata, err := EncodeMetadata(e.Metadata)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(line{Session: e.Session, ID: quoted(e.ID), Role: e.Role, Time: quoted(e.Time.UTC().Format(time.RFC3339Nano)), Content: &e.Content,
		Metadata: json.RawMessage(metadata), Ingested: quoted(e.Ingested.UTC().Format(time.RFC3339Nano))})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Imported tells what an import has done.
type Imported struct {
	Lines   int // with an episode
	Added   int
	Present int // that were there already
	Known   int // lines about what is known that say something new
}

// maxLine is how long a line may be, in bytes.
const maxLine = 2*MaxContent + MaxMetadata

// importBatch is how many episodes one transaction has.
const importBatch = 1000

// LineError is what is wrong with a line.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives the cause.
func (e *LineError) Unwrap() error { return e.Err }

// maxLineErrors is how many bad lines are named.
const maxLineErrors = 20

// Import stores the episodes that a reader has, one a line. All lines are read and
// checked before the first is stored: if one is bad, nothing is, and the error, of
// *LineError, names the bad ones. Then they are stored by the thousand. What was stored
// stays if the process ends meanwhile; the same import again goes on there,
// since an episode that is there with all that the line says is passed by. An episode
// without an id gets one that its line determines. One that differs from an episode
// with its id is an error, and none of its thousand is stored.
func (m *Memory) Import(ctx context.Context, r io.Reader) (Imported, error) {
	spool, err := os.CreateTemp("", "llmspell-import-*")
	if err != nil {
		return Imported{}, fmt.Errorf("make a file for what is imported: %w", err)
	}
	// Without a name it ends with the process, however that does. Where a file that is open keeps
	// its name, it is removed at the end.
	if os.Remove(spool.Name()) != nil {
		defer os.Remove(spool.Name())
	}
	defer spool.Close()
	n, err := m.check(ctx, io.TeeReader(r, spool))
	if err != nil {
		return Imported{}, err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return Imported{}, fmt.Errorf("read what is imported: %w", err)
	}
	done, err := m.store(ctx, spool)
	m.meaning.Notify()
	done.Lines = n
	return done, err
}

// check reads all lines, and tells how many have an episode.
func (m *Memory) check(ctx context.Context, r io.Reader) (n int, err error) {
	var bad []error
	p := parser{tenant: m.tenant, now: m.clock(), twins: map[string]int{}, ids: map[[2]string]int{}}
	p.known = func(numbered) error { return nil }
	err = p.each(ctx, r, func(_ Episode, _ int) error { n++; return nil }, func(e *LineError) error {
		if bad = append(bad, e); len(bad) > maxLineErrors {
			bad[maxLineErrors] = errors.New("and more")
			return errEnough
		}
		return nil
	})
	if len(bad) > 0 {
		return 0, fmt.Errorf("nothing was imported: %w", errors.Join(bad...))
	}
	return n, err
}

// store stores the episodes of lines that were checked.
func (m *Memory) store(ctx context.Context, r io.Reader) (done Imported, err error) {
	var batch []Episode
	var lines []int
	flush := func() error {
		added := 0
		err := m.backend.Write(ctx, m.tenant, func(tx Tx) error {
			added = 0
			for i := range batch {
				e := batch[i]
				switch err := tx.AddEpisode(&e); {
				case errors.Is(err, ErrExists):
					if err := same(tx, &e); err != nil {
						return &LineError{lines[i], err}
					}
				case err != nil:
					return err
				default:
					added++
				}
			}
			return nil
		})
		if err == nil {
			done.Added, done.Present = done.Added+added, done.Present+len(batch)-added
			batch, lines = batch[:0], lines[:0]
		}
		return err
	}
	p := parser{tenant: m.tenant, now: m.clock(), twins: map[string]int{}, ids: map[[2]string]int{}}
	var known []numbered
	believe := func() error { // behind the turns that it was taken from
		if err := flush(); err != nil {
			return err
		}
		added, err := m.storeKnown(ctx, known)
		if err == nil {
			done.Known, known = done.Known+added, known[:0]
		}
		return err
	}
	p.known = func(l numbered) error {
		if known = append(known, l); len(known) < importBatch {
			return nil
		}
		return believe()
	}
	err = p.each(ctx, r, func(e Episode, n int) error {
		batch, lines = append(batch, e), append(lines, n)
		if len(batch) < importBatch {
			return nil
		}
		return flush()
	}, func(e *LineError) error { return e })
	if err == nil && len(known) > 0 {
		err = believe()
	}
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	if err != nil && done.Added > 0 {
		err = fmt.Errorf("%d episodes were stored before; the same import again goes on there: %w", done.Added, err)
	}
	return done, err
}

// same tells how an episode differs from the one that is there with its id.
func same(tx Tx, e *Episode) error {
	return tx.Episodes(Filter{Sessions: []string{e.Session}, IDs: []string{e.ID}}, func(have *Episode) error {
		what := ""
		switch {
		case have.Content != e.Content:
			what = "another content"
		case have.Role != e.Role:
			what = fmt.Sprintf("the role %q", have.Role)
		case !e.Time.Equal(e.Ingested) && !have.Time.Equal(e.Time):
			what = "the time " + have.Time.Format(time.RFC3339Nano)
		case !equalJSON(have.Metadata, e.Metadata) && len(have.Metadata)+len(e.Metadata) > 0:
			what = "other metadata"
		default:
			return nil
		}
		return fmt.Errorf("episode %q of session %q is there with %s: forget it first, or give another id: %w", e.ID, e.Session, what, ErrExists)
	})
}
