package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// layouts are how a time may be written. Those without a zone are in UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02 15:04",
	time.DateOnly, time.RFC1123Z, time.RFC1123, "2 January 2006 15:04", "2 January 2006", "January 2, 2006", "3:04 pm on 2 January, 2006"}

// ErrNoTime means that a text is no time.
var ErrNoTime = errors.New("no time")

// ParseTime reads a time as people and files write it: RFC 3339, a date with or without a time of day, and some other forms.
// Without a zone it is in UTC. ErrNoTime: it is none; another error: no such time can be kept.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range layouts {
		t, err := time.Parse(layout, strings.TrimSpace(text))
		if err != nil {
			continue
		}
		if zone, offset := t.Zone(); layout == time.RFC1123 && offset == 0 && zone != "UTC" && zone != "GMT" {
			return time.Time{}, fmt.Errorf("%q has the zone %s, whose distance from UTC is not known: write it as a number, such as -0500", text, zone)
		}
		t = At(t).Time()
		return t, checkTime(strconv.Quote(text), t)
	}
	return time.Time{}, fmt.Errorf("%q is %w such as 2024-05-01T13:56:00Z", text, ErrNoTime)
}

// TimeOf is the time so many seconds after 1970, to the microsecond.
func TimeOf(seconds float64) (time.Time, error) {
	what := strconv.FormatFloat(seconds, 'f', -1, 64) + " seconds since 1970"
	if !(math.Abs(seconds) < 1e12) {
		return time.Time{}, fmt.Errorf("%s is beyond the year 9999; milliseconds must be divided by 1000", what)
	}
	t := time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
	return t, checkTime(what, t)
}

// checkTime tells of a time that cannot be kept.
func checkTime(what string, t time.Time) error {
	if t.IsZero() {
		return fmt.Errorf("%s is the one moment that cannot be kept, since it means that no time is given: give the next second, 0001-01-01T00:00:01Z", what)
	}
	return checkYear(what, t)
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
	return TimeOf(seconds)
}
