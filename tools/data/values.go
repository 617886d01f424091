package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
)

// decodeJSON decodes one JSON value, and says line and column of an error. The
// value may share memory with the text.
func decodeJSON(ctx context.Context, text string) (any, error) {
	v, ok := decodeFast(ctx, text)
	if ok {
		return v, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, locate(text, err)
	}
	return v, nil
}

func locate(text string, err error) error {
	offset := int64(-1)
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		offset = e.Offset
	}
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		offset = e.Offset
	}
	if offset < 0 {
		return err
	}
	before := text[:min(max(int(offset)-1, 0), len(text))]
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %s", line, column, strings.TrimPrefix(err.Error(), "json: "))
}

// decodeStream decodes values that stand one after the other.
func decodeStream(ctx context.Context, text string) ([]any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	var out []any
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var v any
		switch err := dec.Decode(&v); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("value %d of the input is not JSON: %w", len(out)+1, locate(text, err))
		}
		out = append(out, v)
	}
}

// forQuery turns a value into the types that gojq works on: it knows int and
// float64, not int64, and panics on others. Parts that need no change are not
// copied; the value itself is never changed.
func forQuery(v any) any {
	out, _ := adapt(v, toQuery)
	return out
}

// toQuery turns a number into one of gojq's.
func toQuery(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, string, int, json.Number, *big.Int:
		return v, false
	case int64:
		if int64(int(v)) == v {
			return int(v), true
		}
		return float64(v), true
	case float64:
		// So that 1.0 prints and divides as 1, as in jq.
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v), true
		}
		return v, false
	}
	return fmt.Sprint(v), true
}

// adapt applies leaf to every part of a value that is neither map nor slice. It
// copies the maps and slices in which something has changed, and no others.
func adapt(v any, leaf func(any) (any, bool)) (out any, changed bool) {
	switch v := v.(type) {
	case map[string]any:
		m := v
		for k, e := range v {
			if a, is := adapt(e, leaf); is {
				if !changed {
					m, changed = maps.Clone(v), true
				}
				m[k] = a
			}
		}
		return m, changed
	case []any:
		list := v
		for i, e := range v {
			if a, is := adapt(e, leaf); is {
				if !changed {
					list, changed = slices.Clone(v), true
				}
				list[i] = a
			}
		}
		return list, changed
	}
	return leaf(v)
}

// fromQuery copies a value into the types of tools. gojq may share parts of its
// input and of its constants with its output, so nothing is changed in place.
// An integer beyond 64 bits becomes the nearest float64.
func fromQuery(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = fromQuery(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fromQuery(e)
		}
		return out
	case int:
		return int64(v)
	case *big.Int:
		f, _ := v.Float64()
		return f
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case float64:
		if math.IsNaN(v) { // as jq prints it; JSON has no such numbers
			return nil
		}
		return math.Max(-math.MaxFloat64, math.Min(v, math.MaxFloat64))
	}
	return v
}
