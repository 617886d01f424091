package schema

// Unknown stands for a value that is not known, in a value that is checked before
// there is all of it: a program's text rather than its run. It fits every schema,
// and so does what is only wrong if it has, or has not, some value. Check returns
// it as it is.
type Unknown struct{}

func isUnknown(v any) bool { _, ok := v.(Unknown); return ok }

// holdsUnknown tells whether v is an Unknown or has one in it. It is asked only
// where something seems wrong.
func holdsUnknown(v any) bool {
	switch v := v.(type) {
	case Unknown:
		return true
	case map[string]any:
		for _, member := range v {
			if holdsUnknown(member) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if holdsUnknown(item) {
				return true
			}
		}
	}
	return false
}
