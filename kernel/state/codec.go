package state

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A value is stored as JSON, its keys sorted. What JSON has no words for is an
// object with one key, here with a text, number and list of pairs:
//
//	{"$bytes": "base64"}   a string that is not UTF-8
//	{"$number": "inf"}     also -inf, nan
//	{"$map": [[k, v], …]}  a table with keys that are numbers, or texts not in UTF-8
//
// An object that looks like one of these has another $ before its key.
const (
	wordBytes  = "$bytes"
	wordNumber = "$number"
	wordMap    = "$map"
)

// maxDepth is how deep lists and objects may be nested.
const maxDepth = 128

var (
	// ErrValue means that a value cannot be kept.
	ErrValue = errors.New("cannot be kept")
	// ErrTooLarge means that a value has more bytes than the store takes.
	ErrTooLarge = errors.New("too large")
)

// Encode turns a value into the JSON that stores and exports hold. It takes nil,
// booleans, strings, Go's numbers, json.Number, []any, map[string]any, and
// map[any]any whose keys are strings, int64 and float64 (runtime.ToGo with
// NumberKeys makes these).
func Encode(v any) ([]byte, error) { return encode(context.Background(), v) }

// encode is Encode that gives up when ctx is done, with its cause.
func encode(ctx context.Context, v any) ([]byte, error) {
	e := encoder{ctx: ctx}
	return e.appendValue(nil, v, 0)
}

type encoder struct {
	ctx   context.Context
	parts int
}

// lookEvery is how many parts are encoded between two looks at the context.
const lookEvery = 1024

func (e *encoder) appendValue(b []byte, v any, depth int) ([]byte, error) {
	if e.parts++; e.parts%lookEvery == 0 && e.ctx.Err() != nil {
		return nil, context.Cause(e.ctx)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: it is nested more than %d deep", ErrValue, maxDepth)
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case float64:
		return appendFloat(b, v), nil
	case float32:
		return appendFloat(b, float64(v)), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case uint64:
		return strconv.AppendUint(b, v, 10), nil
	case uint32:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case json.Number:
		n, err := number(v)
		if err != nil {
			return nil, err
		}
		return e.appendValue(b, n, depth)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = e.appendValue(b, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		return e.appendMap(b, v, depth)
	case map[any]any:
		return e.appendPairs(b, v, depth)
	}
	return nil, fmt.Errorf("%w: a Go value of type %T", ErrValue, v)
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `{"$number":"nan"}`...)
	case math.IsInf(f, 1):
		return append(b, `{"$number":"inf"}`...)
	case math.IsInf(f, -1):
		return append(b, `{"$number":"-inf"}`...)
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.AppendInt(b, int64(f), 10) // the same as the whole number
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

func (e *encoder) appendMap(b []byte, m map[string]any, depth int) ([]byte, error) {
	keys := make([]string, 0, len(m))
	text := true
	for k := range m {
		keys = append(keys, k)
		text = text && utf8.ValidString(k)
	}
	slices.Sort(keys)
	open, between, next, end := "{", ":", ",", "}"
	if !text {
		open, between, next, end = `{"$map":[[`, ",", "],[", "]]}"
	}
	b = append(b, open...)
	for i, k := range keys {
		if i > 0 {
			b = append(b, next...)
		}
		name := k
		if len(keys) == 1 && isWord(k) {
			name = "$" + k
		}
		b = append(appendString(b, name), between...)
		var err error
		if b, err = e.appendValue(b, m[k], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, end...), nil
}

// appendPairs writes a table with number keys, these first. One that has none is
// written as any other.
func (e *encoder) appendPairs(b []byte, m map[any]any, depth int) ([]byte, error) {
	type pair struct {
		key   any
		value any
	}
	pairs := make([]pair, 0, len(m))
	texts := make(map[string]any)
	for k, v := range m {
		switch n := k.(type) {
		case string:
			texts[n] = v
		case int:
			k = int64(n)
		case int64:
		case float64:
			if n != n {
				return nil, fmt.Errorf("%w: a key is not a number (NaN)", ErrValue)
			}
			if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
				k = int64(n) // one text for one key
			}
		default:
			return nil, fmt.Errorf("%w: a key is a Go value of type %T; keys are strings or numbers", ErrValue, k)
		}
		pairs = append(pairs, pair{k, v})
	}
	if len(texts) == len(m) {
		return e.appendMap(b, texts, depth)
	}
	slices.SortFunc(pairs, func(x, y pair) int { return compareKeys(x.key, y.key) })
	b = append(b, `{"$map":[`...)
	for i, p := range pairs {
		if i > 0 {
			if compareKeys(pairs[i-1].key, p.key) == 0 {
				return nil, fmt.Errorf("%w: the key %v is there twice", ErrValue, p.key)
			}
			b = append(b, ',')
		}
		var err error
		if b, err = e.appendValue(append(b, '['), p.key, depth); err != nil {
			return nil, err
		}
		if b, err = e.appendValue(append(b, ','), p.value, depth+1); err != nil {
			return nil, err
		}
		b = append(b, ']')
	}
	return append(b, "]}"...), nil
}

// compareKeys orders keys of tables: numbers, then texts.
func compareKeys(a, b any) int {
	x, xText := a.(string)
	y, yText := b.(string)
	switch {
	case xText && yText:
		return strings.Compare(x, y)
	case xText:
		return 1
	case yText:
		return -1
	}
	i, iWhole := a.(int64)
	j, jWhole := b.(int64)
	if iWhole && jWhole {
		return cmp.Compare(i, j)
	}
	return cmp.Compare(asFloat(a), asFloat(b))
}

func asFloat(n any) float64 {
	if i, ok := n.(int64); ok {
		return float64(i)
	}
	f, _ := n.(float64)
	return f
}

// isWord tells whether a key is one of ours, with any number of $ before it.
func isWord(k string) bool {
	if !strings.HasPrefix(k, "$") {
		return false
	}
	switch "$" + strings.TrimLeft(k, "$") {
	case wordBytes, wordNumber, wordMap:
		return true
	}
	return false
}

func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `{"$bytes":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(s))
		return append(b, `"}`...)
	}
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// Decode reads what Encode writes, and any other JSON. Whole numbers are int64 as
// far as they fit, other numbers float64.
func Decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return fromJSON(raw, 0)
}

// fromJSON turns what encoding/json has read into a value.
func fromJSON(raw any, depth int) (any, error) {
	if depth > 3*maxDepth { // $map needs three levels for one
		return nil, fmt.Errorf("%w: it is nested too deep", ErrValue)
	}
	switch v := raw.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			var err error
			if v[i], err = fromJSON(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k, item := range v {
			if len(v) == 1 && isWord(k) {
				return fromWord(k, item, depth)
			}
			item, err := fromJSON(item, depth+1)
			if err != nil {
				return nil, err
			}
			v[k] = item
		}
	}
	return raw, nil
}

func number(n json.Number) (any, error) {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i, nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("%w: the number %.40s is too large", ErrValue, n)
	}
	return f, nil
}

// fromWord reads an object with one of our keys.
func fromWord(word string, raw any, depth int) (any, error) {
	if strings.HasPrefix(word, "$$") {
		v, err := fromJSON(raw, depth+1)
		return map[string]any{word[1:]: v}, err
	}
	bad := fmt.Errorf("%w: what follows %s is not as it is written by an export", ErrValue, word)
	if word == wordMap {
		pairs, ok := raw.([]any)
		if !ok {
			return nil, bad
		}
		return fromPairs(pairs, bad, depth)
	}
	s, ok := raw.(string)
	if !ok {
		return nil, bad
	}
	if word == wordBytes {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, bad
		}
		return string(b), nil
	}
	switch s {
	case "nan":
		return math.NaN(), nil
	case "inf":
		return math.Inf(1), nil
	case "-inf":
		return math.Inf(-1), nil
	}
	return nil, bad
}

// fromPairs reads what follows $map: a map[string]any if all keys are texts, else a
// map[any]any. bad is the error for what Encode would not have written.
func fromPairs(pairs []any, bad error, depth int) (any, error) {
	texts := make(map[string]any, len(pairs))
	mixed := make(map[any]any)
	for _, p := range pairs {
		pair, ok := p.([]any)
		if !ok || len(pair) != 2 {
			return nil, bad
		}
		key, err := fromJSON(pair[0], depth+1)
		if err != nil {
			return nil, err
		}
		value, err := fromJSON(pair[1], depth+3)
		if err != nil {
			return nil, err
		}
		twice := false
		switch k := key.(type) {
		case string:
			_, twice = texts[k]
			texts[k] = value
		case int64:
			_, twice = mixed[k]
			mixed[k] = value
		case float64:
			if k == math.Trunc(k) && math.Abs(k) < 1<<53 { // 5.0 or 5e0
				_, twice = mixed[int64(k)]
				mixed[int64(k)] = value
				break
			}
			_, twice = mixed[k]
			mixed[k] = value
			twice = twice || k != k
		default:
			return nil, bad
		}
		if twice {
			return nil, bad
		}
	}
	if len(mixed) == 0 {
		return texts, nil
	}
	for k, v := range texts {
		mixed[k] = v
	}
	return mixed, nil
}
