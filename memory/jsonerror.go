package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// PlainJSON is an error of encoding/json in words that need no Go.
func PlainJSON(err error) error {
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ) && typ.Field != "":
		return fmt.Errorf("%q must be %s, not %s", typ.Field, wanted(typ.Type), given(typ.Value))
	case errors.As(err, &typ):
		return fmt.Errorf("it must be %s, not %s", wanted(typ.Type), given(typ.Value))
	}
	return fmt.Errorf("not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// given names a value of JSON as encoding/json tells of it.
func given(value string) string {
	if name, ok := map[string]string{"array": "a list", "object": "an object", "string": "a text", "bool": "true or false"}[value]; ok {
		return name
	}
	if digits, ok := strings.CutPrefix(value, "number "); ok {
		return digits
	}
	return "a number"
}

// wanted names what can be read into a type.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	}
	return "an object"
}

// checkEnd refuses what stands behind the value that a decoder has read, which it would pass by.
func checkEnd(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the object")
	}
	return nil
}
