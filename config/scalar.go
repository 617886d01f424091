package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scalar decodes a single value, and returns what is wrong with it.
func scalar(v reflect.Value, f *field, n *node) string {
	switch {
	case f.typ == typeDuration:
		return setDuration(v, f, n)
	case f.typ == typeSize:
		return setSize(v, f, n)
	}
	switch f.typ.Kind() {
	case reflect.Bool:
		if n.kind != kindBool {
			return "want true or false, not " + n.describe()
		}
		v.SetBool(n.boolean)
	case reflect.Int, reflect.Int64:
		i := n.integer
		if n.kind == kindFloat && n.float == math.Trunc(n.float) && math.Abs(n.float) < 1<<53 {
			i = int64(n.float)
		} else if n.kind != kindInt {
			return "want a whole number" + f.bounds() + ", not " + n.describe()
		}
		if !inRange(float64(i), f, parseNumber) {
			return fmt.Sprintf("%d is out of range: want a whole number%s", i, f.bounds())
		}
		v.SetInt(i)
	case reflect.Float64:
		x := n.float
		if n.kind == kindInt {
			x = float64(n.integer)
		} else if n.kind != kindFloat {
			return "want a number" + f.bounds() + ", not " + n.describe()
		}
		if math.IsNaN(x) || math.IsInf(x, 0) || !inRange(x, f, parseNumber) {
			return fmt.Sprintf("%v is out of range: want a number%s", x, f.bounds())
		}
		v.SetFloat(x)
	default:
		return setText(v, f, n)
	}
	return ""
}

func setText(v reflect.Value, f *field, n *node) string {
	text := n.text
	switch {
	case n.kind != kindString && f.tag.secret == "maybe" && (n.kind == kindInt || n.kind == kindFloat || n.kind == kindBool):
		text = fmt.Sprint(n.plain()) // settings of tools are texts for whoever reads them
	case n.kind != kindString && len(f.tag.enum) > 0:
		return "want " + words(f.tag.enum) + ", not " + n.describe()
	case n.kind != kindString:
		return "want a text, not " + n.describe()
	case len(f.tag.enum) > 0 && !slices.Contains(f.tag.enum, text):
		if near := nearest(text, f.tag.enum); near != "" {
			return fmt.Sprintf("%q is unknown; did you mean %q? Want %s", clip(text), near, words(f.tag.enum))
		}
		return fmt.Sprintf("%q is unknown: want %s", clip(text), words(f.tag.enum))
	}
	v.SetString(text)
	return ""
}

// setDuration reads "1h30m", or a number of seconds.
func setDuration(v reflect.Value, f *field, n *node) string {
	var d time.Duration
	var err error
	switch n.kind {
	case kindString:
		d, err = ParseDuration(n.text)
	case kindInt:
		d, err = ParseDuration(strconv.FormatInt(n.integer, 10))
	case kindFloat:
		d, err = ParseDuration(strconv.FormatFloat(n.float, 'f', -1, 64))
	default:
		return "want a duration such as \"30s\", or a number of seconds, not " + n.describe()
	}
	if err != nil {
		return err.Error()
	}
	if !inRange(float64(d), f, parseDurationBound) {
		return fmt.Sprintf("%v is out of range: want a duration%s", d, f.bounds())
	}
	v.SetInt(int64(d))
	return ""
}

// ParseDuration reads a duration such as "1h30m", or a number of seconds.
func ParseDuration(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	d, err := time.ParseDuration(text)
	if err == nil {
		return d, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > float64(math.MaxInt64)/1e9 {
		return 0, fmt.Errorf("%q is no duration such as 30s or 1h30m, and no number of seconds", clip(text))
	}
	return time.Duration(seconds * 1e9), nil
}

// setSize reads "256MiB", or a number of bytes.
func setSize(v reflect.Value, f *field, n *node) string {
	var size int64
	switch n.kind {
	case kindString:
		var err error
		if size, err = ParseSize(n.text); err != nil {
			return err.Error()
		}
	case kindInt:
		size = n.integer
	default:
		return "want a size such as \"256MiB\", or a number of bytes, not " + n.describe()
	}
	if size < 0 || !inRange(float64(size), f, parseSizeBound) {
		return fmt.Sprintf("%d is out of range: want a size%s", size, f.bounds())
	}
	v.SetInt(size)
	return ""
}

// ParseSize reads a number of bytes: "1048576", "64KiB", "256MB", "1G". Letters
// without "iB" or "B" count by 1024.
func ParseSize(text string) (int64, error) {
	s := strings.TrimSpace(text)
	digits := strings.TrimRight(s, "KMGTiBkmgtb ")
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(x >= 0) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%q is not a size such as 256MiB", clip(text))
	}
	scale, ok := map[string]float64{
		"": 1, "B": 1, "K": 1 << 10, "KB": 1e3, "KIB": 1 << 10, "M": 1 << 20, "MB": 1e6, "MIB": 1 << 20,
		"G": 1 << 30, "GB": 1e9, "GIB": 1 << 30, "T": 1 << 40, "TB": 1e12, "TIB": 1 << 40,
	}[strings.ToUpper(strings.TrimSpace(s[len(digits):]))]
	switch {
	case !ok:
		return 0, fmt.Errorf("%q has an unknown unit (use B, KiB, MiB, GiB or TiB)", clip(text))
	case x*scale >= math.MaxInt64:
		return 0, fmt.Errorf("%q is more than there can be", clip(text))
	}
	return int64(x * scale), nil
}

// String is the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range []struct {
		name string
		size Size
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if s != 0 && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

func parseNumber(s string) float64 {
	x, _ := strconv.ParseFloat(s, 64) // bounds are ours; a test reads them all
	return x
}

func parseDurationBound(s string) float64 {
	d, _ := ParseDuration(s)
	return float64(d)
}

func parseSizeBound(s string) float64 {
	n, _ := ParseSize(s)
	return float64(n)
}

func inRange(x float64, f *field, parse func(string) float64) bool {
	return (f.tag.min == "" || x >= parse(f.tag.min)) && (f.tag.max == "" || x <= parse(f.tag.max))
}

// bounds says the range: " from 1 to 100".
func (f *field) bounds() string {
	switch {
	case f.tag.min != "" && f.tag.max != "":
		return fmt.Sprintf(" from %s to %s", f.tag.min, f.tag.max)
	case f.tag.min != "":
		return fmt.Sprintf(" of at least %s", f.tag.min)
	case f.tag.max != "":
		return fmt.Sprintf(" up to %s", f.tag.max)
	}
	return ""
}
