package rpc

import (
	"encoding/json"
	"errors"
	"math"
	"unicode/utf8"
)

// Text is a string of Lua, which may hold any bytes. In JSON it is a string if it
// is UTF-8, and else {"base64": "…"}.
type Text string

// rawText is a Text that is not UTF-8.
type rawText struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return marshal(string(t))
	}
	return marshal(rawText{[]byte(t)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var raw rawText
		if err := json.Unmarshal(data, &raw); err != nil {
			return errors.New(`want a string or {"base64": "…"}`)
		}
		*t = Text(raw.Base64)
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return errors.New(`want a string or {"base64": "…"}`)
	}
	*t = Text(s)
	return nil
}

// Texts turns strings into Texts.
func Texts(list []string) []Text {
	out := make([]Text, len(list))
	for i, s := range list {
		out[i] = Text(s)
	}
	return out
}

// plain turns Texts into strings.
func plain(list []Text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}

// plainRun is RunParams all of which is UTF-8. Its large members are strings to
// encoding/json, which looks at what a Text writes once more.
type plainRun struct {
	RunParams
	Code string   `json:"code,omitempty"`
	Args []string `json:"args,omitempty"`
}

// wire is what a client sends for r.
func (r RunParams) wire() any {
	valid := utf8.ValidString(string(r.Code))
	for _, a := range r.Args {
		valid = valid && utf8.ValidString(string(a))
	}
	if !valid {
		return r
	}
	return plainRun{r, string(r.Code), plain(r.Args)}
}

// JSONValue makes a value of runtime.ToGo one that JSON can hold: strings that are
// not UTF-8 as {"base64": "…"}, numbers that JSON has not as {"number": "nan"},
// "inf" or "-inf". Keys that are not UTF-8 lose their bad bytes.
func JSONValue(v any) any {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return rawText{[]byte(v)}
		}
	case float64:
		switch {
		case math.IsNaN(v):
			return map[string]string{"number": "nan"}
		case math.IsInf(v, 1):
			return map[string]string{"number": "inf"}
		case math.IsInf(v, -1):
			return map[string]string{"number": "-inf"}
		}
	case []any:
		for i, item := range v {
			v[i] = JSONValue(item)
		}
	case map[string]any:
		for key, item := range v {
			v[key] = JSONValue(item)
		}
	}
	return v
}
