package lsp

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// readSettings lays what a client sets over the defaults, the last layer on top. What cannot
// be taken is left as it was, and told in faults; all else counts.
func readSettings(layers ...[]byte) (set *Settings, faults []string) {
	set = defaultSettings()
	for _, data := range layers {
		if len(data) > 0 {
			faults = append(faults, layer(reflect.ValueOf(set).Elem(), settingsSection, data, true)...)
		}
	}
	return set, faults
}

// layer lays an object over the fields of a struct. open: it may have members that are
// somebody else's, such as the token of initializationOptions, or an editor's own settings.
func layer(into reflect.Value, path string, data []byte, open bool) (faults []string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return []string{fmt.Sprintf("the setting %s must be an object, not %s", path, excerpt(data))}
	}
	fields := map[string]reflect.Value{}
	for i := range into.NumField() {
		fields[into.Type().Field(i).Tag.Get("json")] = into.Field(i)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field, at := fields[name], path+"."+name
		switch {
		case field.IsValid():
			faults = append(faults, layValue(field, at, members[name])...)
		case !open:
			fault := fmt.Sprintf("there is no setting %s", at)
			if near := schema.Nearest(name, slices.Collect(maps.Keys(fields))); near != "" {
				fault += fmt.Sprintf("; did you mean %s.%s?", path, near)
			}
			faults = append(faults, fault)
		}
	}
	return faults
}

// layValue sets a field. Null sets nothing.
func layValue(field reflect.Value, path string, data []byte) []string {
	if string(data) == "null" {
		return nil
	}
	if field.Kind() == reflect.Struct {
		return layer(field, path, data, false)
	}
	value := reflect.New(field.Type())
	if json.Unmarshal(data, value.Interface()) != nil {
		return []string{fmt.Sprintf("the setting %s must be %s, not %s", path, settingWanted(field.Kind()), excerpt(data))}
	}
	field.Set(value.Elem())
	return nil
}

// settingWanted describes the values of a kind of setting.
func settingWanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list of strings"
	default:
		return "an object with strings"
	}
}

// excerpt is the beginning of a value, for a message.
func excerpt(data []byte) string {
	const most = 60
	text := strings.Join(strings.Fields(string(data)), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
