package lualib

import (
	"time"

	lua "github.com/yuin/gopher-lua"
)

func osClock(L *lua.LState) int {
	L.Push(lua.LNumber(processTime().Seconds()))
	return 1
}

func osDifftime(L *lua.LState) int {
	start := castInt(optNumber(L, 2, 0))
	end := castInt(checkNumber(L, 1))
	L.Push(lua.LNumber(float64(end) - float64(start)))
	return 1
}

func osTime(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(time.Now().Unix()))
		return 1
	}
	tb := checkTable(L, 1)
	second := dateField(L, tb, "sec", 0)
	minute := dateField(L, tb, "min", 0)
	hour := dateField(L, tb, "hour", 12)
	day := dateField(L, tb, "day", -1)
	month := dateField(L, tb, "month", -1)
	year := dateField(L, tb, "year", -1)
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.Local)
	if isdst := L.GetField(tb, "isdst"); isdst != lua.LNil {
		t = asDaylightTime(t, lua.LVAsBool(isdst))
	}
	// C's mktime uses -1 for "no such time".
	if t.Unix() == -1 {
		L.Push(lua.LNil)
	} else {
		L.Push(lua.LNumber(t.Unix()))
	}
	return 1
}

// dateField is an integer field of the table given to os.time, of the width of
// C's int. A negative standard value says that the field must be there.
func dateField(L *lua.LState, tb *lua.LTable, key string, standard int) int {
	if n, ok := toNumber(L.GetField(tb, key)); ok {
		return int(int32(castInt(n)))
	}
	if standard < 0 {
		raisef(L, "field '%s' missing in date table", key)
	}
	return standard
}

// asDaylightTime reads the wall clock time of t as daylight saving time, or as
// standard time, when t is the other one: the offset is taken from the nearest
// period that has it, as mktime does. Where there is none, t stays.
func asDaylightTime(t time.Time, daylight bool) time.Time {
	if t.IsDST() == daylight {
		return t
	}
	const reach = 10 // periods: five years either way
	before, after := t, t
	for range reach {
		start, _ := before.ZoneBounds()
		_, end := after.ZoneBounds()
		if start.IsZero() && end.IsZero() {
			return t
		}
		if !start.IsZero() {
			before = start.Add(-time.Second)
			if before.IsDST() == daylight {
				return reinterpret(t, before)
			}
		}
		if !end.IsZero() {
			after = end
			if after.IsDST() == daylight {
				return reinterpret(t, after)
			}
		}
	}
	return t
}

// reinterpret reads the wall clock time of t with the offset valid at other.
func reinterpret(t, other time.Time) time.Time {
	_, have := t.Zone()
	_, want := other.Zone()
	return t.Add(time.Duration(have-want) * time.Second)
}
