package dap

import (
	"reflect"
	"slices"
	"strings"
)

// LaunchAttributes are the names of all that launch reads. The client writes type itself.
func LaunchAttributes() []string {
	names := append(jsonNames(reflect.TypeFor[launchArguments]()), "token")
	return slices.DeleteFunc(names, func(name string) bool { return name == "type" })
}

// AttachAttributes are the names of all that an attach can use.
func AttachAttributes() []string {
	own := reflect.TypeFor[attachArguments]()
	names := jsonNames(reflect.TypeFor[stopFilters]())
	for i := range own.NumField() {
		if f := own.Field(i); !f.Anonymous {
			names = append(names, f.Tag.Get("json"))
		}
	}
	return append(names, "stopOnEntry", "noDebug", "pathMappings")
}

func jsonNames(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			names = append(names, jsonNames(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
