package replay

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Cron is a time table of five fields: minute, hour, day of the month, month and
// day of the week. A field is *, a number, a range a-b, a list of these, each
// with an optional /step. Months and days of the week may be named by three
// letters; Sunday is 0 or 7. As in cron, when both days are restricted one of
// them is enough. @hourly, @daily, @weekly, @monthly and @yearly stand for the
// usual tables.
type Cron struct {
	text                           string
	minute, hour, day, month, week uint64 // a bit for each value
	anyDay, anyWeek                bool
}

// cronField describes one of the five.
type cronField struct {
	name     string
	min, max int
	names    []string // of the values from min on
}

func cronFields() [5]cronField {
	return [5]cronField{
		{"minute", 0, 59, nil},
		{"hour", 0, 23, nil},
		{"day of the month", 1, 31, nil},
		{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
	}
}

// maxCron is the longest table that is read, in bytes.
const maxCron = 256

// ParseCron reads a time table.
func ParseCron(text string) (*Cron, error) {
	if len(text) > maxCron {
		return nil, fmt.Errorf("a time table of %d bytes is too long; %d at most", len(text), maxCron)
	}
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 1 {
		if table, ok := map[string]string{
			"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
			"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
		}[words[0]]; ok {
			words = strings.Fields(table)
		}
	}
	if len(words) != 5 {
		return nil, fmt.Errorf("%q has %d fields; want five: minute, hour, day of the month, month, day of the week, such as \"30 9 * * mon-fri\"", text, len(words))
	}
	c := &Cron{text: strings.Join(strings.Fields(text), " ")}
	for i, f := range cronFields() {
		set, err := f.parse(words[i])
		if err != nil {
			return nil, fmt.Errorf("the %s of %q: %w", f.name, text, err)
		}
		*[]*uint64{&c.minute, &c.hour, &c.day, &c.month, &c.week}[i] = set
	}
	if c.week&(1<<7) != 0 {
		c.week |= 1
	}
	c.anyDay, c.anyWeek = strings.HasPrefix(words[2], "*"), strings.HasPrefix(words[4], "*")
	if _, ok := c.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return nil, fmt.Errorf("%q never comes: no month that it names has such a day", text)
	}
	return c, nil
}

func (f cronField) parse(text string) (set uint64, err error) {
	for _, part := range strings.Split(text, ",") {
		span, every, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			if step, err = strconv.Atoi(every); err != nil || step < 1 || step > f.max {
				return 0, fmt.Errorf("%q is not a step between 1 and %d", every, f.max)
			}
		}
		from, to := f.min, f.max
		if span != "*" {
			first, last, ranged := strings.Cut(span, "-")
			if from, err = f.value(first); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = f.value(last); err != nil {
					return 0, err
				}
			case !stepped:
				to = from
			}
			if from > to {
				return 0, fmt.Errorf("%q ends before it begins", span)
			}
		}
		for v := from; v <= to; v += step {
			set |= 1 << v
		}
	}
	return set, nil
}

func (f cronField) value(text string) (int, error) {
	for i, name := range f.names {
		if text == name {
			return f.min + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%q is not between %d and %d", text, f.min, f.max)
	}
	return n, nil
}

// String returns the table as it was written.
func (c *Cron) String() string { return c.text }

// cronYears is how far Next looks: 29 February is at most eight years away.
const cronYears = 9

// Next returns the first minute after t that the table names, in t's place on
// earth; ok is false when there is none within nine years. An hour that the
// clocks leave out is passed over; in one that they repeat, the table's times come
// twice.
func (c *Cron) Next(t time.Time) (next time.Time, ok bool) {
	end := t.Year() + cronYears
	t = t.Truncate(time.Minute).Add(time.Minute)
	for t.Year() <= end {
		switch {
		case c.month&(1<<int(t.Month())) == 0:
			t = later(t, time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location()))
		case !c.onDay(t):
			t = later(t, time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location()))
		case c.hour&(1<<t.Hour()) == 0:
			t = t.Add(time.Duration(60-t.Minute()) * time.Minute)
		default:
			ahead := c.minute >> t.Minute()
			if ahead == 0 {
				t = t.Add(time.Duration(60-t.Minute()) * time.Minute)
				continue
			}
			skip := bits.TrailingZeros64(ahead)
			if skip == 0 {
				return t, true
			}
			t = t.Add(time.Duration(skip) * time.Minute)
		}
	}
	return time.Time{}, false
}

// later keeps Next going where a change of the clocks makes midnight come before
// where it starts.
func later(t, midnight time.Time) time.Time {
	if midnight.After(t) {
		return midnight
	}
	return t.Add(time.Hour)
}

func (c *Cron) onDay(t time.Time) bool {
	day, week := c.day&(1<<t.Day()) != 0, c.week&(1<<int(t.Weekday())) != 0
	switch {
	case c.anyDay:
		return week && day
	case c.anyWeek:
		return day && week
	}
	return day || week
}
