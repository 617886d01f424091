package document

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// A tree is a value of any of the formats, with the order of keys and exact
// numbers: object, []any, string, number, stamp, bool or nil.

// object is a mapping in order.
type object struct{ members []member }

type member struct {
	key   string
	value any
}

// number is a number in decimal, as JSON writes it, or inf, -inf, nan.
type number string

// stamp is a date or time, as RFC 3339 writes it or a part of it.
type stamp string

const (
	maxTreeNodes = 1_000_000
	maxTreeDepth = 200
)

// builder counts what is made, so that a small text cannot become a large tree.
type builder struct {
	ctx   context.Context
	nodes int
	lost  map[string]bool // what the other format cannot say
}

func newBuilder(ctx context.Context) *builder { return &builder{ctx: ctx, lost: map[string]bool{}} }

// node counts a value at a depth.
func (b *builder) node(depth int) error {
	if b.nodes++; b.nodes > maxTreeNodes {
		return tool.Errorf(tool.LimitExceeded, "the document has more than %d values, once its references are followed", maxTreeNodes)
	}
	if depth > maxTreeDepth {
		return tool.Errorf(tool.LimitExceeded, "the document is nested more than %d deep", maxTreeDepth)
	}
	if b.nodes%1024 == 0 {
		return b.ctx.Err()
	}
	return nil
}

func (b *builder) losses() []any {
	out := []any{}
	for _, l := range slices.Sorted(maps.Keys(b.lost)) {
		out = append(out, l)
	}
	return out
}

// fromValue makes a tree of the values that tools are given.
func (b *builder) fromValue(v any, depth int) (any, error) {
	if err := b.node(depth); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		o := &object{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			value, err := b.fromValue(v[k], depth+1)
			if err != nil {
				return nil, err
			}
			o.members = append(o.members, member{k, value})
		}
		return o, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = b.fromValue(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case json.Number:
		return number(v), nil
	case int:
		return number(strconv.Itoa(v)), nil
	case int64:
		return number(strconv.FormatInt(v, 10)), nil
	case float64:
		return floatNumber(v), nil
	}
	return v, nil // string, bool, nil
}

// floatNumber writes a float so that it stays one where that matters.
func floatNumber(f float64) number {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return number(strconv.FormatInt(int64(f), 10))
	}
	return number(strconv.FormatFloat(f, 'g', -1, 64))
}

// toValue makes the values that tools give back. A whole number beyond 64 bits
// becomes its text.
func toValue(t any) any {
	switch t := t.(type) {
	case *object:
		out := make(map[string]any, len(t.members))
		for _, m := range t.members {
			out[m.key] = toValue(m.value)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = toValue(e)
		}
		return out
	case number:
		if !t.finite() {
			return string(t)
		}
		if t.whole() {
			if i, err := strconv.ParseInt(string(t), 10, 64); err == nil {
				return i
			}
			return string(t)
		}
		if f, err := strconv.ParseFloat(string(t), 64); err == nil {
			return f
		}
		return string(t)
	case stamp:
		return string(t)
	}
	return t
}

func (n number) finite() bool { return n != "inf" && n != "-inf" && n != "nan" }

func (n number) whole() bool { return n.finite() && !strings.ContainsAny(string(n), ".eE") }

// maxDigits bounds whole numbers, since making their decimal form takes time
// that grows with its square.
const maxDigits = 1000

// wholeNumber reads an integer as the formats write it: 12, -0x1F, 0o17, 0b1, 1_000.
func wholeNumber(s string) (number, bool) {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "+"), "_", "")
	if len(s) > maxDigits {
		return "", false
	}
	base := 10
	digits := strings.TrimPrefix(s, "-")
	if len(digits) > 2 && digits[0] == '0' {
		switch digits[1] {
		case 'x', 'X':
			base = 16
		case 'o', 'O':
			base = 8
		case 'b', 'B':
			base = 2
		}
	}
	if base != 10 {
		digits = digits[2:]
	}
	if digits == "" || digits[0] == '-' || digits[0] == '+' {
		return "", false
	}
	i, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return "", false
	}
	if strings.HasPrefix(s, "-") {
		i.Neg(i)
	}
	return number(i.String()), true
}

// set adds a member, or replaces the value of one: the last of two counts.
// index holds the places of keys.
func (o *object) set(index map[string]int, key string, value any) (replaced bool) {
	if i, ok := index[key]; ok {
		o.members[i].value = value
		return true
	}
	index[key] = len(o.members)
	o.members = append(o.members, member{key, value})
	return false
}
