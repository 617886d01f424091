package lualib

import (
	"fmt"
	"math"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func osDate(L *lua.LState) int {
	format := optString(L, 1, "%c")
	now := time.Now().Unix()
	if L.Get(2) != lua.LNil {
		f := checkNumber(L, 2)
		// Years must fit C's int; beyond, its localtime fails.
		if limit := float64(math.MaxInt32) * 31556952; math.IsNaN(f) || math.Abs(f) > limit {
			L.Push(lua.LNil)
			return 1
		}
		now = int64(f)
	}
	t := time.Unix(now, 0)
	if rest, ok := strings.CutPrefix(format, "!"); ok {
		format, t = rest, t.UTC()
	}
	if format == "*t" {
		L.Push(dateTable(L, t))
		return 1
	}
	L.Push(lua.LString(strftime(format, t)))
	return 1
}

func dateTable(L *lua.LState, t time.Time) *lua.LTable {
	tb := L.CreateTable(0, 9)
	for _, field := range []struct {
		name  string
		value int
	}{
		{"sec", t.Second()},
		{"min", t.Minute()},
		{"hour", t.Hour()},
		{"day", t.Day()},
		{"month", int(t.Month())},
		{"year", t.Year()},
		{"wday", int(t.Weekday()) + 1},
		{"yday", t.YearDay()},
	} {
		tb.RawSetString(field.name, lua.LNumber(field.value))
	}
	tb.RawSetString("isdst", lua.LBool(t.IsDST()))
	return tb
}

// strftime formats t as C's strftime does in the C locale, one conversion of two
// characters at a time as PUC Lua calls it: flags and widths are not conversions.
func strftime(format string, t time.Time) string {
	buf := make([]byte, 0, 2*len(format))
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			buf = append(buf, format[i])
			continue
		}
		i++
		buf = appendDate(buf, format[i], t)
	}
	return string(buf)
}

// appendDate appends what the conversion %c stands for. An unknown one stands
// for itself.
func appendDate(buf []byte, conversion byte, t time.Time) []byte {
	hour12 := (t.Hour()+11)%12 + 1
	isoYear, isoWeek := t.ISOWeek()
	switch conversion {
	case 'a':
		return t.AppendFormat(buf, "Mon")
	case 'A':
		return t.AppendFormat(buf, "Monday")
	case 'b', 'h':
		return t.AppendFormat(buf, "Jan")
	case 'B':
		return t.AppendFormat(buf, "January")
	case 'c':
		return append(buf, strftime("%a %b %e %H:%M:%S %Y", t)...)
	case 'C':
		return fmt.Appendf(buf, "%02d", floorDiv(t.Year(), 100))
	case 'd':
		return fmt.Appendf(buf, "%02d", t.Day())
	case 'D', 'x':
		return append(buf, strftime("%m/%d/%y", t)...)
	case 'e':
		return fmt.Appendf(buf, "%2d", t.Day())
	case 'F':
		return append(buf, strftime("%Y-%m-%d", t)...)
	case 'g':
		return fmt.Appendf(buf, "%02d", isoYear-100*floorDiv(isoYear, 100))
	case 'G':
		return fmt.Appendf(buf, "%d", isoYear)
	case 'H':
		return fmt.Appendf(buf, "%02d", t.Hour())
	case 'I':
		return fmt.Appendf(buf, "%02d", hour12)
	case 'j':
		return fmt.Appendf(buf, "%03d", t.YearDay())
	case 'k':
		return fmt.Appendf(buf, "%2d", t.Hour())
	case 'l':
		return fmt.Appendf(buf, "%2d", hour12)
	case 'm':
		return fmt.Appendf(buf, "%02d", int(t.Month()))
	case 'M':
		return fmt.Appendf(buf, "%02d", t.Minute())
	case 'n':
		return append(buf, '\n')
	case 'p':
		return t.AppendFormat(buf, "PM")
	case 'P':
		return t.AppendFormat(buf, "pm")
	case 'r':
		return append(buf, strftime("%I:%M:%S %p", t)...)
	case 'R':
		return append(buf, strftime("%H:%M", t)...)
	case 's':
		return fmt.Appendf(buf, "%d", t.Unix())
	case 'S':
		return fmt.Appendf(buf, "%02d", t.Second())
	case 't':
		return append(buf, '\t')
	case 'T', 'X':
		return append(buf, strftime("%H:%M:%S", t)...)
	case 'u':
		return fmt.Appendf(buf, "%d", (int(t.Weekday())+6)%7+1)
	case 'U':
		return fmt.Appendf(buf, "%02d", (t.YearDay()+6-int(t.Weekday()))/7)
	case 'V':
		return fmt.Appendf(buf, "%02d", isoWeek)
	case 'w':
		return fmt.Appendf(buf, "%d", int(t.Weekday()))
	case 'W':
		return fmt.Appendf(buf, "%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7)
	case 'y':
		return fmt.Appendf(buf, "%02d", t.Year()-100*floorDiv(t.Year(), 100))
	case 'Y':
		return fmt.Appendf(buf, "%d", t.Year())
	case 'z':
		return t.AppendFormat(buf, "-0700")
	case 'Z':
		return append(buf, zoneName(t)...)
	case '%':
		return append(buf, '%')
	}
	return append(buf, '%', conversion)
}

// zoneName is the zone's abbreviation; C calls the time of gmtime GMT.
func zoneName(t time.Time) string {
	if t.Location() == time.UTC {
		return "GMT"
	}
	name, _ := t.Zone()
	return name
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
