package memory

import (
	"fmt"
	"math"
	"time"
)

// Instant is a moment in microseconds since 1970.
type Instant int64

// The ends of time.
const (
	Beginning Instant = math.MinInt64
	Forever   Instant = math.MaxInt64
)

// At is the instant of a time, Beginning and Forever where it is out of their range.
func At(t time.Time) Instant {
	switch s := t.Unix(); {
	case s < math.MinInt64/1_000_000+1:
		return Beginning
	case s > math.MaxInt64/1_000_000-1:
		return Forever
	}
	return Instant(t.UnixMicro())
}

// Time is the instant as a time in UTC; the zero time at the ends of time.
func (i Instant) Time() time.Time {
	if i == Beginning || i == Forever {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// checkYear tells of a time that cannot be written as RFC 3339 and JSON have it.
func checkYear(what string, t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return fmt.Errorf("%s is in the year %d in UTC: it must be in the years 0 to 9999", what, year)
	}
	return nil
}

// Span is the time from one instant up to another, which is not part of it.
type Span struct{ From, To Instant }

// Holds tells whether an instant is in the span.
func (s Span) Holds(i Instant) bool {
	return s.From <= i && (i < s.To || i == Forever && s.To == Forever)
}

// Overlaps tells whether the spans have an instant in common.
func (s Span) Overlaps(o Span) bool { return s.From < o.To && o.From < s.To }

// withoutAll is what is left of spans beside another.
func withoutAll(list []Span, o Span) (out []Span) {
	for _, s := range list {
		out = append(out, s.without(o)...)
	}
	return out
}

// without is what is left of the span beside another.
func (s Span) without(o Span) (out []Span) {
	if !s.Overlaps(o) {
		return []Span{s}
	}
	for _, rest := range []Span{{s.From, o.From}, {o.To, s.To}} {
		if rest.From < rest.To {
			out = append(out, rest)
		}
	}
	return out
}
