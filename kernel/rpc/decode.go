package rpc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encoding/json looks at each byte of a message several times. What follows reads
// the values that can be large, texts and values of any type, in one pass, and
// leaves the rest to it. It gives what encoding/json gives (see FuzzDecode).

// field is one of a struct. Required is its bit among those that must be there; 0:
// it may be absent.
type field struct {
	index    []int
	required uint64
}

// fields are those of a struct that JSON knows, by name.
type fields struct {
	all      map[string]field
	names    []string
	required uint64 // all that must be there
}

// jsonField tells a field's name in JSON, "" if it has none, and whether it may be
// absent. The documentation and the reader of parameters both go by it.
func jsonField(f reflect.StructField) (name string, optional bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		name = ""
	}
	return name, strings.Contains(options, "omit")
}

func fieldsOf(t reflect.Type) fields {
	out := fields{all: map[string]field{}}
	next := uint64(1)
	for _, f := range reflect.VisibleFields(t) {
		name, optional := jsonField(f)
		if name == "" {
			continue
		}
		one := field{index: f.Index}
		if !optional {
			one.required = next
			out.required |= next
			next <<= 1
		}
		out.all[name] = one
		out.names = append(out.names, name)
	}
	return out
}

// missing finds the first field that must be there and is not among those seen.
func (f *fields) missing(seen uint64) error {
	if seen == f.required {
		return nil
	}
	for _, name := range f.names {
		if bit := f.all[name].required; bit&^seen != 0 {
			return missingField(name)
		}
	}
	return nil
}

// missingField is a member that must be there and is not.
type missingField string

func (e missingField) Error() string { return fmt.Sprintf("the parameter %q is missing", string(e)) }

// unknownField is an object's member that the struct has not.
type unknownField string

func (e unknownField) Error() string { return fmt.Sprintf("there is no parameter %q", string(e)) }

// fieldFailure is a member whose value cannot be read.
type fieldFailure struct {
	name string
	of   reflect.Type
	err  error
}

func (e *fieldFailure) Error() string { return e.name + ": " + e.err.Error() }
func (e *fieldFailure) Unwrap() error { return e.err }

// decode reads an object into a struct, v. Members that the struct has not are
// errors, and so are those that must be there and are not. Errors are errNotJSON,
// unknownField, missingField or *fieldFailure.
func (f *fields) decode(data []byte, v reflect.Value) error {
	seen := uint64(0)
	err := members(data, func(name string, value []byte) error {
		known, ok := f.all[name]
		if !ok {
			return unknownField(name)
		}
		to := v.FieldByIndex(known.index)
		if err := decodeValue(value, to.Addr().Interface()); err != nil {
			return &fieldFailure{name, to.Type(), err}
		}
		if string(value) != "null" || takesNull(to.Kind()) {
			seen |= known.required
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.missing(seen)
}

// takesNull tells whether null is a value of a kind. For the others encoding/json
// reads it as nothing.
func takesNull(k reflect.Kind) bool {
	switch k {
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Interface, reflect.Pointer:
		return true
	}
	return false
}

func decodeValue(data []byte, to any) error {
	switch to := to.(type) {
	case *string:
		if data[0] == '"' {
			s, err := decodeString(data)
			*to = s
			return err
		}
	case *Text:
		if data[0] == '"' {
			s, err := decodeString(data)
			*to = Text(s)
			return err
		}
	case **string:
		if data[0] == '"' {
			s, err := decodeString(data)
			*to = &s
			return err
		}
	case *map[string]any:
		if data[0] == '{' {
			v, err := decodeAny(data)
			*to, _ = v.(map[string]any)
			return err
		}
	case *any:
		v, err := decodeAny(data)
		*to = v
		return err
	}
	return json.Unmarshal(data, to)
}

// decodeString reads a string with its quotes.
func decodeString(quoted []byte) (string, error) {
	raw := quoted[1 : len(quoted)-1]
	if !plainText(raw) { // a mistake, or bytes that encoding/json replaces
		var s string
		err := json.Unmarshal(quoted, &s)
		return s, err
	}
	i := bytes.IndexByte(raw, '\\')
	if i < 0 {
		return string(raw), nil
	}
	var b strings.Builder
	b.Grow(len(raw))
	for ; i >= 0; i = bytes.IndexByte(raw, '\\') {
		b.Write(raw[:i])
		c, ok := escaped(raw[i+1])
		if !ok { // \u, or a mistake
			var s string
			err := json.Unmarshal(quoted, &s)
			return s, err
		}
		b.WriteByte(c)
		raw = raw[i+2:]
	}
	b.Write(raw)
	return b.String(), nil
}

// plainText tells whether b has no control characters, and is UTF-8.
func plainText(b []byte) bool {
	// Eight bytes at a time. A byte below 0x20 borrows from the bit above it when
	// 0x20 is taken from it. A borrow that runs on into the next byte was caused by
	// such a byte too.
	const (
		ones   = 0x0101010101010101
		spaces = ' ' * ones
		high   = 0x80 * ones
	)
	ascii, rest := uint64(0), b
	for ; len(rest) >= 8; rest = rest[8:] {
		word := binary.LittleEndian.Uint64(rest)
		if (word-spaces)&^word&high != 0 {
			return false
		}
		ascii |= word & high
	}
	for _, c := range rest {
		if c < ' ' {
			return false
		}
		ascii |= uint64(c) & utf8.RuneSelf
	}
	return ascii == 0 || utf8.Valid(b)
}

func escaped(c byte) (byte, bool) {
	switch c {
	case '"', '\\', '/':
		return c, true
	case 'n':
		return '\n', true
	case 't':
		return '\t', true
	case 'r':
		return '\r', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	}
	return 0, false
}

// maxDepth is how deep values may be nested.
const maxDepth = 1000

var errTooDeep = errors.New("the value is nested too deep")

// decodeAny reads a value of any type.
func decodeAny(data []byte) (any, error) {
	d := decoder{data: data}
	v, err := d.value(0)
	if err == nil && space(data, d.i) != len(data) {
		err = errNotJSON
	}
	return v, err
}

// decoder reads a value. At is where it is.
type decoder struct {
	data []byte
	i    int
}

func (d *decoder) value(depth int) (any, error) {
	if d.i = space(d.data, d.i); d.i >= len(d.data) {
		return nil, errNotJSON
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch d.data[d.i] {
	case '"':
		return d.text()
	case '{':
		return d.object(depth)
	case '[':
		return d.list(depth)
	}
	start := d.i
	if d.i = skipValue(d.data, start); d.i < 0 {
		return nil, errNotJSON
	}
	switch word := string(d.data[start:d.i]); word {
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("the number %.40s is out of range", word)
		}
		return n, nil
	}
}

func (d *decoder) text() (string, error) {
	start := d.i
	if d.i = skipString(d.data, start); d.i < 0 {
		return "", errNotJSON
	}
	return decodeString(d.data[start:d.i])
}

// next goes to the next item of a list or object, or behind its end. First tells
// that there has been none.
func (d *decoder) next(end byte, first bool) (more bool, err error) {
	d.i = space(d.data, d.i)
	if d.i < len(d.data) && d.data[d.i] == end {
		d.i++
		return false, nil
	}
	if !first {
		if d.i >= len(d.data) || d.data[d.i] != ',' {
			return false, errNotJSON
		}
		d.i = space(d.data, d.i+1)
	}
	return true, nil
}

func (d *decoder) list(depth int) (any, error) {
	d.i++
	out := []any{}
	for {
		more, err := d.next(']', len(out) == 0)
		if err != nil || !more {
			return out, err
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func (d *decoder) object(depth int) (any, error) {
	d.i++
	out := map[string]any{}
	for first := true; ; first = false {
		more, err := d.next('}', first)
		if err != nil || !more {
			return out, err
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if d.i = space(d.data, d.i); d.i >= len(d.data) || d.data[d.i] != ':' {
			return nil, errNotJSON
		}
		d.i++
		if out[name], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
}
