package memory

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

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
