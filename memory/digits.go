package memory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// keepsDigits tells whether a whole number, as JSON has it, can be a float64, as Lua's numbers are, without a change
// of its digits. Others, such as those of accounts, are names more than numbers.
func keepsDigits(digits string) bool {
	if strings.ContainsAny(digits, ".eE") {
		return true // it is measured, not counted
	}
	f, err := strconv.ParseFloat(digits, 64)
	return err == nil && (strconv.FormatFloat(f, 'f', -1, 64) == digits || strconv.FormatFloat(f, 'f', 0, 64) == digits)
}

// ParseValue reads the value of a fact as people write it: a number, true or false if the text is one, else the text. A whole number
// of more digits than a float64 keeps is a text.
func ParseValue(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if !json.Valid([]byte(text)) || d.Decode(&v) != nil {
		return text
	}
	switch v := v.(type) {
	case bool:
		return v
	case json.Number:
		if f, err := v.Float64(); err == nil && keepsDigits(v.String()) {
			return f
		}
	}
	return text
}

// ParseMetadata reads metadata as people write it. A whole number that cannot be kept as it is is an error, and so is a
// member that is there twice.
func ParseMetadata(text string) (map[string]any, error) {
	if text == "" {
		return nil, nil
	}
	if err := cmp.Or(CheckText("it", text), CheckEscapes([]byte(text))); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("metadata is not an object: %w", PlainJSON(err))
	}
	if err := checkEnd(d); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if err := checkTwice(text); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if err := checkDigits(m); err != nil {
		return nil, err
	}
	return DecodeMetadata(text)
}

// checkDigits refuses whole numbers that neither an int64 nor a float64 keeps.
func checkDigits(v any) (err error) {
	switch v := v.(type) {
	case json.Number:
		if _, whole := v.Int64(); whole != nil && !keepsDigits(v.String()) {
			return fmt.Errorf("metadata has the number %s, whose digits cannot all be kept: make it a text, in quotes", v)
		}
	case []any:
		for _, w := range v {
			if err = checkDigits(w); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, w := range v {
			if err = checkDigits(w); err != nil {
				return err
			}
		}
	}
	return nil
}
