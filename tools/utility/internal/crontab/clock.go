package crontab

import (
	"slices"
	"time"
)

// instants returns when a clock shows a time of a day: zero times when it skips
// it, two times when it repeats it, else the second is zero.
func instants(day time.Time, h, m, s int, zone *time.Location) (first, second time.Time) {
	wall := time.Date(day.Year(), day.Month(), day.Day(), h, m, s, 0, time.UTC)
	// No clock is changed twice within a day, nor by more than a few hours.
	for _, near := range []time.Duration{-12 * time.Hour, 12 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if t.Hour() != h || t.Minute() != m || t.Second() != s || t.Day() != day.Day() {
			continue
		}
		switch {
		case first.IsZero():
			first = t
		case t.After(first):
			second = t
		case t.Before(first):
			first, second = t, first
		}
	}
	return first, second
}

// repeats tells whether the clock is put back on a day.
func repeats(day time.Time, zone *time.Location) bool {
	start := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	_, before := start.Zone()
	_, after := start.Add(27 * time.Hour).Zone()
	return after < before
}

// withinRepeated is within for a day on which times come twice, in which the
// order of times is not that of what the clock shows. It goes by the minutes
// that pass; every hour is allowed.
func (x *Expression) withinRepeated(day, from time.Time, forward bool) (time.Time, bool) {
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, from.Location())
	step := time.Minute
	seconds := x.second.values
	if !forward {
		at, step = at.Add(27*time.Hour), -time.Minute
		seconds = slices.Clone(seconds)
		slices.Reverse(seconds)
	}
	if forward == from.After(at) {
		at = from.Add(-time.Duration(from.Second())*time.Second - time.Duration(from.Nanosecond()))
	}
	for range 28 * 60 {
		if at.Day() == day.Day() && at.Month() == day.Month() && slices.Contains(x.minute.values, at.Minute()) {
			for _, s := range seconds {
				t := at.Add(time.Duration(s) * time.Second)
				if forward && t.After(from) || !forward && t.Before(from) {
					return t, true
				}
			}
		}
		at = at.Add(step)
	}
	return time.Time{}, false
}
