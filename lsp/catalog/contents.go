package catalog

import (
	"fmt"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// contentCheck says what is wrong with an argument whose type fits. It gets all arguments of the call,
// as LiteralField has values.
type contentCheck func(args []any) error

// argumentOf is an argument of a function of the kernel, from 1.
type argumentOf struct {
	function string
	number   int
}

// contents are the arguments that the kernel refuses for what they contain. The checks are the
// kernel's own.
var contents = map[argumentOf]contentCheck{
	{"JSON.parse", 1}:                    ofText(1, globals.CheckJSON),
	{"JSON.decode", 1}:                   ofText(1, globals.CheckJSON),
	{"Context.assemble", 3}:              ofBudget(3),
	{"Context.analyze", 2}:               ofBudget(2),
	{"Config.isNetworkAccessAllowed", 2}: checkPort,
	{"JSON.stringify", 2}:                checkIndent,
	{"JSON.encode", 2}:                   checkIndent,
	{"Debug.log", 1}:                     ofText(1, globals.CheckLevel),
	{"Debug.logWithData", 1}:             ofText(1, globals.CheckLevel),
	{"Debug.setLevel", 1}:                ofText(1, globals.CheckLeastLevel),
	{"Debug.addModuleFilter", 1}:         ofText(1, checkWildcard),
	{"Debug.addAdvancedFilter", 1}:       checkFilter,
	{"Debug.addAdvancedFilter", 2}:       ofText(2, globals.CheckFilterKind),
	{"State.get", 1}:                     ofText(1, state.CheckKey),
	{"State.set", 1}:                     ofText(1, state.CheckKey),
	{"State.exists", 1}:                  ofText(1, state.CheckKey),
	{"State.info", 1}:                    ofText(1, state.CheckKey),
	{"State.history", 1}:                 ofText(1, state.CheckKey),
	{"State.increment", 1}:               ofText(1, state.CheckKey),
	{"State.compare_and_set", 1}:         ofText(1, state.CheckKey),
	{"State.delete", 1}:                  checkDeleted,
	{"State.delete", 2}:                  ofText(2, state.CheckKey),
	{"State.save", 1}:                    ofText(1, options.CheckScope),
	{"State.save", 2}:                    ofText(2, state.CheckKey),
	{"State.load", 1}:                    ofText(1, options.CheckScope),
	{"State.load", 2}:                    ofText(2, state.CheckKey),
	{"State.list_keys", 1}:               ofText(1, options.CheckScope),
	{"State.clear", 1}:                   ofText(1, options.CheckScope),
}

// aliasFunctions are functions whose errors have another name than theirs.
var aliasFunctions = map[string]string{"JSON.decode": "JSON.parse", "JSON.encode": "JSON.stringify"}

// CheckContent returns what a function of the kernel says of an argument, from 1, whose type fits, for
// what it contains: "" if nothing, or if it is not known.
func CheckContent(function string, number int, args []any) string {
	check := contents[argumentOf{function, number}]
	if check == nil || number > len(args) {
		return ""
	}
	err := check(args)
	if err == nil {
		return ""
	}
	if name, ok := aliasFunctions[function]; ok {
		function = name
	}
	return function + ": " + err.Error()
}

// HasContentCheck tells whether an argument of a function may be refused for what it contains.
func HasContentCheck(function string, number int) bool {
	return contents[argumentOf{function, number}] != nil
}

func textOf(args []any, number int) (string, bool) {
	if number > len(args) {
		return "", false
	}
	text, ok := args[number-1].(string)
	return text, ok
}

// ofText checks an argument that is a text.
func ofText(number int, check func(text string) error) contentCheck {
	return func(args []any) error {
		text, ok := textOf(args, number)
		if !ok {
			return nil
		}
		return check(text)
	}
}

// ofBudget checks a number of tokens.
func ofBudget(number int) contentCheck {
	return func(args []any) error {
		f, ok := args[number-1].(float64)
		if !ok || f != float64(int(f)) || f == 0 { // 0 is the ordinary budget
			return nil
		}
		return assemble.CheckBudget(int(f))
	}
}

// checkPort checks the port of Config.isNetworkAccessAllowed: a whole number, or a text.
func checkPort(args []any) error {
	if host, _ := textOf(args, 1); host == "" {
		return nil // whether any may be reached: the port is not looked at
	}
	switch v := args[1].(type) {
	case string:
		if v != "" { // any port
			return sandbox.CheckPort(v)
		}
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e9 {
			return sandbox.CheckPort(strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return nil
}

// checkIndent checks the indent of JSON.stringify: alone, or in options.
func checkIndent(args []any) error {
	options, ok := args[1].(*LiteralTable)
	if !ok {
		return globals.CheckIndent(args[1])
	}
	for _, f := range options.Fields {
		if f.Key == "indent" {
			return globals.CheckIndent(f.Value)
		}
	}
	return nil
}

// checkDeleted checks the first argument of State.delete: a key, or the scope of one.
func checkDeleted(args []any) error {
	text, ok := textOf(args, 1)
	switch {
	case !ok:
		return nil
	case len(args) == 1:
		return state.CheckKey(text)
	}
	switch args[1].(type) {
	case string, float64:
		return options.CheckScope(text)
	case *LiteralTable:
		return state.CheckKey(text)
	}
	return nil
}

// checkWildcard checks a pattern of names of modules.
func checkWildcard(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("the pattern %q: %w", options.Clip(pattern), err)
	}
	return nil
}

// checkFilter checks the pattern of Debug.addAdvancedFilter, which is of the kind that the second argument names.
func checkFilter(args []any) error {
	pattern, _ := textOf(args, 1)
	switch kind, _ := textOf(args, 2); strings.ToLower(kind) {
	case "wildcard":
		return checkWildcard(pattern)
	case "regex":
		if _, err := regexp.Compile(pattern); err != nil {
			return fmt.Errorf("the pattern: %w", err)
		}
	}
	return nil
}
