package memory

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// CheckUTF8 refuses a line of a file that is not UTF-8: encoding/json would replace its bytes without a word. n is the
// line's number: the first one may begin with the mark of another encoding.
func CheckUTF8(n int, line []byte) error {
	if n == 1 {
		if name := markOf(line); name != "" {
			return fmt.Errorf("the file is %s, and must be UTF-8: convert it, e.g. with iconv -f %s -t UTF-8", name, name)
		}
	}
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return fmt.Errorf("byte %d is 0, as every second one may be in UTF-16: the file must be UTF-8; convert it, e.g. with iconv -f UTF-16LE -t UTF-8", i+1)
	}
	if utf8.Valid(line) {
		return nil
	}
	for rest := line; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			column := utf8.RuneCount(line[:len(line)-len(rest)]) + 1
			return fmt.Errorf("it is not UTF-8 (byte 0x%02x at column %d): convert the file, e.g. with iconv -f ISO-8859-1 -t UTF-8", rest[0], column)
		}
		rest = rest[size:]
	}
	return nil
}

// markOf is the encoding whose byte order mark a file begins with; "" if there is none, or that of UTF-8.
func markOf(start []byte) string {
	for _, mark := range []struct{ bytes, name string }{{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"}} {
		if bytes.HasPrefix(start, []byte(mark.bytes)) {
			return mark.name
		}
	}
	return ""
}
