package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// checkMembers refuses what encoding/json takes without a word, and loses: a member that an object has twice, and one
// whose name differs from a known one in its letters' size. Within free members every name is good.
func checkMembers(text []byte, free ...string) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	_, err := checkValue(d, free, false)
	return err
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
