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
	"strings"
	"time"
)

// parser reads lines.
type parser struct {
	tenant string
	now    time.Time
	twins  map[string]int    // how often lines without an id say the same
	ids    map[[2]string]int // the lines of sessions' ids
	known  func(numbered) error
}

// each calls use for each episode, and wrong for each line that has none. A line that is not UTF-8 is the last one: the
// others of the file are in its encoding, too.
func (p *parser) each(ctx context.Context, r io.Reader, use func(Episode, int) error, wrong func(*LineError) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for s.Scan() {
		n++
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := CheckUTF8(n, s.Bytes()); err != nil {
			return enough(wrong(&LineError{n, err}))
		}
		text := bytes.TrimSpace(s.Bytes())
		if n == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(text) == 0 {
			continue
		}
		bad, err := p.line(text, n, use)
		if bad != nil {
			err = wrong(&LineError{n, bad})
		}
		if err != nil {
			return enough(err)
		}
	}
	switch err := s.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return enough(wrong(&LineError{n + 1, fmt.Errorf("longer than %d bytes", maxLine)}))
	case err != nil:
		return fmt.Errorf("read what is imported: %w", err)
	}
	return nil
}

// enough is the error that ends the reading; nil if that is what was wanted.
func enough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// line uses what a line has. bad is what is wrong with it.
func (p *parser) line(text []byte, n int, use func(Episode, int) error) (bad, err error) {
	if isKnownLine(text) {
		l, bad := parseKnown(text)
		if bad != nil {
			return bad, nil
		}
		return nil, p.known(numbered{l, n})
	}
	e, bad := p.episode(text)
	if bad != nil {
		return bad, nil
	}
	key := [2]string{e.Session, e.ID}
	if first, ok := p.ids[key]; ok {
		return fmt.Errorf("id %q of session %q is that of line %d", e.ID, e.Session, first), nil
	}
	p.ids[key] = n
	return nil, use(e, n)
}

// episode reads one line.
func (p *parser) episode(text []byte) (e Episode, err error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return e, plain(err)
	}
	if err := checkEnd(d); err != nil {
		return e, err
	}
	if err := CheckMembers(text, "metadata"); err != nil {
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

// plain is PlainJSON for lines of turns, whose members it names.
func plain(err error) error {
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("there is no member %s: put what is yours into metadata (there are session, id, role, time, content, metadata, ingested, tenant)", name)
	}
	return PlainJSON(err)
}
