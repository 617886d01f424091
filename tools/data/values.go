package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
)

// decodeJSON decodes one JSON value, and says line and column of an error.
func decodeJSON(text string) (any, error) {
	var v any
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

// forQuery copies a value into the types that gojq works on: it knows int and
// float64, not int64, and panics on others.
func forQuery(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = forQuery(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = forQuery(e)
		}
		return out
	case int64:
		if int64(int(v)) == v {
			return int(v)
		}
		return float64(v)
	case float64:
		// So that 1.0 prints and divides as 1, as in jq.
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v)
		}
		return v
	case nil, bool, string, int, json.Number, *big.Int:
		return v
	}
	return fmt.Sprint(v)
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
