package archive

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Pair is a key of a table with its value.
type Pair struct{ Key, Value any }

// Pairs is a table with keys that are not all texts, in no order that matters.
type Pairs []Pair

// Opaque stands for a value that cannot be kept, such as a function.
type Opaque struct {
	Type string // as Lua's type gives it
	Text string // as Lua's tostring gives it
}

// Encode writes a value as JSON. It takes nil, booleans, int64, float64, strings
// of any bytes, []any, map[string]any, Pairs and Opaque. What JSON has no word
// for becomes an object whose only key begins with "$":
//
//	{"$bytes": "base64"}  {"$number": "nan"}  {"$pairs": [[key, value], …]}
//	{"$opaque": {"type": …, "text": …}}  {"$map": {…}}, a map that has such a key itself
func Encode(v any) ([]byte, error) {
	p, err := plain(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// PairsLevels is how many levels of JSON Pairs are nested in: the mark, the list, and a pair.
const PairsLevels = 3

// Levels is how many levels of JSON a map with a key, and no stranger ones, is nested in.
func Levels(key string) int {
	switch {
	case !utf8.ValidString(key):
		return PairsLevels
	case strings.HasPrefix(key, "$"):
		return 2
	}
	return 1
}

// plain turns a value into what JSON can say.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, int:
		return v, nil
	case float64:
		return plainNumber(v), nil
	case string:
		return plainText(v), nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			p, err := plain(item)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i+1, err)
			}
			out[i] = p
		}
		return out, nil
	case map[string]any:
		return plainMap(v)
	case Pairs:
		return plainPairs(v)
	case Opaque:
		return map[string]any{"$opaque": map[string]any{"type": strings.ToValidUTF8(v.Type, "\uFFFD"), "text": strings.ToValidUTF8(v.Text, "\uFFFD")}}, nil
	}
	return nil, fmt.Errorf("a Go value of type %T cannot be kept", v)
}

func plainNumber(f float64) any {
	switch {
	case math.IsNaN(f):
		return map[string]any{"$number": "nan"}
	case math.IsInf(f, 1):
		return map[string]any{"$number": "inf"}
	case math.IsInf(f, -1):
		return map[string]any{"$number": "-inf"}
	case f == 0 && math.Signbit(f):
		return map[string]any{"$number": "-0"}
	}
	return f
}

func plainText(s string) any {
	if utf8.ValidString(s) {
		return s
	}
	return map[string]any{"$bytes": base64.StdEncoding.EncodeToString([]byte(s))}
}

func plainMap(m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	tagged := false
	for k, v := range m {
		if !utf8.ValidString(k) {
			pairs := make(Pairs, 0, len(m))
			for _, k := range slices.Sorted(maps.Keys(m)) {
				pairs = append(pairs, Pair{k, m[k]})
			}
			return plainPairs(pairs)
		}
		tagged = tagged || strings.HasPrefix(k, "$")
		p, err := plain(v)
		if err != nil {
			return nil, fmt.Errorf(".%s: %w", k, err)
		}
		out[k] = p
	}
	if tagged {
		return map[string]any{"$map": out}, nil
	}
	return out, nil
}

func plainPairs(pairs Pairs) (any, error) {
	out := make([]any, len(pairs))
	for i, p := range pairs {
		key, err := plain(p.Key)
		if err != nil {
			return nil, fmt.Errorf("a key: %w", err)
		}
		value, err := plain(p.Value)
		if err != nil {
			return nil, fmt.Errorf("[%v]: %w", p.Key, err)
		}
		out[i] = []any{key, value}
	}
	return map[string]any{"$pairs": out}, nil
}

// Decode reads what Encode has written. Whole numbers come back as int64, as
// far as it reaches, all others as float64.
func Decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("read a kept value: %w", err)
	}
	if d.InputOffset() != int64(len(bytes.TrimRight(data, " \t\r\n"))) {
		return nil, fmt.Errorf("read a kept value: text after its end")
	}
	out, err := rich(v)
	if err != nil {
		return nil, fmt.Errorf("read a kept value: %w", err)
	}
	return out, nil
}

// rich turns what JSON has said into the value that was meant.
func rich(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("%s is too large a number", clip(v.String()))
		}
		return f, nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = rich(item); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		if len(v) == 1 {
			for k, inner := range v {
				if strings.HasPrefix(k, "$") {
					return richTag(k, inner)
				}
			}
		}
		return richMap(v)
	}
	return v, nil
}

func richMap(m map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(m))
	for k, v := range m {
		r, err := rich(v)
		if err != nil {
			return nil, err
		}
		out[k] = r
	}
	return out, nil
}

func richTag(tag string, v any) (any, error) {
	switch v := v.(type) {
	case string:
		switch tag {
		case "$bytes":
			b, err := base64.StdEncoding.DecodeString(v)
			return string(b), err
		case "$number":
			if f, ok := map[string]float64{"nan": math.NaN(), "inf": math.Inf(1), "-inf": math.Inf(-1), "-0": math.Copysign(0, -1)}[v]; ok {
				return f, nil
			}
		}
	case []any:
		if tag == "$pairs" {
			return richPairs(v)
		}
	case map[string]any:
		switch tag {
		case "$map":
			return richMap(v)
		case "$opaque":
			typ, _ := v["type"].(string)
			text, _ := v["text"].(string)
			return Opaque{Type: typ, Text: text}, nil
		}
	}
	return nil, fmt.Errorf("%q is no mark of a kept value, or does not fit what it marks", clip(tag))
}

func richPairs(list []any) (Pairs, error) {
	out := make(Pairs, len(list))
	for i, item := range list {
		pair, ok := item.([]any)
		if !ok || len(pair) != 2 {
			return nil, fmt.Errorf("item %d of $pairs is not a key and a value", i+1)
		}
		var err error
		if out[i].Key, err = rich(pair[0]); err != nil {
			return nil, err
		}
		if out[i].Value, err = rich(pair[1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// clip shortens a text of another party for a message.
func clip(s string) string {
	const limit = 60
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// foreign turns JSON that was not written by Encode into values for it: a "$" has
// no meaning there.
func foreign(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return rich(v)
	case []any:
		for i := range v {
			var err error
			if v[i], err = foreign(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			var err error
			if v[k], err = foreign(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// validText makes a text one that SQLite and JSON can keep, and shortens it.
func validText(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
