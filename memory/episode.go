package memory

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Episode is one turn: something that was said or done.
type Episode struct {
	Row      int64  // given by the store, never twice
	ID       string // one of its session; "" lets Add make one
	Session  string
	Role     string // who: "user", "assistant", or a name
	Content  string
	Metadata map[string]any // what JSON can say; nil: none
	Time     time.Time      // when it happened; zero: when it is taken in
	Ingested time.Time      // when it was taken in; the store says it
	// Processed tells that consolidation has seen it.
	Processed bool
}

// What an episode may have at most, in bytes.
const (
	MaxContent  = 10 << 20
	MaxMetadata = 1 << 20
	MaxName     = 512 // of a session, an id, a role, a tenant
)

// Validate tells what is wrong with an episode, before it is stored.
func (e *Episode) Validate() error {
	for _, f := range []struct {
		name, text string
		max        int
		needed     bool
	}{{"session", e.Session, MaxName, true}, {"role", e.Role, MaxName, true}, {"id", e.ID, MaxName, false}, {"content", e.Content, MaxContent, false}} {
		switch {
		case f.needed && f.text == "":
			return fmt.Errorf("%s is empty", f.name)
		case len(f.text) > f.max:
			return fmt.Errorf("%s has %d bytes, the limit is %d", f.name, len(f.text), f.max)
		case !utf8.ValidString(f.text):
			return fmt.Errorf("%s is not a text in UTF-8", f.name)
		}
	}
	if strings.HasSuffix(e.Session, "*") {
		return fmt.Errorf("session %q ends with *, which stands for any ending in filters", e.Session)
	}
	if err := errors.Join(checkYear("time", e.Time), checkYear("the time when it was taken in", e.Ingested)); err != nil {
		return err
	}
	_, err := EncodeMetadata(e.Metadata)
	return err
}

// EncodeMetadata is metadata as JSON, "" for none.
func EncodeMetadata(m map[string]any) (string, error) {
	if len(m) == 0 {
		return "", nil
	}
	if err := checkTexts("metadata", m); err != nil {
		return "", err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("metadata cannot be kept: %w", err)
	}
	if len(data) > MaxMetadata {
		return "", fmt.Errorf("metadata has %d bytes, the limit is %d", len(data), MaxMetadata)
	}
	return string(data), nil
}

// DecodeMetadata reads what EncodeMetadata has written. Whole numbers are int64.
func DecodeMetadata(text string) (map[string]any, error) {
	if text == "" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return numbers(m).(map[string]any), nil
}

// numbers makes json.Number what callers compare with: int64 if whole, else float64.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // out of range is infinite
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

// Order is the order of a list of episodes.
type Order int

// The orders. Equal times are in the order of their rows.
const (
	ByRow  Order = iota // as they were taken in
	ByTime              // as they happened
	Newest              // the last one first
)

// Filter says which episodes are meant. The zero value means all.
type Filter struct {
	Sessions  []string // one of these; "a*" is any that begins with a
	IDs       []string // one of these
	Roles     []string // one of these
	Since     time.Time
	Until     time.Time      // before it; zero: no end
	Metadata  map[string]any // has these members, with these values
	Processed *bool
	After     int64 // only greater rows
	Order     Order
	Limit     int // 0: all
	// Damaged is told of rows that are meant, as far as can be seen, and are damaged; its
	// error ends the list. nil: the damage does.
	Damaged func(e *Episode, why error) error
}

// check tells what in a filter no episode can have.
func (f *Filter) check() error {
	return cmp.Or(CheckText("the session", f.Sessions...), CheckText("the id", f.IDs...), CheckText("the role", f.Roles...), checkTexts("metadata", f.Metadata))
}

// Match tells whether an episode is meant. Backends may read fewer rows than all,
// but this is what decides.
func (f *Filter) Match(e *Episode) bool {
	switch {
	case e.Row <= f.After && f.After != 0,
		!f.header(e.Session, e.Role, At(e.Time)),
		len(f.IDs) > 0 && !slices.Contains(f.IDs, e.ID),
		f.Processed != nil && *f.Processed != e.Processed:
		return false
	}
	for name, want := range f.Metadata {
		have, ok := e.Metadata[name]
		if !ok || !equalJSON(have, want) {
			return false
		}
	}
	return true
}

// header is Match for what is known of all episodes without reading them.
func (f *Filter) header(session, role string, at Instant) bool {
	return (len(f.Sessions) == 0 || slices.ContainsFunc(f.Sessions, func(s string) bool { return SessionMatches(s, session) })) &&
		(len(f.Roles) == 0 || slices.Contains(f.Roles, role)) &&
		(f.Since.IsZero() || at >= At(f.Since)) && (f.Until.IsZero() || at < At(f.Until))
}

// headerOnly tells whether header alone decides.
func (f *Filter) headerOnly() bool {
	return len(f.IDs) == 0 && len(f.Metadata) == 0 && f.Processed == nil && f.After == 0
}

// all tells whether all episodes are meant.
func (f *Filter) all() bool {
	return f.headerOnly() && len(f.Sessions) == 0 && len(f.Roles) == 0 && f.Since.IsZero() && f.Until.IsZero() && f.Limit == 0
}

// SessionMatches tells whether a session is the one that is named, or, with a * at the
// end, one that begins so.
func SessionMatches(named, session string) bool {
	if prefix, ok := strings.CutSuffix(named, "*"); ok {
		return strings.HasPrefix(session, prefix)
	}
	return named == session
}

// equalJSON compares two values as JSON does: 1 is 1.0.
func equalJSON(a, b any) bool {
	if x, ok := a.(int64); ok {
		if y, ok := b.(int64); ok {
			return x == y // a float64 might be the same for both
		}
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalJSON)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			w, ok := b[k]
			if !ok || !equalJSON(v, w) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
