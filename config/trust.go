package config

import (
	"fmt"
	"reflect"
	"slices"
)

// A project's file that was merely found in the working folder comes with the
// project, perhaps from strangers. What it may do is said by the tag project:
//
//	(none)    set the value
//	no        nothing
//	false     only switch it off
//	lower     only lower a limit; one of 0 is none at all
//	stricter  only choose a word that stands before the present one in its list
//	add       add to the list, never take away
//
// What is not admitted changes nothing, and is one of Loaded.Refused.
const (
	projectNo       = "no"
	projectFalse    = "false"
	projectLower    = "lower"
	projectStricter = "stricter"
	projectAdd      = "add"
)

const (
	untrustedFile = "a file that was only found in the working folder"
	trustIt       = "if you trust it, name it: --config %s"
)

// admit decides whether an untrusted file may replace old by next; a list may
// change it.
func (d *decoder) admit(old, next reflect.Value, f *field, n *node, path string) bool {
	if reflect.DeepEqual(old.Interface(), next.Interface()) {
		return true
	}
	why := ""
	switch f.tag.project {
	case "":
		return true
	case projectAdd:
		next.Set(reflect.ValueOf(union(old.Interface().([]string), next.Interface().([]string))))
		return true
	case projectFalse:
		if isFalse(next) {
			return true
		}
		why = "may only switch this off"
	case projectLower:
		if was, is := old.Int(), next.Int(); is > 0 && (was == 0 || is < was) {
			return true
		}
		why = fmt.Sprintf("may only lower this limit, which is %v", limitText(old))
	case projectStricter:
		if rank(f, next.String()) <= rank(f, old.String()) {
			return true
		}
		why = "may only make this stricter"
	default:
		why = "may not set this"
	}
	d.refused = append(d.refused, d.about(n, path,
		"is left as it is: "+untrustedFile+" %s; "+trustIt, why, d.origin.Source))
	return false
}

func limitText(v reflect.Value) string {
	if v.Int() == 0 {
		return "none"
	}
	return fmt.Sprint(v.Interface())
}

func isFalse(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		return !v.IsNil() && !v.Elem().Bool()
	}
	return !v.Bool()
}

// rank orders the words of a field from strict to loose. The empty word stands
// for the default of profiles, restricted.
func rank(f *field, word string) int {
	if word == "" && slices.Contains(f.tag.enum, "restricted") {
		word = "restricted"
	}
	return slices.Index(f.tag.enum, word)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
