package events

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SchemaVersion is that of the JSON shape of events.
const SchemaVersion = "1.0"

// MaxType is the longest type of an event, or pattern, in bytes.
const MaxType = 256

// Event is something that has happened. Its JSON shape is stable:
//
//	{id, event_type, data, language, timestamp, sequence, metadata{correlation_id?, source?, target?, tags, priority, ttl?}, schema_version}
//
// Timestamps are RFC 3339 in UTC with nanoseconds, a ttl is in seconds.
type Event struct {
	Type     string // such as user.created
	Data     any    // a JSON-like value, which nobody changes
	Language string // of the publisher: lua, go
	Time     time.Time
	// Sequence numbers the events of a bus from 1, in the order in which they were
	// accepted.
	Sequence uint64
	Meta     Metadata

	bus     string // the first part of the ID
	size    int
	expires time.Time // zero: never
}

// Metadata is what is said of an event besides what has happened.
type Metadata struct {
	CorrelationID string
	Source        string
	Target        string
	Tags          []string
	Priority      int           // for those who get it; the bus delivers in order whatever it is
	TTL           time.Duration // 0: the event does not expire
}

// ID names the event among those of all kernels.
func (e *Event) ID() string { return e.bus + "-" + strconv.FormatUint(e.Sequence, 10) }

// Expired tells whether the event's time to live is over.
func (e *Event) Expired(now time.Time) bool { return !e.expires.IsZero() && !now.Before(e.expires) }

// Map returns the event in its JSON shape. Data is the event's own.
func (e *Event) Map() map[string]any {
	tags := make([]any, len(e.Meta.Tags))
	for i, tag := range e.Meta.Tags {
		tags[i] = tag
	}
	meta := map[string]any{"tags": tags, "priority": e.Meta.Priority}
	for name, value := range map[string]string{"correlation_id": e.Meta.CorrelationID, "source": e.Meta.Source, "target": e.Meta.Target} {
		if value != "" {
			meta[name] = value
		}
	}
	if e.Meta.TTL > 0 {
		meta["ttl"] = e.Meta.TTL.Seconds()
	}
	return map[string]any{
		"id": e.ID(), "event_type": e.Type, "data": e.Data, "language": e.Language, "timestamp": e.Time.UTC().Format(time.RFC3339Nano),
		"sequence": e.Sequence, "metadata": meta, "schema_version": SchemaVersion,
	}
}

// MarshalJSON writes the event. Number keys of its data become texts, as JSON has
// no others; beside a text that is the same, they are left out. Numbers that JSON
// has not are null.
func (e *Event) MarshalJSON() ([]byte, error) {
	m := e.Map()
	m["data"] = plainData(e.Data)
	return json.Marshal(m)
}

// plainData copies what JSON cannot say as it is. The data itself never changes.
func plainData(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plainData(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, member := range v {
			out[k] = plainData(member)
		}
		return out
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, member := range v {
			name, text := k.(string)
			if !text {
				if name = fmt.Sprint(k); v[name] != nil {
					continue
				}
			}
			out[name] = plainData(member)
		}
		return out
	}
	return v
}

// CheckType refuses what cannot be the type of an event.
func CheckType(s string) error {
	if err := checkName(s, "the type of an event"); err != nil {
		return err
	}
	if strings.ContainsAny(s, "*?") {
		return fmt.Errorf("the type of an event is a name such as user.created, and has no * or ?: %q", s)
	}
	return nil
}

// CheckPattern refuses what cannot be a pattern of types.
func CheckPattern(s string) error { return checkName(s, "a pattern") }

func checkName(s, what string) error {
	switch {
	case s == "":
		return fmt.Errorf("%s must not be empty", what)
	case len(s) > MaxType:
		return fmt.Errorf("%s has at most %d bytes, this one has %d", what, MaxType, len(s))
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f || s[i] >= utf8.RuneSelf && !utf8.ValidString(s[i:]) {
			return fmt.Errorf("%s is printable UTF-8: %q is not", what, s)
		}
		if s[i] >= utf8.RuneSelf { // the rest is valid
			if strings.ContainsFunc(s[i:], func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return fmt.Errorf("%s is printable UTF-8: %q is not", what, s)
			}
			break
		}
	}
	return nil
}

// sizeOf estimates the memory of JSON-like data in bytes. It stops counting when
// it has passed most.
func sizeOf(v any, most int) int {
	n := 16
	switch v := v.(type) {
	case string:
		n += len(v)
	case []byte:
		n += len(v)
	case map[string]any:
		n += 48
		for k, member := range v {
			if n > most {
				return n
			}
			n += 32 + len(k) + sizeOf(member, most-n)
		}
	case map[any]any:
		n += 48
		for k, member := range v {
			if n > most {
				return n
			}
			text, _ := k.(string)
			n += 48 + len(text) + sizeOf(member, most-n)
		}
	case []any:
		for _, member := range v {
			if n > most {
				return n
			}
			n += sizeOf(member, most-n)
		}
	}
	return n
}
