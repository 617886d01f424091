package crontab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Describe says what the expression means.
func (x *Expression) Describe() string {
	var parts []string
	single := func(f field) bool { return len(f.values) == 1 && !f.any }
	switch {
	case single(x.hour) && single(x.minute) && single(x.second):
		at := fmt.Sprintf("at %02d:%02d", x.hour.values[0], x.minute.values[0])
		if x.second.values[0] != 0 {
			at += fmt.Sprintf(":%02d", x.second.values[0])
		}
		parts = append(parts, at)
	default:
		if !single(x.second) || x.second.values[0] != 0 {
			parts = append(parts, x.second.words("second", nil))
		}
		if !x.minute.any || len(parts) == 0 {
			parts = append(parts, x.minute.words("minute", nil))
		}
		if !x.hour.any {
			parts = append(parts, strings.Replace(x.hour.words("hour", nil), "at ", "during ", 1))
		}
	}
	var days []string
	if !x.day.any {
		if len(x.day.values) > 0 {
			days = append(days, "on "+strings.TrimPrefix(x.day.words("day", nil), "at ")+" of the month")
		}
		if x.day.last {
			days = append(days, "on the last day of the month")
		}
	}
	if !x.weekday.any {
		name := func(d int) string { return time.Weekday(d % 7).String() }
		if len(x.weekday.values) > 0 {
			days = append(days, "on "+x.weekday.words("", name))
		}
		for _, d := range x.weekday.lastOf {
			days = append(days, "on the last "+name(d)+" of the month")
		}
		for _, n := range x.weekday.nth {
			days = append(days, "on the "+[]string{"first", "second", "third", "fourth", "fifth"}[n[1]-1]+" "+name(n[0])+" of the month")
		}
	}
	if len(days) > 0 {
		parts = append(parts, strings.Join(days, " or "))
	}
	if !x.month.any {
		parts = append(parts, "in "+x.month.words("", func(m int) string { return time.Month(m).String() }))
	}
	return strings.Join(parts, ", ")
}

// words says what a field allows; name turns a value into a word.
func (f field) words(unit string, name func(int) string) string {
	if f.any {
		return "every " + unit
	}
	if f.step > 0 && !f.hasList && unit != "" {
		return fmt.Sprintf("every %d %ss", f.step, unit)
	}
	if name == nil {
		name = strconv.Itoa
	}
	prefix := ""
	if unit != "" {
		prefix = "at " + unit + " "
		if len(f.values) > 1 {
			prefix = "at " + unit + "s "
		}
	}
	n := len(f.values)
	if n > 2 && f.values[n-1]-f.values[0] == n-1 {
		return prefix + name(f.values[0]) + " through " + name(f.values[n-1])
	}
	words := make([]string, n)
	for i, v := range f.values {
		words[i] = name(v)
	}
	if slices.Contains([]int{0, 1}, n) {
		return prefix + strings.Join(words, "")
	}
	return prefix + strings.Join(words[:n-1], ", ") + " and " + words[n-1]
}
