package utility

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"

	"github.com/llmspell/llmspell/tools/schema"
)

// layout is a way to write a time that parse understands.
type layout struct {
	layout string // for package time
	shown  string // for people
}

// layouts are tried in this order. Where a date can be read in two ways, the
// separator decides: 03/04/2024 is March 4 (American), 03.04.2024 is April 3.
// Package time accepts fractions of a second in all of them.
func layouts() []layout {
	return []layout{
		{time.RFC3339, "2024-02-29T13:45:00Z, 2024-02-29T13:45:00.123+02:00"},
		{"2006-01-02T15:04:05Z0700", "2024-02-29T13:45:00+0200"},
		{"2006-01-02T15:04Z07:00", "2024-02-29T13:45Z"},
		{"2006-01-02T15:04:05", "2024-02-29T13:45:00"},
		{"2006-01-02T15:04", "2024-02-29T13:45"},
		{"2006-01-02 15:04:05Z07:00", "2024-02-29 13:45:00+02:00"},
		{"2006-01-02 15:04:05 Z07:00", "2024-02-29 13:45:00 +02:00"},
		{"2006-01-02 15:04:05 -0700", "2024-02-29 13:45:00 +0200"},
		{"2006-01-02 15:04:05 MST", "2024-02-29 13:45:00 UTC"},
		{"2006-01-02 15:04:05", "2024-02-29 13:45:00"},
		{"2006-01-02 15:04", "2024-02-29 13:45"},
		{"2006-01-02 3:04:05 PM", "2024-02-29 1:45:00 PM"},
		{"2006-01-02 3:04 PM", "2024-02-29 1:45 PM"},
		{"2006-01-02", "2024-02-29"},
		{"2006-01", "2024-02"},
		{"2006/01/02 15:04:05", "2024/02/29 13:45:00"},
		{"2006/01/02 15:04", "2024/02/29 13:45"},
		{"2006/01/02", "2024/02/29"},
		{"20060102T150405Z0700", "20240229T134500Z"},
		{"20060102T150405", "20240229T134500"},
		{"1/2/2006 15:04:05", "2/29/2024 13:45:00 (month first)"},
		{"1/2/2006 15:04", "2/29/2024 13:45 (month first)"},
		{"1/2/2006 3:04 PM", "2/29/2024 1:45 PM (month first)"},
		{"1/2/2006", "2/29/2024 (month first)"},
		{"2.1.2006 15:04:05", "29.2.2024 13:45:00 (day first)"},
		{"2.1.2006 15:04", "29.2.2024 13:45 (day first)"},
		{"2.1.2006", "29.2.2024 (day first)"},
		{"January 2, 2006 15:04:05", "February 29, 2024 13:45:00"},
		{"January 2, 2006 3:04 PM", "February 29, 2024 1:45 PM"},
		{"January 2, 2006", "February 29, 2024"},
		{"January 2 2006", "February 29 2024"},
		{"Jan 2, 2006 15:04:05", "Feb 29, 2024 13:45:00"},
		{"Jan 2, 2006 3:04 PM", "Feb 29, 2024 1:45 PM"},
		{"Jan 2, 2006", "Feb 29, 2024"},
		{"Jan 2 2006", "Feb 29 2024"},
		{"2 January 2006 15:04:05", "29 February 2024 13:45:00"},
		{"2 January 2006 15:04", "29 February 2024 13:45"},
		{"2 January 2006", "29 February 2024"},
		{"2 Jan 2006 15:04:05", "29 Feb 2024 13:45:00"},
		{"2 Jan 2006 15:04", "29 Feb 2024 13:45"},
		{"2 Jan 2006", "29 Feb 2024"},
		{"2-Jan-2006", "29-Feb-2024"},
		{time.RFC1123Z, "Thu, 29 Feb 2024 13:45:00 +0200 (e-mail)"},
		{"Mon, 2 Jan 2006 15:04:05 -0700", "Thu, 1 Feb 2024 13:45:00 +0200 (e-mail)"},
		{time.RFC1123, "Thu, 29 Feb 2024 13:45:00 GMT (HTTP)"},
		{time.RFC850, "Thursday, 29-Feb-24 13:45:00 GMT"},
		{time.RFC822Z, "29 Feb 24 13:45 +0200"},
		{time.RFC822, "29 Feb 24 13:45 GMT"},
		{time.UnixDate, "Thu Feb 29 13:45:00 UTC 2024"},
		{time.RubyDate, "Thu Feb 29 13:45:00 +0000 2024"},
		{time.ANSIC, "Thu Feb 29 13:45:00 2024"},
	}
}

// parse reads a time. One that names no zone is in the given one.
func (d *datetime) parse(field, text string, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if len(text) <= 100 { // no date is longer, and each layout reads the text anew
		if t, ok := d.parseWord(strings.ToLower(text), zone); ok {
			return t, nil
		}
		for _, l := range layouts() {
			// A zone abbreviation that the zone does not know would silently
			// count as UTC, so such a time is refused.
			if t, err := time.ParseInLocation(l.layout, text, zone); err == nil && !unknownAbbreviation(t, zone) {
				return t, nil
			}
		}
	}
	return time.Time{}, &schema.FieldError{Path: field, Value: text,
		Expected: "a date and time such as 2024-02-29, 2024-02-29T13:45:00Z, Feb 29, 2024 or @1709214300",
		Help:     `the operation "formats" lists them all`}
}

// parseWord reads the words for days and the seconds since 1970.
func (d *datetime) parseWord(text string, zone *time.Location) (time.Time, bool) {
	now := d.now().In(zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	switch text {
	case "now":
		return now, true
	case "today":
		return midnight, true
	case "yesterday":
		return midnight.AddDate(0, 0, -1), true
	case "tomorrow":
		return midnight.AddDate(0, 0, 1), true
	}
	digits, marked := strings.CutPrefix(text, "@")
	if !marked && len(digits) < 9 { // 20240229 is rather a date than a day of 1970
		if t, err := time.ParseInLocation("20060102", digits, zone); err == nil {
			return t, true
		}
		return time.Time{}, false
	}
	const lastSecond = 253402300799 // of the year 9999
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && -lastSecond/4 < n {
		switch {
		case n <= lastSecond:
			return time.Unix(n, 0).In(zone), true
		case n/1000 <= lastSecond: // JavaScript's milliseconds
			return time.UnixMilli(n).In(zone), true
		}
	}
	return time.Time{}, false
}

func unknownAbbreviation(t time.Time, zone *time.Location) bool {
	name, offset := t.Zone()
	return offset == 0 && t.Location() != zone && t.Location() != time.UTC && name != "" && name != "UTC" && name != "GMT" && name != "Z" &&
		!strings.HasPrefix(name, "+") && !strings.HasPrefix(name, "-")
}

// formatTime writes a time as strftime does, or as ISO 8601.
func formatTime(t time.Time, format string) string {
	if format == "" {
		return t.Format(time.RFC3339Nano)
	}
	return timefmt.Format(t, format)
}

// checkFormat refuses what strftime does not know, and widths: %999999999d
// would fill the memory.
func checkFormat(format string) error {
	if len(format) > 1000 {
		return &schema.FieldError{Path: "format", Expected: "a format of at most 1000 characters", Value: format}
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		first := i
		for i < len(format) && strings.IndexByte("-_^#:0", format[i]) >= 0 {
			i++
		}
		if i < len(format) && '1' <= format[i] && format[i] <= '9' {
			i++
		}
		flags := format[first:i]
		if i == len(format) || strings.IndexByte("YyCgGmBbhAawuVUWedjkHlIPpMSsfZztn%c+vrFDxTXR", format[i]) < 0 ||
			strings.Contains(flags, ":") && format[i] != 'z' || flags != "" && format[i] == '%' {
			return &schema.FieldError{Path: "format", Expected: "a strftime format such as %Y-%m-%d %H:%M:%S", Value: format,
				Help: fmt.Sprintf("the directive at position %d is not known; write %%%% for a percent sign", min(i+1, len(format)))}
		}
	}
	return nil
}

func describeFormats() map[string]any {
	var input []any
	for _, l := range layouts() {
		input = append(input, l.shown)
	}
	input = append(input, "20240229", "@1709214300 (seconds since 1970)", "now", "today", "yesterday", "tomorrow")
	var output []any
	for _, d := range [][2]string{
		{"%Y", "year"}, {"%m", "month 01-12"}, {"%d", "day 01-31"}, {"%H", "hour 00-23"}, {"%I", "hour 01-12"}, {"%M", "minute"},
		{"%S", "second"}, {"%f", "microseconds"}, {"%p", "AM or PM"}, {"%A", "weekday"}, {"%a", "weekday, short"}, {"%B", "month name"},
		{"%b", "month name, short"}, {"%j", "day of the year"}, {"%V", "ISO week"}, {"%Z", "zone name"}, {"%z", "zone offset +0200"},
		{"%:z", "zone offset +02:00"}, {"%s", "seconds since 1970"}, {"%F", "%Y-%m-%d"}, {"%T", "%H:%M:%S"}, {"%%", "a percent sign"},
	} {
		output = append(output, map[string]any{"directive": d[0], "meaning": d[1]})
	}
	return map[string]any{"input": input, "output": output}
}
