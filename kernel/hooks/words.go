package hooks

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// resultWords are the types of results as scripts write them, the usual ones first.
func resultWords() []string {
	return []string{"continue", "skip", "modified", "cancel", "redirect", "replace", "retry", "skipped", "cancelled"}
}

// ParseKind reads the type of a result as scripts write it, in capitals or not. The error
// says which there are, and which was probably meant.
func ParseKind(word string) (Kind, error) {
	switch low := strings.ToLower(word); low {
	case "continue":
		return Continue, nil
	case "skip", "skipped":
		return Skip, nil
	case "cancel", "cancelled":
		return Cancel, nil
	case "redirect":
		return Redirect, nil
	case "retry":
		return Retry, nil
	case "modified":
		return Modified, nil
	case "replace":
		return Replace, nil
	case "fork", "cache":
		return Continue, fmt.Errorf("the result %s is not supported: a hook can call what it wants itself, and return replace", low)
	}
	meant := ""
	if near := NearestKind(word); near != "" {
		meant = fmt.Sprintf("; did you mean %q?", near)
	}
	return Continue, fmt.Errorf("the result has the type %q; it is one of continue, skip, modified, cancel, redirect, replace, retry%s", cut(word, 60), meant)
}

// NearestKind is the type of a result that a word was probably meant to be, "" if there is
// none.
func NearestKind(word string) string { return schema.Nearest(word, resultWords()) }

// NoResult is the error of a hook that returned what is no result, of a type of Lua's.
func NoResult(luaType string) error {
	return fmt.Errorf(`the hook returned a %s; it returns nothing, "continue", "skip", a reason to cancel, or a table such as {type = "modified", data = …}`, luaType)
}

// NoData is the error of a result of the kind Modified without a table for its data.
func NoData() error {
	return errors.New(`the result modified needs a table of members of ctx.data, as in {type = "modified", data = {params = …}}`)
}

// CheckRetryNumber returns what is wrong with a number of a result of the kind Retry, which
// is called name: delay_ms or max_attempts.
func CheckRetryNumber(name string, v float64) error {
	most := float64(maxRetryDelay.Milliseconds())
	if name == "max_attempts" {
		most = maxRetryAttempts
	}
	if v >= 0 && v <= most {
		return nil
	}
	plain := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return fmt.Errorf("the result retry has %s = %s; it lies between 0 and %s", name, plain(v), plain(most))
}

// NoRetryNumber is the error of a result of the kind Retry with something else for a number,
// of a type of Lua's.
func NoRetryNumber(name, luaType string) error {
	return fmt.Errorf("the result retry has a %s for %s, which is a number", luaType, name)
}

// NoTarget is the error of a result of the kind Redirect without a target.
func NoTarget() error { return errors.New("the result redirect needs a target") }
