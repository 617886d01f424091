package catalog

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/kernel/globals"
)

// refusalsText has what the functions of the kernel say of arguments that they refuse. A line is
// about one argument, counted from 1, and kinds of values:
//
//	FUNCTION NUMBER KIND,KIND: WORDS
//	FUNCTION NUMBER KIND,KIND = WORDS OF ANOTHER NAME
//
// A kind is a type of Lua's, none for an argument that is missing, or one of values that are
// refused although others of their type are not: fraction, negative, zero, empty (a text), no element (a
// table without any), element TYPE (in a list), in it function. {kind} and {value} in the words
// are those of the argument, {index} is that of the element, {path} leads to the function. TestRefusals of lsp/lint asks the kernel, and writes the text.
//
//go:embed refusals.txt
var refusalsText string

type refusalKey struct {
	function string
	number   int
	kind     string
}

// refusals is made when it is first asked for.
var refusals = sync.OnceValue(func() map[refusalKey]string {
	out := map[refusalKey]string{}
	for line := range strings.Lines(refusalsText) {
		line = strings.TrimSuffix(line, "\n")
		function, rest, _ := strings.Cut(line, " ")
		number, rest, _ := strings.Cut(rest, " ")
		n, _ := strconv.Atoi(number)
		at := strings.IndexAny(rest, ":=")
		kinds, words := rest[:at], strings.TrimPrefix(rest[at+1:], " ")
		if rest[at] == ':' {
			words = function + ": " + words
		}
		for kind := range strings.SplitSeq(strings.TrimSuffix(kinds, " "), ",") {
			out[refusalKey{function, n, kind}] = words
		}
	}
	return out
})

// NoArgument is the kind of an argument that is missing.
const NoArgument = "none"

// Refusal is what a function of the kernel, Tool.get, says when its argument of a number, from 1, is of
// a kind that it does not take: a type of Lua's, or NoArgument. v is its value as far as it is known,
// as LiteralField has it. It is "" if that is not known.
func Refusal(function string, number int, kind string, v any) string {
	if t, ok := v.(*LiteralTable); ok {
		if p, ok := inIt(refusals()[refusalKey{function, number, inItFunction}], t); ok {
			return p.Message
		}
	}
	kinds := []string{kind}
	if special := specialKind(v); special != "" {
		kinds = []string{special, kind}
	} else if kind == "nil" {
		kinds = append(kinds, NoArgument)
	}
	for _, k := range kinds {
		if words, ok := refusals()[refusalKey{function, number, k}]; ok {
			return worded(words, kind, v)
		}
	}
	return ""
}

// CheckArgument returns what a function of the kernel finds wrong with an argument whose type seems to
// fit: a number out of its range, a text that is empty, a list with an element that is none, a value
// with a function in it.
func CheckArgument(function string, number int, v any) []Problem {
	words := func(kind string) string { return refusals()[refusalKey{function, number, kind}] }
	whole := func(message string) []Problem {
		if message == "" {
			return nil
		}
		return []Problem{{Code: WrongArgument, Message: message}}
	}
	switch v := v.(type) {
	case float64, string:
		if kind := specialKind(v); kind != "" {
			return whole(worded(words(kind), LuaTypeOf(v), v))
		}
	case bool:
		return whole(worded(words("boolean"), "boolean", v))
	case LuaType:
		if text := words(string(v)); strings.Contains(text, "{kind} cannot") {
			return []Problem{{Code: NotConvertible, Message: worded(text, string(v), v)}}
		}
		return whole(worded(words(string(v)), string(v), v))
	case *LiteralTable:
		if p, ok := inIt(words(inItFunction), v); ok {
			return []Problem{p}
		}
		if text := words("table"); text != "" {
			return whole(worded(text, "table", v))
		}
		return append(whole(noElement(words("no element"), v)), elements(words, v)...)
	}
	return nil
}

// specialKind is the kind of a value that may be refused although its type fits, "" for others.
func specialKind(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return "empty"
		}
	case float64:
		switch {
		case math.IsInf(v, 0):
		case v != math.Trunc(v) && !math.IsNaN(v):
			return "fraction"
		case v < 0:
			return "negative"
		case v == 0:
			return "zero"
		}
	}
	return ""
}

const inItFunction = "in it function"

// longestValue is how long a text is that words show.
const longestValue = 40

// worded fills in words; "" if they need a value that is not known, or is written another way.
func worded(words, kind string, v any) string {
	if strings.Contains(words, "{value}") {
		value := ""
		switch v := v.(type) {
		case float64:
			value = fmt.Sprintf("%.14g", v)
		case bool:
			value = strconv.FormatBool(v)
		case string:
			if quoted := strconv.Quote(v); len(v) > longestValue || quoted != `"`+v+`"` {
				return ""
			}
			value = v
		default:
			return ""
		}
		words = strings.ReplaceAll(words, "{value}", value)
	}
	if kind == NoArgument {
		kind = "nil"
	}
	return strings.ReplaceAll(words, "{kind}", kind)
}

// inIt is the problem of a table in which a function, or what else cannot be converted, or a boolean
// is a key; not ok of a table that the kernel may take.
func inIt(words string, t *LiteralTable) (p Problem, ok bool) {
	if words == "" {
		return p, false
	}
	root := literal(t, 1)
	if root.bad == nil {
		return p, false
	}
	p = unusable(root, "", "")
	if root.bad.reason == booleanKey {
		before, after, _ := strings.Cut(words, "{path}: ")
		reason := booleanKey
		if strings.Contains(after, "JSON") {
			reason = globals.MemberKeyFault("boolean")
		}
		if root.bad.path != "" {
			before += root.bad.path + ": "
		}
		p.Message = before + reason
		return p, true
	}
	kind, _, cannot := strings.Cut(strings.TrimPrefix(root.bad.reason, "a "), " cannot be converted")
	if !cannot {
		return p, false
	}
	p.Message = strings.NewReplacer("{path}", root.bad.path, "{kind}", kind).Replace(words)
	return p, true
}

// noElement is what is said of a table that has no elements 1, 2, …
func noElement(words string, t *LiteralTable) string {
	if words == "" || t.Open {
		return ""
	}
	entries, _ := entriesOf(t)
	if hasNumber(entries) {
		return ""
	}
	return worded(words, "table", t)
}

// elements are the problems of the elements of a list.
func elements(words func(kind string) string, t *LiteralTable) (out []Problem) {
	index := 0
	for i, f := range t.Fields {
		if f.Key != nil {
			continue
		}
		index++
		kind := LuaTypeOf(f.Value)
		if text := words("element " + kind); text != "" {
			text = strings.ReplaceAll(text, "{index}", strconv.Itoa(index))
			out = append(out, Problem{Code: WrongArgument, At: []int{i}, Path: []any{index}, On: OnValue, Message: worded(text, kind, f.Value)})
		}
	}
	return out
}
