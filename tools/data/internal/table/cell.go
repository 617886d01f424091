package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a value or of a column.
type Kind int

// The kinds. A column is Empty when it has no values.
const (
	Empty Kind = iota
	Boolean
	Integer
	Number
	Date     // a day: 2024-05-01
	DateTime // a day and a time
	Text
	Nested // a JSON object or array
	kinds  = iota
)

func (k Kind) String() string {
	return [kinds]string{"empty", "boolean", "integer", "number", "date", "datetime", "string", "object"}[k]
}

// Cell is one value. Value is nil, bool, int64, float64, string, []any or
// map[string]any; dates are strings as they were written. Text is how the
// source wrote it, when the source is text, so that 1.50 stays 1.50.
type Cell struct {
	Value any
	Kind  Kind
	Text  string
}

// String gives the cell as text; nothing for null.
func (c Cell) String() string {
	if c.Text != "" {
		return c.Text
	}
	switch v := c.Value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return FormatNumber(v)
	}
	return marshal(c.Value)
}

// FormatNumber writes a number as people do: without an exponent unless it is
// very large or small.
func FormatNumber(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// Of makes a cell of a value of JSON.
func Of(v any) Cell {
	switch v := v.(type) {
	case nil:
		return Cell{}
	case bool:
		return Cell{Value: v, Kind: Boolean}
	case int:
		return Cell{Value: int64(v), Kind: Integer}
	case int64:
		return Cell{Value: v, Kind: Integer}
	case float64:
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return Cell{}
		case v == math.Trunc(v) && math.Abs(v) < 1<<53:
			return Cell{Value: int64(v), Kind: Integer}
		}
		return Cell{Value: v, Kind: Number}
	case string:
		return Cell{Value: v, Kind: stringKind(v)}
	case []any, map[string]any:
		return Cell{Value: v, Kind: Nested}
	}
	return Cell{Value: fmt.Sprint(v), Kind: Text}
}

func stringKind(s string) Kind {
	if s == "" {
		return Text
	}
	if k, ok := dateKind(s); ok {
		return k
	}
	return Text
}

// isNull tells which texts stand for a missing value.
func isNull(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 2:
		return s == "NA"
	case 3:
		return s == "N/A" || s == "nil" || s == "NaN" || s == "nan"
	case 4:
		return s == "null" || s == "NULL" || s == "None" || s == "Null" || s == "#N/A"
	}
	return false
}

// Infer makes a cell of text: of a number, a boolean, a date or text. What has
// leading zeros or a plus sign is text, so that postal codes and telephone
// numbers stay what they are.
func Infer(text string) Cell {
	s := text
	if s != "" && (s[0] <= ' ' || s[len(s)-1] <= ' ') {
		s = strings.TrimSpace(s)
	}
	if isNull(s) {
		return Cell{Text: text}
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '.':
		if v, kind, ok := parseNumber(s); ok {
			return Cell{Value: v, Kind: kind, Text: text}
		}
		if k, ok := dateKind(s); ok {
			return Cell{Value: s, Kind: k, Text: text}
		}
	case len(s) == 4 && strings.EqualFold(s, "true"):
		return Cell{Value: true, Kind: Boolean, Text: text}
	case len(s) == 5 && strings.EqualFold(s, "false"):
		return Cell{Value: false, Kind: Boolean, Text: text}
	}
	return Cell{Value: text, Kind: Text, Text: text}
}

func parseNumber(s string) (any, Kind, bool) {
	digits := strings.TrimPrefix(s, "-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] != '.' && digits[1] != 'e' && digits[1] != 'E' {
		return nil, 0, false
	}
	if digits == "" || len(digits) > 40 {
		return nil, 0, false
	}
	whole := true
	for i := 0; i < len(digits); i++ {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
		case c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+':
			whole = false
		default: // not 0x10, 1_000, Inf
			return nil, 0, false
		}
	}
	if whole {
		n, err := strconv.ParseInt(s, 10, 64)
		// More digits than 64 bits hold: an identifier, which a float64 would damage.
		return n, Integer, err == nil
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, Number, err == nil
}

// dateKind recognises ISO 8601 and a few forms that leave no doubt which part
// is the year.
func dateKind(s string) (Kind, bool) {
	if len(s) < 8 || len(s) > 35 || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	if s[4] != '-' && s[4] != '/' && s[4] != '.' {
		return 0, false
	}
	if _, err := ParseTime(s); err != nil {
		return 0, false
	}
	if len(s) <= 10 {
		return Date, true
	}
	return DateTime, true
}

// ParseTime reads what dateKind recognises, in UTC unless it names an offset.
func ParseTime(s string) (time.Time, error) {
	layouts := []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700"}
	if len(s) <= 10 {
		layouts = []string{"2006-01-02", "2006/01/02", "2006.01.02", "2006/1/2", "2006-1-2"}
	}
	var err error
	for _, layout := range layouts {
		var t time.Time
		if t, err = time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, err
}

// Counts counts the kinds of a column's values.
type Counts [kinds]int64

// Kind is the narrowest kind that every value of the column has.
func (c *Counts) Kind() Kind {
	total := int64(0)
	for k := Boolean; k < kinds; k++ {
		total += c[k]
	}
	switch total {
	case 0:
		return Empty
	case c[Boolean]:
		return Boolean
	case c[Integer]:
		return Integer
	case c[Integer] + c[Number]:
		return Number
	case c[Date]:
		return Date
	case c[Date] + c[DateTime]:
		return DateTime
	case c[Nested]:
		return Nested
	}
	return Text
}

// Column is a name and what the first rows said about its type.
type Column struct {
	Name string
	Kind Kind
}

// Fit makes the cell one of its column: in a column of text, a number that
// was inferred becomes the text again. What does not fit stays what it is.
func (c Column) Fit(cell Cell) Cell {
	if c.Kind == Text && cell.Kind != Text && cell.Kind != Empty && cell.Kind != Nested {
		return Cell{Value: cell.String(), Kind: Text, Text: cell.Text}
	}
	if c.Kind == Number && cell.Kind == Integer {
		cell.Kind = Number
		cell.Value = float64(cell.Value.(int64))
	}
	return cell
}

// Names lists the names of columns.
func Names(columns []Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

// Unique makes names that are empty or taken into column_3 and name_2.
func Unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	out := make([]string, len(names))
	for i, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		base := name
		for n := 2; seen[name]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		seen[name], out[i] = true, name
	}
	return out
}
