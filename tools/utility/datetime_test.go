package utility

import (
	"context"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// stopped returns the package's definitions with the clock stopped.
func stopped() []tool.Definition {
	defs := Definitions()
	for i := range defs {
		if defs[i].Descriptor.Name == "datetime-handler" {
			now := time.Date(2024, 2, 29, 13, 45, 6, 0, time.UTC)
			defs[i].New = func() (tool.Tool, error) { return &datetime{now: func() time.Time { return now }}, nil }
		}
	}
	return defs
}

func TestDatetime(t *testing.T) {
	tooltest.New(t, stopped()).Table(t, "datetime-handler", []tooltest.Want{
		{Params: `{"operation":"now"}`, Field: "datetime", Value: `"2024-02-29T13:45:06Z"`},
		{Params: `{"operation":"now"}`, Field: "timestamp", Value: `1709214306`},
		{Params: `{"operation":"now","timezone":"Europe/Berlin","format":"%d.%m.%Y %H:%M %Z"}`, Field: "datetime", Value: `"29.02.2024 14:45 CET"`},
		{Params: `{"operation":"now","timezone":"+05:30"}`, Field: "datetime", Value: `"2024-02-29T19:15:06+05:30"`},
		{Params: `{"operation":"convert_timezone","input":"2024-07-01 12:00","timezone":"America/New_York","target_timezone":"Asia/Tokyo"}`, Field: "converted", Value: `"2024-07-02T01:00:00+09:00"`},
		{Params: `{"operation":"convert_timezone","input":"2024-07-01T12:00:00Z","target_timezone":"-0300"}`, Field: "offset", Value: `"-03:00"`},
		{Params: `{"operation":"add","input":"2024-01-31","amount":1,"unit":"months"}`, Field: "datetime", Value: `"2024-02-29T00:00:00Z"`},
		{Params: `{"operation":"subtract","input":"2024-02-29","amount":1,"unit":"years"}`, Field: "datetime", Value: `"2023-02-28T00:00:00Z"`},
		{Params: `{"operation":"add","input":"2024-03-30 12:00","timezone":"Europe/Berlin","amount":1,"unit":"day"}`, Field: "datetime", Value: `"2024-03-31T12:00:00+02:00"`},
		{Params: `{"operation":"add","input":"2024-03-30 12:00","timezone":"Europe/Berlin","amount":24,"unit":"hours"}`, Field: "datetime", Value: `"2024-03-31T13:00:00+02:00"`},
		{Params: `{"operation":"add","amount":90,"unit":"seconds"}`, Field: "datetime", Value: `"2024-02-29T13:46:36Z"`},
		{Params: `{"operation":"add","amount":1.5,"unit":"minutes"}`, Field: "datetime", Value: `"2024-02-29T13:46:36Z"`},
		{Params: `{"operation":"add","amount":0.5,"unit":"days"}`, Field: "datetime", Value: `"2024-03-01T01:45:06Z"`},
		{Params: `{"operation":"subtract","amount":2,"unit":"weeks"}`, Field: "datetime", Value: `"2024-02-15T13:45:06Z"`},
		{Params: `{"operation":"add","input":"1000-01-01","amount":500000,"unit":"days"}`, Field: "datetime", Value: `"2368-12-15T00:00:00Z"`},
		{Params: `{"operation":"difference","start":"2024-01-01","end":"2024-03-01T12:00:01Z"}`, Field: "human_readable", Value: `"60 days 12 hours 1 second"`},
		{Params: `{"operation":"difference","start":"2024-01-01","end":"2024-03-01T12:00:01Z"}`, Field: "total_seconds", Value: `5227201`},
		{Params: `{"operation":"difference","start":"2024-01-02","end":"2024-01-01"}`, Field: "days", Value: `-1`},
		{Params: `{"operation":"difference","start":"2024-01-02","end":"2024-01-01"}`, Field: "human_readable", Value: `"-1 day"`},
		{Params: `{"operation":"difference","start":"now","end":"now"}`, Field: "human_readable", Value: `"0 seconds"`},
		{Params: `{"operation":"difference","start":"0001-01-01","end":"9999-12-31"}`, Field: "days", Value: `3652058`},
		{Params: `{"operation":"info","input":"2024-12-30"}`, Field: "week_of_year", Value: `1`},
		{Params: `{"operation":"info"}`, Field: "day_of_year", Value: `60`},
		{Params: `{"operation":"info"}`, Field: "is_leap_year", Value: `true`},
		{Params: `{"operation":"info","input":"2023-11-05"}`, Field: "days_in_month", Value: `30`},
		{Params: `{"operation":"info","input":"2023-11-05"}`, Field: "is_weekend", Value: `true`},
		{Params: `{"operation":"info","input":"2023-11-05"}`, Field: "quarter", Value: `4`},

		{Params: `{"operation":"noon"}`, Err: `"operation" is wrong`},
		{Params: `{}`, Err: `"input" is missing`},
		{Params: `{"input":"someday"}`, Err: `expected a date and time such as 2024-02-29`, Code: tool.InvalidParameters},
		{Params: `{"input":"2024-02-30"}`, Err: `got the string "2024-02-30"`},
		{Params: `{"input":"2024-02-29 10:00:00 XYZ"}`, Err: `"input" is wrong`}, // a zone that nobody knows is no UTC
		{Params: `{"input":5}`, Err: `"input" is wrong`},
		{Params: `{"operation":"now","timezone":"Mars/Base"}`, Err: `expected UTC, local, a name such as Europe/Berlin`},
		{Params: `{"operation":"now","timezone":"../../etc/passwd"}`, Err: `"timezone" is wrong`},
		{Params: `{"operation":"now","format":"%Q"}`, Err: "the directive at position 2 is not known"},
		{Params: `{"operation":"now","format":"%99999999d"}`, Err: "is not known"},
		{Params: `{"operation":"now","format":"100%"}`, Err: `"format" is wrong`},
		{Params: `{"operation":"convert_timezone","input":"now"}`, Err: `"target_timezone" is missing`},
		{Params: `{"operation":"convert_timezone","input":"now","target_timezone":"x"}`, Err: `"target_timezone" is wrong`},
		{Params: `{"operation":"add"}`, Err: `"amount" is missing`},
		{Params: `{"operation":"add","amount":"1"}`, Err: `"amount" is wrong`},
		{Params: `{"operation":"add","amount":1.5,"unit":"months"}`, Err: "expected a whole number of months"},
		{Params: `{"operation":"add","amount":1e12,"unit":"years"}`, Err: "between the years 0 and 9999"},
		{Params: `{"operation":"add","amount":9e12,"unit":"weeks"}`, Err: "expected fewer weeks"},
		{Params: `{"operation":"add","amount":1e300}`, Err: `"amount" is wrong`},
		{Params: `{"operation":"add","amount":1,"unit":"moons"}`, Err: `"unit" is wrong`},
		{Params: `{"operation":"difference","end":"now"}`, Err: `"start" is missing`},
		{Params: `{"operation":"difference","start":"now","end":"x"}`, Err: `"end" is wrong`},
	})
}

// Each format that the tool lists is read, as the moment that it shows.
func TestDatetimeReadsWhatItLists(t *testing.T) {
	d := &datetime{now: time.Now}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layouts() {
		for _, when := range []time.Time{time.Date(2024, 2, 29, 13, 45, 0, 0, time.UTC), time.Date(2023, 12, 1, 1, 2, 0, 0, berlin)} {
			text := when.Format(l.layout)
			want, err := time.ParseInLocation(l.layout, text, when.Location())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := d.parse("input", text, when.Location()); err != nil || !got.Equal(want) {
				t.Errorf("%q (layout %q) = %v, %v; want %v", text, l.layout, got, err, want)
			}
		}
	}
}

func TestDatetimeParse(t *testing.T) {
	r := tooltest.New(t, stopped())
	for in, want := range map[string]string{
		"2024-02-29T13:45:06.25+02:00": "2024-02-29T11:45:06.25Z", "03/04/2024": "2024-03-04T00:00:00Z", "3.4.2024": "2024-04-03T00:00:00Z",
		"@0": "1970-01-01T00:00:00Z", "1709214306": "2024-02-29T13:45:06Z", "1709214306250": "2024-02-29T13:45:06.25Z", "20240229": "2024-02-29T00:00:00Z",
		"now": "2024-02-29T13:45:06Z", "Today": "2024-02-29T00:00:00Z", "yesterday": "2024-02-28T00:00:00Z", "tomorrow": "2024-03-01T00:00:00Z",
		" 2024-02-29 ": "2024-02-29T00:00:00Z", "@-1": "1969-12-31T23:59:59Z",
	} {
		res, err := r.Call(t, context.Background(), "datetime-handler", `{"input":"`+in+`"}`)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		parsed := res.Value.(map[string]any)["parsed"].(map[string]any)
		if parsed["utc"] != want {
			t.Errorf("%q is %v; want %s", in, parsed["utc"], want)
		}
	}
	res, err := r.Call(t, context.Background(), "datetime-handler", `{"operation":"formats"}`)
	if err != nil || len(res.Value.(map[string]any)["input"].([]any)) < 40 {
		t.Errorf("formats = %v, %v", res, err)
	}
}

func FuzzDatetime(f *testing.F) {
	f.Add("2024-02-29T13:45:06.25+02:00", "%Y-%m-%d %:z")
	f.Add("@99999999999999999999", "%-d%_H%^a")
	f.Fuzz(func(t *testing.T, text, format string) {
		d := &datetime{now: time.Now}
		when, err := d.parse("input", text, time.UTC)
		if err != nil {
			when = time.Unix(0, 0)
		}
		if checkFormat(format) == nil && len(formatTime(when, format)) > 64*len(format)+64 {
			t.Errorf("the format %q makes %d bytes", format, len(formatTime(when, format)))
		}
	})
}
