package memory

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
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

// parser reads lines.
type parser struct {
	tenant string
	now    time.Time
	twins  map[string]int    // how often lines without an id say the same
	ids    map[[2]string]int // the lines of sessions' ids
	known  func(numbered) error
}

// each calls use for each episode, and wrong for each line that has none.
func (p *parser) each(ctx context.Context, r io.Reader, use func(Episode, int) error, wrong func(*LineError) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for s.Scan() {
		n++
		if err := ctx.Err(); err != nil {
			return err
		}
		text := bytes.TrimSpace(s.Bytes())
		if n == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(text) == 0 {
			continue
		}
		if isKnownLine(text) {
			l, err := parseKnown(text)
			if err == nil {
				err = p.known(numbered{l, n})
			} else {
				err = wrong(&LineError{n, err})
			}
			if errors.Is(err, errEnough) {
				return nil
			}
			if err != nil {
				return err
			}
			continue
		}
		e, err := p.episode(text)
		if err == nil {
			if first, ok := p.ids[[2]string{e.Session, e.ID}]; ok {
				err = fmt.Errorf("id %q of session %q is that of line %d", e.ID, e.Session, first)
			}
		}
		if err != nil {
			err = wrong(&LineError{n, err})
		} else {
			p.ids[[2]string{e.Session, e.ID}] = n
			err = use(e, n)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	switch err := s.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return wrong(&LineError{n + 1, fmt.Errorf("longer than %d bytes", maxLine)})
	case err != nil:
		return fmt.Errorf("read what is imported: %w", err)
	}
	return nil
}

// episode reads one line.
func (p *parser) episode(text []byte) (e Episode, err error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return e, plain(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return e, errors.New("there is more behind the object")
	}
	if err := checkMembers(text, "metadata"); err != nil {
		return e, err
	}
	if l.Tenant != nil && *l.Tenant != p.tenant {
		return e, fmt.Errorf("it is for tenant %q, this is the memory of %q", *l.Tenant, p.tenant)
	}
	if l.Content == nil {
		return e, errors.New("there is no content")
	}
	now := At(p.now).Time()
	e = Episode{Session: l.Session, Role: l.Role, Content: *l.Content, Time: now, Ingested: now}
	if given := string(l.Metadata); given != "" && given != "null" {
		if e.Metadata, err = ParseMetadata(given); err != nil {
			return e, err
		}
	}
	for _, t := range []struct {
		name string
		raw  json.RawMessage
		to   *time.Time
	}{{"time", l.Time, &e.Time}, {"ingested", l.Ingested, &e.Ingested}} {
		if len(t.raw) == 0 || string(t.raw) == "null" {
			continue
		}
		if *t.to, err = moment(t.raw); err != nil {
			return e, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if e.ID, err = p.id(l, &e); err != nil {
		return e, err
	}
	return e, e.Validate()
}

// id is the one of the line; if it has none, one that the line determines.
func (p *parser) id(l line, e *Episode) (string, error) {
	raw := strings.TrimSpace(string(l.ID))
	switch {
	case raw == "" || raw == "null" || raw == `""`:
	case raw[0] == '"':
		var id string
		err := json.Unmarshal(l.ID, &id)
		return id, err
	case !strings.ContainsAny(raw, `.eE[{tf`):
		return raw, nil // a whole number
	default:
		return "", errors.New("id is neither a text nor a whole number")
	}
	h := sha256.New()
	for _, part := range []string{e.Session, e.Role, e.Content, string(l.Time), string(l.Metadata)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	id := "line-" + hex.EncodeToString(h.Sum(nil)[:12])
	key := e.Session + "\x00" + id
	if p.twins[key]++; p.twins[key] > 1 {
		id = fmt.Sprintf("%s-%d", id, p.twins[key])
	}
	return id, nil
}

// plain is an error of encoding/json in words that need no Go.
func plain(err error) error {
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ) && typ.Field != "":
		return fmt.Errorf("%s is a %s, it must be a text", typ.Field, typ.Value)
	case errors.As(err, &typ):
		return fmt.Errorf("it must be an object, and is of type %s", typ.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("there is no member %s: put what is yours into metadata (there are session, id, role, time, content, metadata, ingested, tenant)", name)
	}
	return fmt.Errorf("not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// layouts are how a time may be written. Those without a zone are in UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04",
	time.DateOnly, time.RFC1123Z, time.RFC1123, "2 January 2006 15:04", "2 January 2006", "January 2, 2006", "3:04 pm on 2 January, 2006"}

// ParseTime reads a time as an import does.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			if t = At(t).Time(); !t.IsZero() {
				return t, checkYear(text, t)
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2024-05-01T13:56:00Z", text)
}

// moment reads a time, or a number of seconds since 1970.
func moment(raw json.RawMessage) (time.Time, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return ParseTime(text)
	}
	var seconds float64
	if json.Unmarshal(raw, &seconds) != nil {
		return time.Time{}, fmt.Errorf("%s is neither a text such as 2024-05-01T13:56:00Z nor a number of seconds since 1970", raw)
	}
	if math.Abs(seconds) > 1e11 { // beyond the year 5000 it is in milliseconds
		return time.Time{}, fmt.Errorf("%s seconds since 1970 is beyond the year 5000; milliseconds must be divided by 1000", raw)
	}
	t := time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
	return t, checkYear(string(raw), t)
}
