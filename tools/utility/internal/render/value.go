package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Safe is a text that needs no escaping.
type Safe string

// Normal returns a value with numbers as int64, when they are whole and exact,
// or float64.
func Normal(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		if f, err := v.Float64(); err == nil {
			return Normal(f)
		}
		return v.String()
	}
	return v
}

// Text writes a value as a template shows it: nothing for null, JSON for
// arrays and objects.
func (m *Meter) Text(v any) string {
	switch v := Normal(v).(type) {
	case nil:
		return ""
	case string:
		return v
	case Safe:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return FloatText(v)
	case []any, map[string]any:
		return m.JSON(v, "")
	default:
		return fmt.Sprint(v)
	}
}

// FloatText writes a float as people do.
func FloatText(f float64) string {
	if a := math.Abs(f); a != 0 && (a >= 1e21 || a < 1e-6) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// JSON writes a value as JSON.
func (m *Meter) JSON(v any, indent string) string {
	m.measure(v, 0)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		Stopf("a value cannot be written as JSON: %w", err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	m.Alloc(len(text))
	return text
}

// measure charges for a value before it is written out: one object can hold
// the same large part many times.
func (m *Meter) measure(v any, depth int) {
	if depth > 500 {
		limit("a value is nested more than 500 deep")
	}
	switch v := v.(type) {
	case string:
		m.Alloc(len(v))
	case []any:
		m.Step()
		for _, e := range v {
			m.measure(e, depth+1)
		}
	case map[string]any:
		m.Step()
		for k, e := range v {
			m.Alloc(len(k))
			m.measure(e, depth+1)
		}
	default:
		m.Alloc(8)
	}
}

// Escape makes a text safe within HTML and its attributes.
func (m *Meter) Escape(s string) string {
	n := 0
	for i := range len(s) {
		switch s[i] {
		case '&', '<', '>', '"', '\'':
			n++
		}
	}
	if n == 0 {
		return s
	}
	m.Alloc(len(s) + 5*n)
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
}
