package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// CheckMembers refuses what encoding/json takes without a word, and loses: a member that an object has twice, and one
// whose name differs from a known one in its letters' size. Within free members every name is good.
func CheckMembers(text []byte, free ...string) error {
	if err := CheckEscapes(text); err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	_, err := checkValue(d, free, false)
	return err
}

// checkTwice refuses a member that an object has twice, whatever the names are.
func checkTwice(text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	_, err := checkValue(d, nil, true)
	return err
}

// CheckEscapes refuses what encoding/json would replace without a word: an escape of JSON that is half of a character, such as \ud800.
func CheckEscapes(text []byte) error {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		first := escaped(text[i:])
		switch second := escaped(text[min(i+6, len(text)):]); {
		case first >= 0xD800 && first < 0xDC00 && second >= 0xDC00 && second < 0xE000:
			i += 11
		case first >= 0xD800 && first < 0xE000:
			return fmt.Errorf("%s is half of a character: it is written as two, from \\ud800 to \\udbff and from \\udc00 to \\udfff", text[i:i+6])
		default:
			i++ // what is escaped may be a backslash
		}
	}
	return nil
}

// escaped is the number of an escape such as \u00e9 that a text begins with; -1 if it begins with none.
func escaped(text []byte) int64 {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int64(n)
}

// checkValue reads a value, and tells whether it was the end of the list or object instead.
func checkValue(d *json.Decoder, free []string, inFree bool) (end bool, err error) {
	token, err := d.Token()
	if errors.Is(err, io.EOF) {
		return true, io.ErrUnexpectedEOF
	}
	if err != nil {
		return true, err
	}
	switch token {
	case json.Delim('}'), json.Delim(']'):
		return true, nil
	case json.Delim('['):
		for !end && err == nil {
			end, err = checkValue(d, free, inFree)
		}
		return false, err
	case json.Delim('{'):
		return false, checkObject(d, free, inFree)
	}
	return false, nil
}

// checkObject reads the members of an object.
func checkObject(d *json.Decoder, free []string, inFree bool) error {
	seen := map[string]bool{}
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return nil // the end of the object
		}
		within := inFree
		switch lower := strings.ToLower(name); {
		case seen[name]:
			return fmt.Errorf("the member %q is there twice", name)
		case !inFree && (name != lower || strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 })):
			return fmt.Errorf("there is no member %q: names are in small letters, such as \"session\"", name)
		case !inFree:
			for _, f := range free {
				within = within || f == name
			}
		}
		seen[name] = true
		if _, err := checkValue(d, free, within); err != nil {
			return err
		}
	}
}
