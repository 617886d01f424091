package example

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Match tells whether a result is what an example wants: each member of an
// object that want names must be there and match; all else must be equal, as
// encoding/json decodes it. The error names the place that differs.
func Match(want, got any) error { return match("result", want, got) }

func match(path string, want, got any) error {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			v, ok := object[name]
			if !ok {
				return fmt.Errorf("%s.%s is missing; want %s", path, name, show(want[name]))
			}
			if err := match(path+"."+name, want[name], v); err != nil {
				return err
			}
		}
		return nil
	case []any:
		list, ok := got.([]any)
		if !ok {
			break
		}
		if len(list) != len(want) {
			return fmt.Errorf("%s has %d items (%s); want %d (%s)", path, len(list), show(list), len(want), show(want))
		}
		for i := range want {
			if err := match(path+"["+strconv.Itoa(i+1)+"]", want[i], list[i]); err != nil {
				return err
			}
		}
		return nil
	default:
		if want == got {
			return nil
		}
	}
	return fmt.Errorf("%s is %s; want %s", path, show(got), show(want))
}

func show(v any) string {
	text, _ := json.Marshal(v) // what came from JSON goes back
	if len(text) > 300 {
		return string(text[:300]) + "…"
	}
	return string(text)
}
