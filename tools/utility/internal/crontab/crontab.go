// Package crontab reads cron expressions, finds the times at which they are due,
// and puts them into words.
//
// As in Vixie's cron, an expression that restricts both the day of the month
// and the day of the week is due on days that fit either. A time that a clock
// skips in spring is not due. One that it repeats in autumn is due once, the
// first time, unless the hour is *, when it is due both times: a job that runs
// every quarter of an hour runs in the repeated hour too.
package crontab

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Expression is a parsed cron expression.
type Expression struct {
	second, minute, hour, day, month, weekday field
}

// field is what one field allows.
type field struct {
	values  []int // sorted
	any     bool  // * or ?
	step    int   // of */step, else 0
	last    bool  // L in the day of the month
	lastOf  []int // weekdays whose last one in the month counts
	nth     [][2]int
	text    string
	hasList bool
}

type spec struct {
	name      string
	low, high int
	names     []string
}

func specs() []spec {
	return []spec{{"second", 0, 59, nil}, {"minute", 0, 59, nil}, {"hour", 0, 23, nil}, {"day of the month", 1, 31, nil},
		{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}}
}

// Parse reads an expression of five or six fields, or @daily and the like.
func Parse(text string) (*Expression, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "@yearly", "@annually":
		text = "0 0 1 1 *"
	case "@monthly":
		text = "0 0 1 * *"
	case "@weekly":
		text = "0 0 * * 0"
	case "@daily", "@midnight":
		text = "0 0 * * *"
	case "@hourly":
		text = "0 * * * *"
	}
	if strings.HasPrefix(text, "@") {
		return nil, fmt.Errorf("%s is not known; known are @yearly, @monthly, @weekly, @daily and @hourly", text)
	}
	parts := strings.Fields(text)
	if len(parts) == 5 {
		parts = append([]string{"0"}, parts...)
	}
	if len(parts) != 6 {
		return nil, fmt.Errorf("it has %d fields, not 5 or 6", len(parts))
	}
	x := &Expression{}
	for i, f := range []*field{&x.second, &x.minute, &x.hour, &x.day, &x.month, &x.weekday} {
		if err := f.parse(parts[i], specs()[i], i); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (f *field) parse(text string, s spec, index int) error {
	f.text = text
	f.hasList = strings.Contains(text, ",")
	for part := range strings.SplitSeq(text, ",") {
		if err := f.part(part, s, index); err != nil {
			return err
		}
	}
	slices.Sort(f.values)
	f.values = slices.Compact(f.values)
	return nil
}

func (f *field) part(part string, s spec, index int) error {
	wrong := func() error {
		return fmt.Errorf("%q is no %s; values are %d to %d", part, s.name, s.low, s.high)
	}
	upper := strings.ToUpper(part)
	switch {
	case index == 3 && upper == "L":
		f.last = true
		return nil
	case index == 5 && len(upper) > 1 && strings.HasSuffix(upper, "L"):
		d, ok := s.value(part[:len(part)-1])
		if !ok {
			return wrong()
		}
		f.lastOf = append(f.lastOf, d%7)
		return nil
	case index == 5 && strings.Contains(part, "#"):
		day, nth, _ := strings.Cut(part, "#")
		d, ok := s.value(day)
		n, err := strconv.Atoi(nth)
		if !ok || err != nil || n < 1 || n > 5 {
			return wrong()
		}
		f.nth = append(f.nth, [2]int{d % 7, n})
		return nil
	}
	body, stepText, hasStep := strings.Cut(part, "/")
	step := 1
	if hasStep {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > s.high {
			return fmt.Errorf("%q has a step that is not between 1 and %d", part, s.high)
		}
	}
	low, high := s.low, s.high
	if index == 5 {
		high = 6
	}
	switch {
	case body == "*" || body == "?" && (index == 3 || index == 5):
		f.any = f.any || !hasStep
		if hasStep {
			f.step = step
		}
	case strings.Contains(body, "-"):
		a, b, _ := strings.Cut(body, "-")
		var okA, okB bool
		low, okA = s.value(a)
		high, okB = s.value(b)
		if !okA || !okB {
			return wrong()
		}
		if index == 5 && high == 0 {
			high = 7 // FRI-SUN
		}
		if low > high {
			return fmt.Errorf("%q runs backwards; write %s-%d,%d-%s", part, a, s.high, s.low, b)
		}
	default:
		var ok bool
		if low, ok = s.value(body); !ok {
			return wrong()
		}
		if !hasStep {
			high = low
		}
	}
	for v := low; v <= high; v += step {
		if index == 5 {
			f.values = append(f.values, v%7)
		} else {
			f.values = append(f.values, v)
		}
	}
	return nil
}

func (s spec) value(text string) (int, bool) {
	if i := slices.Index(s.names, strings.ToLower(text)); i >= 0 {
		return i + s.low, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= s.low && n <= s.high && !strings.HasPrefix(text, "+")
}

// years is how far Find looks: further than from one February 29 that is a
// given weekday to the next.
const years = 40

// Find returns the first time after (or, backwards, the last before) a time at
// which the expression is due, in that time's zone; the zero time for none
// within forty years.
func (x *Expression) Find(ctx context.Context, from time.Time, forward bool) (time.Time, error) {
	day := time.Date(from.Year(), from.Month(), from.Day(), 12, 0, 0, 0, time.UTC)
	step := 1
	if !forward {
		step = -1
	}
	for n := range years * 366 {
		if n%512 == 0 && ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
		if slices.Contains(x.month.values, int(day.Month())) && x.fitsDay(day) {
			if t, ok := x.within(day, from, forward); ok {
				return t, nil
			}
		}
		if day = day.AddDate(0, 0, step); day.Year() > 9999 || day.Year() < 1 {
			break
		}
	}
	return time.Time{}, nil
}

func (x *Expression) fitsDay(t time.Time) bool {
	lastDay := time.Date(t.Year(), t.Month()+1, 0, 12, 0, 0, 0, time.UTC).Day()
	w := int(t.Weekday())
	inMonth := slices.Contains(x.day.values, t.Day()) || x.day.last && t.Day() == lastDay
	inWeek := slices.Contains(x.weekday.values, w) || slices.Contains(x.weekday.lastOf, w) && t.Day() > lastDay-7 ||
		slices.Contains(x.weekday.nth, [2]int{w, (t.Day()-1)/7 + 1})
	if x.day.any || x.weekday.any {
		return (inMonth || x.day.any) && (inWeek || x.weekday.any)
	}
	return inMonth || inWeek
}

// within finds the first or last time of a day behind or before from.
func (x *Expression) within(day, from time.Time, forward bool) (time.Time, bool) {
	order := func(v []int) []int {
		if forward {
			return v
		}
		v = slices.Clone(v)
		slices.Reverse(v)
		return v
	}
	if x.hour.any && repeats(day, from.Location()) {
		return x.withinRepeated(day, from, forward)
	}
	sameDay := day.Year() == from.Year() && day.YearDay() == from.YearDay()
	for _, h := range order(x.hour.values) {
		// Hours that are over need no look; two more, for clocks that are put back.
		if sameDay && (forward && h < from.Hour()-2 || !forward && h > from.Hour()+2) {
			continue
		}
		for _, m := range order(x.minute.values) {
			for _, s := range order(x.second.values) {
				t, _ := instants(day, h, m, s, from.Location())
				if t.IsZero() {
					continue // the clock skips it
				}
				if forward && t.After(from) || !forward && t.Before(from) {
					return t, true
				}
			}
		}
	}
	return time.Time{}, false
}
