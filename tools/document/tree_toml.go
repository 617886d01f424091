package document

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/llmspell/llmspell/tools/tool"
)

// maxTOML bounds a TOML document, whose reading cannot be cancelled.
const maxTOML = 2 << 20

func (b *builder) fromTOML(text string) (v any, err error) {
	defer guard("the TOML", &err)
	if len(text) > maxTOML {
		return nil, tool.Errorf(tool.LimitExceeded, "a TOML document of more than %d MB is not read", maxTOML>>20)
	}
	if err := checkNesting(text); err != nil {
		return nil, err
	}
	var m map[string]any
	meta, err := toml.Decode(text, &m)
	if err != nil {
		if e := (toml.ParseError{}); errors.As(err, &e) {
			return nil, fmt.Errorf("line %d, column %d: %s", e.Position.Line, e.Position.Col, e.Message)
		}
		return nil, errors.New(strings.TrimPrefix(err.Error(), "toml: "))
	}
	// Where each key was first, to keep the order.
	order := map[string]int{}
	for i, k := range meta.Keys() {
		for n := range k { // [a.b] makes the table a too
			path := strings.Join(k[:n+1], "\x00")
			if _, ok := order[path]; !ok {
				order[path] = i
			}
		}
	}
	if strings.Contains(text, "#") {
		b.lost["comments"] = true
	}
	return b.tomlValue(m, "", order, 0)
}

// checkNesting refuses brackets that are nested so deep that a reader which
// calls itself would exhaust the stack. What stands in strings and comments
// does not count.
func checkNesting(text string) error {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '[', '{':
			if depth++; depth > maxTreeDepth {
				return tool.Errorf(tool.LimitExceeded, "the document is nested more than %d deep", maxTreeDepth)
			}
		case ']', '}':
			depth--
		case '#':
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case '"', '\'':
			i = skipString(text, i)
		}
	}
	return nil
}

// skipString returns where the string that begins at i ends.
func skipString(text string, i int) int {
	quote := text[i : i+1]
	long := strings.HasPrefix(text[i:], strings.Repeat(quote, 3))
	if long {
		quote = strings.Repeat(quote, 3)
	}
	for i += len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote[0] == '"':
			i++
		case text[i] == '\n' && !long:
			return i // an error that the reader will find
		case strings.HasPrefix(text[i:], quote):
			i += len(quote) - 1
			for long && i+1 < len(text) && text[i+1] == quote[0] { // quotes may stand before the end
				i++
			}
			return i
		}
	}
	return i
}

func (b *builder) tomlValue(v any, path string, order map[string]int, depth int) (any, error) {
	if err := b.node(depth); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		at := func(k string) int {
			if i, ok := order[join(path, k)]; ok {
				return i
			}
			return math.MaxInt // of inline tables in arrays: sorted by name
		}
		slices.SortFunc(keys, func(x, y string) int {
			if c := at(x) - at(y); c != 0 {
				return c
			}
			return strings.Compare(x, y)
		})
		o := &object{}
		for _, k := range keys {
			e, err := b.tomlValue(v[k], join(path, k), order, depth+1)
			if err != nil {
				return nil, err
			}
			o.members = append(o.members, member{k, e})
		}
		return o, nil
	case []map[string]any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = b.tomlValue(v[i], path, order, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = b.tomlValue(v[i], path, order, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case int64:
		return number(strconv.FormatInt(v, 10)), nil
	case float64:
		return withFraction(v), nil
	case time.Time:
		return tomlStamp(v), nil
	}
	return v, nil // string, bool
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "\x00" + key
}

// tomlStamp writes a date as it was: with a zone, without, or a part of it.
func tomlStamp(t time.Time) stamp {
	layout := time.RFC3339Nano
	switch t.Location().String() {
	case "datetime-local":
		layout = "2006-01-02T15:04:05.999999999"
	case "date-local":
		layout = time.DateOnly
	case "time-local":
		layout = "15:04:05.999999999"
	}
	return stamp(t.Format(layout))
}

type tomlWriter struct {
	out   bytes.Buffer
	nulls bool // leave out members that are null
	b     *builder
}

func (b *builder) toTOML(t any, dropNulls bool) (string, error) {
	o, ok := t.(*object)
	if !ok {
		return "", tool.Errorf(tool.ExecutionFailed, "a TOML document is a table at the top, which this is not; put it under a key")
	}
	w := &tomlWriter{nulls: dropNulls, b: b}
	if err := w.table(o, nil); err != nil {
		return "", err
	}
	return strings.TrimPrefix(w.out.String(), "\n"), nil
}

// isTable tells what needs a section of its own: a table, or an array of nothing
// but tables.
func isTable(v any) (table *object, array []any) {
	switch v := v.(type) {
	case *object:
		return v, nil
	case []any:
		for _, e := range v {
			if _, ok := e.(*object); !ok {
				return nil, nil
			}
		}
		return nil, v
	}
	return nil, nil
}

// table writes the members of a table: first those that fit on a line, since
// after a section has begun everything belongs to it.
func (w *tomlWriter) table(o *object, path []string) error {
	if w.out.Len() > maxDocument {
		return tool.Errorf(tool.LimitExceeded, "the result is larger than %d MB", maxDocument>>20)
	}
	for _, m := range o.members {
		table, array := isTable(m.value)
		if table != nil || len(array) > 0 || m.value == nil && w.drop(m.key) {
			continue
		}
		w.out.WriteString(tomlKey(m.key) + " = ")
		if err := w.value(m.value, append(path, m.key)); err != nil {
			return err
		}
		w.out.WriteByte('\n')
	}
	for _, m := range o.members {
		table, array := isTable(m.value)
		below := append(path[:len(path):len(path)], m.key)
		keys := make([]string, len(below))
		for i, k := range below {
			keys[i] = tomlKey(k)
		}
		name := strings.Join(keys, ".")
		if table != nil {
			w.out.WriteString("\n[" + name + "]\n")
			if err := w.table(table, below); err != nil {
				return err
			}
		}
		for _, e := range array {
			w.out.WriteString("\n[[" + name + "]]\n")
			if err := w.table(e.(*object), below); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *tomlWriter) drop(string) bool {
	if w.nulls {
		w.b.lost["members that are null"] = true
	}
	return w.nulls
}

func (w *tomlWriter) value(v any, path []string) error {
	switch v := v.(type) {
	case string:
		w.out.WriteString(tomlString(v))
	case bool:
		w.out.WriteString(strconv.FormatBool(v))
	case stamp:
		if tomlStampForm.MatchString(string(v)) {
			w.out.WriteString(string(v))
		} else {
			w.out.WriteString(tomlString(string(v)))
		}
	case number:
		return w.number(v, path)
	case []any:
		w.out.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				w.out.WriteString(", ")
			}
			if err := w.value(e, append(path, strconv.Itoa(i+1))); err != nil {
				return err
			}
		}
		w.out.WriteByte(']')
	case *object:
		w.out.WriteByte('{')
		n := 0
		for _, m := range v.members {
			if m.value == nil && w.drop(m.key) {
				continue
			}
			if n++; n > 1 {
				w.out.WriteString(", ")
			}
			w.out.WriteString(tomlKey(m.key) + " = ")
			if err := w.value(m.value, append(path, m.key)); err != nil {
				return err
			}
		}
		w.out.WriteByte('}')
	default:
		return tool.Errorf(tool.ExecutionFailed, "TOML has no null, and %s is null; remove it, or set drop_nulls for members of tables", strings.Join(path, "."))
	}
	return nil
}

func (w *tomlWriter) number(n number, path []string) error {
	if n.whole() {
		if _, err := strconv.ParseInt(string(n), 10, 64); err != nil {
			return tool.Errorf(tool.ExecutionFailed, "TOML has whole numbers of 64 bits, and %s is %.40s; make it a text", strings.Join(path, "."), string(n))
		}
	} else if n.finite() {
		f, err := strconv.ParseFloat(string(n), 64)
		if err != nil {
			return tool.Errorf(tool.ExecutionFailed, "TOML has numbers of 64 bits, and %s is %.40s; make it a text", strings.Join(path, "."), string(n))
		}
		n = withFraction(f)
	}
	w.out.WriteString(string(n))
	return nil
}

var (
	bareKey       = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	tomlStampForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(\.\d+)?)$`)
)

func tomlKey(k string) string {
	if bareKey.MatchString(k) {
		return k
	}
	return tomlString(k)
}

func tomlString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\r':
			out.WriteString(`\r`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
