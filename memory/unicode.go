package memory

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// CheckText refuses texts that are not UTF-8: nothing that is kept is like them. what names them for people.
func CheckText(what string, texts ...string) error {
	for _, text := range texts {
		if i := notUTF8(text); i >= 0 {
			return fmt.Errorf("%s is not a text in UTF-8 (byte 0x%02x at column %d)", what, text[i], utf8.RuneCountInString(text[:i])+1)
		}
	}
	return nil
}

// notUTF8 is where a text is not UTF-8; -1: nowhere.
func notUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// checkTexts is CheckText for what JSON can say, which encoding/json would write otherwise than it is.
func checkTexts(what string, v any) error {
	switch v := v.(type) {
	case string:
		return CheckText(what, v)
	case []string:
		return CheckText(what, v...)
	case []any:
		for _, e := range v {
			if err := checkTexts(what, e); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := cmp.Or(CheckText("a name in "+what, name), checkTexts(what, v[name])); err != nil {
				return err
			}
		}
	}
	return nil
}

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
	if at := notUTF8(string(line)); at >= 0 {
		return fmt.Errorf("it is not UTF-8 (byte 0x%02x at column %d): convert the file, e.g. with iconv -f ISO-8859-1 -t UTF-8", line[at], utf8.RuneCount(line[:at])+1)
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
