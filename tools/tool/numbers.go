package tool

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Numbers replaces each json.Number in a value that was decoded with UseNumber,
// in place where it can: by an int64 where it is a whole number that fits, so
// that it stays exact, and by a float64 otherwise. A number beyond both is an error.
func Numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("the number %.40s is too large", v)
		}
		return f, nil
	case map[string]any:
		for k, item := range v {
			if v[k], err = Numbers(item); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, item := range v {
			if v[i], err = Numbers(item); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
