package utility

import (
	"context"
	"math"
	"strings"
	"time"
	_ "time/tzdata" // zones work on machines without a zone database too

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func datetimeDefinition() tool.Definition {
	zone := func(about string) *schema.Schema {
		return schema.Text(about + ": UTC, local, a name such as Europe/Berlin, or an offset such as +02:00")
	}
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "datetime-handler", Category: "utility", Version: "1.0.0", Security: tool.Safe, SideEffects: true,
			Tags:        []string{"date", "time", "timezone", "calendar", "format"},
			Description: "Tells, parses, formats, converts, shifts and compares dates and times",
			Parameters: schema.Map("",
				schema.Optional("operation", schema.Choice("What to do", "now", "parse", "convert_timezone", "add", "subtract", "difference", "info", "formats").WithDefault("parse")),
				schema.Optional("input", schema.Text("A date and time in any of the formats that the operation formats lists; add, subtract and info take now by default"), "date", "datetime"),
				schema.Optional("timezone", zone("The zone of times that name none, and of the answer of now").WithDefault("UTC"), "source_timezone"),
				schema.Optional("target_timezone", zone("The zone to convert to (convert_timezone)"), "to_timezone"),
				schema.Optional("amount", schema.Num("How many units (add, subtract); months and years are whole")),
				schema.Optional("unit", schema.Choice("The unit of amount", units()...).WithDefault("days").WithAliases(map[string]string{
					"second": "seconds", "minute": "minutes", "hour": "hours", "day": "days", "week": "weeks", "month": "months", "year": "years"})),
				schema.Optional("start", schema.Text("The first time (difference)")),
				schema.Optional("end", schema.Text("The second time (difference)")),
				schema.Optional("format", schema.Text("How to write the answer, as for strftime: %Y-%m-%d %H:%M:%S; the default is ISO 8601"))),
			Result: schema.Map("What the operation found: now {datetime, timezone, format, timestamp}; parse {parsed, datetime}; " +
				"convert_timezone {original, converted}; add, subtract {original, datetime}; difference {total_seconds, days, hours, " +
				"minutes, seconds, human_readable}; info {year … day_of_year, week_of_year, is_leap_year, days_in_month}; formats {input, output}"),
			Examples: []tool.Example{
				{Description: "Parse", Params: map[string]any{"operation": "parse", "input": "2024-02-29 13:45"}, Want: object("datetime", "2024-02-29T13:45:00Z")},
				{Description: "Shift", Params: map[string]any{"operation": "add", "input": "2024-01-31", "amount": 1.0, "unit": "months"}, Want: object("datetime", "2024-02-29T00:00:00Z")},
				{Description: "Compare", Params: map[string]any{"operation": "difference", "start": "2024-01-01", "end": "2024-03-01T12:00:00Z"}, Want: object("total_seconds", 5227200.0)},
				{Description: "The time now", Params: map[string]any{"operation": "now", "timezone": "Europe/Berlin"}, Want: object("timezone", "Europe/Berlin")},
				{Description: "In another zone", Params: map[string]any{"operation": "convert_timezone", "input": "2024-07-01T12:00:00Z", "target_timezone": "Asia/Tokyo"}},
				{Description: "Shift back", Params: map[string]any{"operation": "subtract", "input": "2024-03-01", "amount": 1.0, "unit": "days"}, Want: object("datetime", "2024-02-29T00:00:00Z")},
				{Description: "All about a day", Params: map[string]any{"operation": "info", "input": "2024-02-29"}, Want: object("day_of_year", 60.0, "is_leap_year", true, "days_in_month", 29.0)},
				{Description: "The formats", Params: map[string]any{"operation": "formats"}},
			},
		},
		New: func() (tool.Tool, error) { return &datetime{now: time.Now}, nil },
	}
}

func units() []string {
	return []string{"seconds", "minutes", "hours", "days", "weeks", "months", "years"}
}

// datetime has a clock so that tests can stop it.
type datetime struct{ now func() time.Time }

// Run does one operation.
func (d *datetime) Run(_ context.Context, call *tool.Call) (*tool.Result, error) {
	zone, err := loadZone("timezone", call.Params.String("timezone"))
	if err != nil {
		return nil, err
	}
	format := call.Params.String("format")
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	var out map[string]any
	switch call.Operation {
	case "now":
		now := d.now().In(zone)
		out = map[string]any{"datetime": formatTime(now, format), "timezone": zone.String(), "timestamp": now.Unix(), "format": format}
		if format == "" {
			out["format"] = "ISO 8601"
		}
	case "formats":
		out = describeFormats()
	case "difference":
		out, err = d.difference(call, zone)
	default:
		out, err = d.about(call, zone, format)
	}
	if err != nil {
		return nil, err
	}
	return tool.Value(out), nil
}

// about does the operations on one time.
func (d *datetime) about(call *tool.Call, zone *time.Location, format string) (map[string]any, error) {
	t := d.now().In(zone)
	switch {
	case call.Params.String("input") != "":
		var err error
		if t, err = d.parse("input", call.Params.String("input"), zone); err != nil {
			return nil, err
		}
	case call.Operation == "parse" || call.Operation == "convert_timezone":
		return nil, call.Missing("input")
	}
	switch call.Operation {
	case "convert_timezone":
		name, err := call.Need("target_timezone")
		if err != nil {
			return nil, err
		}
		target, err := loadZone("target_timezone", name)
		if err != nil {
			return nil, err
		}
		converted := t.In(target)
		return map[string]any{
			"original": formatTime(t, format), "converted": formatTime(converted, format), "timestamp": t.Unix(),
			"source_timezone": t.Location().String(), "target_timezone": name, "offset": converted.Format("-07:00"),
		}, nil
	case "add", "subtract":
		return shift(call, t, format)
	case "info":
		return timeInfo(t, format), nil
	}
	return map[string]any{"input": call.Params["input"], "datetime": formatTime(t, format), "parsed": timeParts(t)}, nil
}

func shift(call *tool.Call, t time.Time, format string) (map[string]any, error) {
	if !call.Params.Has("amount") {
		return nil, call.Missing("amount")
	}
	given, unit := call.Params.Float("amount"), call.Params.String("unit")
	amount := given
	if call.Operation == "subtract" {
		amount = -amount
	}
	shifted, err := shiftTime(t, amount, unit)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"original": formatTime(t, format), "datetime": formatTime(shifted, format), "timestamp": shifted.Unix(),
		"amount": given, "unit": unit,
	}, nil
}

// shiftTime adds days and longer units by the calendar, so that a day across a
// change of the clocks is still a day, and shorter ones by the clock.
func shiftTime(t time.Time, amount float64, unit string) (time.Time, error) {
	wrong := func(expected string) error {
		return &schema.FieldError{Path: "amount", Expected: expected, Value: amount}
	}
	if math.IsNaN(amount) || math.Abs(amount) > 1e13 {
		return t, wrong("a number of at most 10^13")
	}
	whole := amount == math.Trunc(amount)
	var shifted time.Time
	switch {
	case (unit == "months" || unit == "years") && !whole:
		return t, wrong("a whole number of " + unit)
	case unit == "months":
		shifted = addMonths(t, amount)
	case unit == "years":
		shifted = addMonths(t, 12*amount)
	case unit == "days" && whole && math.Abs(amount) < 1e7:
		shifted = t.AddDate(0, 0, int(amount))
	case unit == "weeks" && whole && math.Abs(amount) < 1e6:
		shifted = t.AddDate(0, 0, 7*int(amount))
	default:
		seconds := amount * map[string]float64{"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 7 * 86400}[unit]
		if math.Abs(seconds) > 1e13 {
			return t, wrong("fewer " + unit)
		}
		// In two steps: a Duration holds 292 years only.
		sec, frac := math.Modf(seconds)
		shifted = time.Unix(t.Unix()+int64(sec), int64(t.Nanosecond())+int64(math.Round(frac*1e9))).In(t.Location())
	}
	if y := shifted.Year(); y < 0 || y > 9999 {
		return t, wrong("a shift that stays between the years 0 and 9999")
	}
	return shifted, nil
}

// addMonths keeps to the end of a shorter month: January 31 and one month is
// February 29 or 28. time.AddDate would say March 2 or 3.
func addMonths(t time.Time, months float64) time.Time {
	if math.Abs(months) > 12*20_000 {
		return t.AddDate(100_000, 0, 0) // far outside; the caller refuses it
	}
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()).AddDate(0, int(months), 0)
	return first.AddDate(0, 0, min(t.Day(), daysInMonth(first))-1)
}

func daysInMonth(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (d *datetime) difference(call *tool.Call, zone *time.Location) (map[string]any, error) {
	var times [2]time.Time
	for i, name := range []string{"start", "end"} {
		text, err := call.Need(name)
		if err != nil {
			return nil, err
		}
		if times[i], err = d.parse(name, text, zone); err != nil {
			return nil, err
		}
	}
	// Not end.Sub(start): a Duration holds 292 years only.
	total := times[1].Unix() - times[0].Unix()
	nanos := times[1].Nanosecond() - times[0].Nanosecond()
	exact := float64(total) + float64(nanos)/1e9
	abs := int64(math.Abs(exact))
	days, hours, minutes, seconds := abs/86400, abs/3600%24, abs/60%60, abs%60
	human := humanDuration(days, hours, minutes, seconds)
	signed := func(n int64) int64 {
		if exact < 0 {
			return -n
		}
		return n
	}
	if exact < 0 {
		human = "-" + human
	}
	return map[string]any{
		"start": formatTime(times[0], ""), "end": formatTime(times[1], ""), "total_seconds": exact,
		"days": signed(days), "hours": signed(hours), "minutes": signed(minutes), "seconds": signed(seconds), "human_readable": human,
	}, nil
}

func humanDuration(days, hours, minutes, seconds int64) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		unit string
	}{{days, "day"}, {hours, "hour"}, {minutes, "minute"}, {seconds, "second"}} {
		if p.n > 0 {
			parts = append(parts, plural.Of(int(p.n), p.unit))
		}
	}
	if parts == nil {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}

func timeParts(t time.Time) map[string]any {
	return map[string]any{
		"utc": formatTime(t.UTC(), ""), "local": formatTime(t, ""), "timestamp": t.Unix(), "timezone": t.Location().String(),
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(), "hour": t.Hour(), "minute": t.Minute(), "second": t.Second(),
		"nanosecond": t.Nanosecond(), "weekday": t.Weekday().String(),
	}
}

func timeInfo(t time.Time, format string) map[string]any {
	out := timeParts(t)
	_, week := t.ISOWeek()
	out["datetime"] = formatTime(t, format)
	out["month_name"] = t.Month().String()
	out["day_of_year"] = t.YearDay()
	out["week_of_year"] = week
	out["quarter"] = (int(t.Month()) + 2) / 3
	out["days_in_month"] = daysInMonth(t)
	out["is_leap_year"] = daysInMonth(time.Date(t.Year(), 2, 1, 0, 0, 0, 0, time.UTC)) == 29
	out["is_weekend"] = t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	return out
}

func loadZone(field, name string) (*time.Location, error) {
	switch strings.ToLower(name) {
	case "utc", "z", "gmt", "":
		return time.UTC, nil
	case "local":
		return time.Local, nil
	}
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, name); err == nil {
			_, offset := t.Zone()
			return time.FixedZone(name, offset), nil
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &schema.FieldError{Path: field, Value: name,
			Expected: "UTC, local, a name such as Europe/Berlin, or an offset such as +02:00"}
	}
	return zone, nil
}
