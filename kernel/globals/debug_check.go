package globals

import (
	"fmt"
	"strings"
)

// CheckLevel returns the error that Debug.log raises for a level, without its name; nil for one
// that it takes, in upper or lower case.
func CheckLevel(text string) error {
	if _, ok := parseDebugLevel(text); !ok {
		return fmt.Errorf("unknown level %q: use trace, debug, info, warn or error", clipped(text))
	}
	return nil
}

// CheckLeastLevel is CheckLevel for Debug.setLevel.
func CheckLeastLevel(text string) error {
	if _, ok := parseDebugLevel(text); !ok {
		return fmt.Errorf("unknown level %q: use trace, debug, info, warn, error or off", clipped(text))
	}
	return nil
}

// CheckFilterKind returns the error that Debug.addAdvancedFilter raises for a kind of pattern,
// without its name; nil for one that it takes, in upper or lower case.
func CheckFilterKind(kind string) error {
	switch kind = strings.ToLower(kind); kind {
	case "exact", "wildcard", "hierarchical", "regex":
		return nil
	}
	return fmt.Errorf("unknown kind of pattern %q: use exact, wildcard, hierarchical or regex", clipped(kind))
}
