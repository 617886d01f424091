package state

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// maxImport is how many bytes an import may have.
const maxImport = 1 << 30

// maxTOML is less: TOML is read as a whole.
const maxTOML = 64 << 20

// read finds out what an import is, and visits its entries. It returns the schema
// version of its values, 0 if it names none.
func (s *Store) read(r io.Reader, each func(exported) error) (schema int, err error) {
	in := bufio.NewReaderSize(&limitedReader{r: r, left: maxImport}, 1<<16)
	for {
		b, err := in.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return 0, fmt.Errorf("%w: it is empty", ErrFormat)
		case err != nil:
			return 0, err
		case bytes.ContainsAny(b, " \t\r\n"):
			_, _ = in.Discard(1) // it is there
			continue
		case b[0] == '{':
			return readJSON(in, each)
		}
		return readTOML(in, each)
	}
}

// limitedReader fails when it is read beyond its limit.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("%w: more than %d bytes; import it in pieces", ErrTooLarge, int64(maxImport))
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	return n, err
}

// readJSON reads entry by entry, so that only one is in memory.
func readJSON(r io.Reader, each func(exported) error) (schema int, err error) {
	d := json.NewDecoder(r)
	if _, err := d.Token(); err != nil {
		return 0, badJSON(d, err)
	}
	version, entries := 0, false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return 0, badJSON(d, err)
		}
		switch key {
		case "llmspell_state":
			err = d.Decode(&version)
			if err == nil {
				err = checkVersion(version)
			}
		case "entries":
			entries = true
			if version == 0 {
				return 0, fmt.Errorf("%w: \"llmspell_state\": %d must come before \"entries\"", ErrFormat, exportVersion)
			}
			err = readEntries(d, each)
		case "schema":
			if err = d.Decode(&schema); err == nil {
				err = checkSchema(schema)
			}
		case "exported":
			var ignored any
			err = d.Decode(&ignored)
		default:
			return 0, fmt.Errorf("%w: unknown member %.80q; there are llmspell_state, schema, exported and entries", ErrFormat, key)
		}
		if err != nil {
			return 0, badJSON(d, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return 0, badJSON(d, err)
	}
	if !entries {
		return 0, fmt.Errorf("%w: it has no entries", ErrFormat)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("%w: something follows it, at byte %d", ErrFormat, d.InputOffset())
	}
	return schema, nil
}

// checkSchema checks a version that is named.
func checkSchema(v int) error {
	if v >= 1 && v <= maxSchema {
		return nil
	}
	return fmt.Errorf("%w: schema is %d; it is the version of the values, 1 to %d", ErrFormat, v, maxSchema)
}

func checkVersion(v int) error {
	if v == exportVersion {
		return nil
	}
	return fmt.Errorf("%w: llmspell_state is %d, this program reads %d", ErrFormat, v, exportVersion)
}

func readEntries(d *json.Decoder, each func(exported) error) error {
	open, err := d.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('[') {
		return fmt.Errorf("%w: entries is not a list", ErrFormat)
	}
	d.DisallowUnknownFields()
	for d.More() {
		var e exported
		if err := d.Decode(&e); err != nil {
			return err
		}
		if err := each(e); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// badJSON says where JSON is wrong, and leaves other errors as they are.
func badJSON(d *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends too early, after %d bytes", ErrFormat, d.InputOffset())
	case errors.As(err, &syntax), errors.As(err, &kind):
		return fmt.Errorf("%w: near byte %d: %w", ErrFormat, d.InputOffset(), err)
	case errors.Is(err, ErrFormat), errors.Is(err, ErrValue), errors.Is(err, ErrName), errors.Is(err, ErrTooLarge), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("near byte %d: %w", d.InputOffset(), err)
}

// tomlHead is what comes before the entries.
type tomlHead struct {
	Version  int       `toml:"llmspell_state"`
	Schema   int       `toml:"schema,omitempty"`
	Exported time.Time `toml:"exported,omitempty"`
}

// tomlExport is an export as TOML. A value that TOML cannot say (null, large
// numbers, what JSON itself has no words for) stands as JSON text in value_json.
type tomlExport struct {
	Version  int         `toml:"llmspell_state"`
	Schema   *int        `toml:"schema,omitempty"`
	Exported time.Time   `toml:"exported,omitempty"`
	Entries  []tomlEntry `toml:"entries"`
}

type tomlEntry struct {
	Scope     string    `toml:"scope"`
	Key       string    `toml:"key"`
	Version   int64     `toml:"version,omitempty"`
	Written   time.Time `toml:"written,omitempty"`
	TTL       int64     `toml:"ttl_ms,omitempty"`
	ValueJSON string    `toml:"value_json,omitempty"`
	Value     any       `toml:"value,omitempty"`
}

func readTOML(r io.Reader, each func(exported) error) (schema int, err error) {
	data, err := io.ReadAll(io.LimitReader(r, maxTOML+1))
	if err != nil {
		return 0, err
	}
	if len(data) > maxTOML {
		return 0, fmt.Errorf("%w: TOML of more than %d bytes; use JSON", ErrTooLarge, maxTOML)
	}
	var in tomlExport
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		var at *toml.DecodeError
		var strict *toml.StrictMissingError
		switch {
		case errors.As(err, &strict) && len(strict.Errors) > 0:
			row, col := strict.Errors[0].Position()
			return 0, fmt.Errorf("%w: line %d, column %d: unknown key %v", ErrFormat, row, col, strict.Errors[0].Key())
		case errors.As(err, &at):
			row, col := at.Position()
			return 0, fmt.Errorf("%w: neither JSON nor TOML: line %d, column %d: %w", ErrFormat, row, col, err)
		}
		return 0, fmt.Errorf("%w: neither JSON nor TOML: %w", ErrFormat, err)
	}
	if err := checkVersion(in.Version); err != nil {
		return 0, err
	}
	if in.Schema != nil {
		if schema = *in.Schema; checkSchema(schema) != nil {
			return 0, checkSchema(schema)
		}
	}
	for i, t := range in.Entries {
		e := exported{Scope: t.Scope, Key: t.Key, TTL: t.TTL, Value: json.RawMessage(t.ValueJSON)}
		if t.ValueJSON == "" {
			v, err := fromTOML(t.Value, 0)
			if err == nil && t.Value != nil {
				e.Value, err = Encode(v)
			}
			if err != nil {
				return 0, fmt.Errorf("entry %d: %w", i+1, err)
			}
		} else if t.Value != nil {
			return 0, fmt.Errorf("%w: entry %d has both value and value_json", ErrFormat, i+1)
		}
		if err := each(e); err != nil {
			return 0, err
		}
	}
	return schema, nil
}

// fromTOML turns the dates of TOML into text.
func fromTOML(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: it is nested more than %d deep", ErrValue, maxDepth)
	}
	var err error
	switch v := v.(type) {
	case []any:
		for i := range v {
			if v[i], err = fromTOML(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = fromTOML(v[k], depth+1); err != nil {
				return nil, err
			}
		}
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case fmt.Stringer: // local dates and times
		return v.String(), nil
	}
	return v, nil
}

// ExportTOML is Export as TOML, for people to read and edit.
func (s *Store) ExportTOML(ctx context.Context, w io.Writer, scopes ...Scope) (n int, err error) {
	return s.exportTOML(ctx, w, nil, scopes)
}

func (s *Store) exportTOML(ctx context.Context, w io.Writer, damaged func(error), scopes []Scope) (n int, err error) {
	status, err := s.MigrationStatus(ctx)
	if err != nil {
		return 0, err
	}
	now := s.time.clock.Wall()
	out := bufio.NewWriterSize(w, 1<<16)
	e := toml.NewEncoder(out)
	if err := e.Encode(tomlHead{exportVersion, status.Version, now.UTC().Truncate(time.Second)}); err != nil {
		return 0, err
	}
	if err := s.eachEntry(ctx, now, damaged, scopes, func(from exported) error {
		t := tomlEntry{Scope: from.Scope, Key: from.Key, Version: from.Version, Written: from.Written, TTL: from.TTL}
		v, err := Decode(from.Value)
		if err != nil {
			return err
		}
		if tomlCan(v) {
			t.Value = v
		} else {
			t.ValueJSON = string(from.Value)
		}
		n++
		return e.Encode(map[string][]tomlEntry{"entries": {t}}) // one table of the array more
	}); err != nil {
		return n, err
	}
	return n, out.Flush()
}

// tomlCan tells whether TOML says the same as JSON of a value.
func tomlCan(v any) bool {
	b, err := toml.Marshal(map[string]any{"v": v})
	if err != nil {
		return false
	}
	var back map[string]any
	if toml.Unmarshal(b, &back) != nil {
		return false
	}
	again, err := fromTOML(back["v"], 0)
	if err != nil {
		return false
	}
	want, err1 := Encode(v)
	got, err2 := Encode(again)
	return err1 == nil && err2 == nil && v != nil && bytes.Equal(want, got)
}
