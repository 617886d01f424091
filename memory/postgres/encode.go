package postgres

import "strings"

// PostgreSQL keeps no character NUL in a text. It is kept as 01 01, and 01 as 01 02: texts without
// the two are as they are, and all are in the same order as before.
var (
	encoder = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")
	decoder = strings.NewReplacer("\x01\x01", "\x00", "\x01\x02", "\x01")
)

func encode(s string) string { return encoder.Replace(s) }

func decode(s string) string {
	if strings.IndexByte(s, 1) < 0 {
		return s
	}
	return decoder.Replace(s)
}

func encodeAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = encode(s)
	}
	return out
}
