package catalog

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/tools/schema"
)

// CheckOptions is CheckCall for a table of options: what the function that takes it would
// say.
func CheckOptions(t *options.Table, table *LiteralTable) []Problem {
	given, function, bad := withoutFunction(t, table)
	if bad != nil {
		return []Problem{*bad}
	}
	if t.KeysOnly {
		given = keysOf(given)
	}
	given = listed(t, given)
	if root := literal(given, 1); root.bad != nil {
		// A name that there is not comes first, as for the runtime.
		unknown := slices.DeleteFunc(checkMember(t, function, names(given)), func(p Problem) bool { return p.Code != UnknownKey })
		if len(unknown) > 0 {
			return unknown
		}
		return []Problem{unusable(root, t.Member, "cannot be used: ")}
	}
	problems := checkMember(t, function, given)
	if problems == nil {
		problems = checkTexts(t, t.Checker(function), given)
	}
	return problems
}

// CheckGiven is what the function that takes a table of options says when it is given a literal
// that is none: "" if nothing, or what is not known.
func CheckGiven(t *options.Table, v any) string {
	switch v.(type) {
	case bool, string, float64, LuaType:
	default:
		return ""
	}
	if t.OwnWords || t.KeysOnly {
		return ""
	}
	n := literal(v, 1)
	if n.bad != nil {
		return t.Unusable(nil, n.bad.reason).Error()
	}
	if _, err := t.Check(n.value, ""); err != nil {
		return err.Error()
	}
	return ""
}

// CheckParams is what a tool says when it is given a literal in place of the table of its parameters: ""
// if nothing, or what is not known.
func CheckParams(v any) string {
	switch v.(type) {
	case bool, string, float64, LuaType:
	default:
		return ""
	}
	n := literal(v, 1)
	if n.bad != nil {
		return unusable(n, "", noParams).Message
	}
	return (&schema.FieldError{Expected: paramsTable, Value: n.value}).Error()
}

// checkMember checks a table as the member of another that it is to the runtime.
func checkMember(t *options.Table, function bool, given *LiteralTable) []Problem {
	s := schema.Map("", schema.Optional(t.Member, t.Schema))
	outer := &LiteralTable{Fields: []LiteralField{{Key: t.Member, Value: given}}}
	problems := check(t.Checker(function), s, func() map[string][]string { return nil }, outer)
	for i := range problems {
		p := &problems[i]
		if len(p.At) > 0 {
			p.At, p.Path = p.At[1:], p.Path[1:]
		}
		if len(p.At) == 0 {
			p.On = OnTable
		}
	}
	return problems
}

// names is a table of which only the keys that are texts are known.
func names(table *LiteralTable) *LiteralTable {
	out := &LiteralTable{Fields: slices.Clone(table.Fields), Open: table.Open}
	for i := range out.Fields {
		f := &out.Fields[i]
		if _, text := f.Key.(string); text && f.Value != nil {
			f.Value = schema.Unknown{}
		} else {
			f.Value = nil // as if it were not there
		}
	}
	return out
}

// withoutFunction forgets the function that options may have.
func withoutFunction(t *options.Table, table *LiteralTable) (rest *LiteralTable, function bool, bad *Problem) {
	if t.Function == "" {
		return table, false, nil
	}
	out := &LiteralTable{Fields: slices.Clone(table.Fields), Open: table.Open}
	at, given := 0, ""
	for i := range out.Fields {
		if f := &out.Fields[i]; f.Key == t.Function { // the last counts
			at, given = i, LuaTypeOf(f.Value)
			if given == "" {
				given = "function" // what is not known is taken to fit
			}
			f.Value = nil // as if it were not there
		}
	}
	if err := t.CheckFunction(given); err != nil {
		return nil, false, &Problem{Code: WrongValue, At: []int{at}, Path: []any{t.Function}, On: OnValue, Message: err.Error()}
	}
	return out, given == "function" || table.Open, nil
}

// keysOf is a table of which only the keys are known. Entries without keys have numbers.
func keysOf(table *LiteralTable) *LiteralTable {
	out := &LiteralTable{Fields: slices.Clone(table.Fields), Open: table.Open}
	n := 0
	for i := range out.Fields {
		f := &out.Fields[i]
		switch key := f.Key.(type) {
		case nil:
			n++
			f.Key = strconv.Itoa(n)
		case float64:
			f.Key = strconv.FormatFloat(key, 'f', -1, 64)
		}
		if f.Value != nil {
			f.Value = schema.Unknown{}
		}
	}
	return out
}

// LuaTypeOf is what type() says of a literal, "" of what is none.
func LuaTypeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case LuaType:
		return string(v)
	case schema.Unknown:
		return ""
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	}
	return "table"
}

// listed makes lists of the texts that stand for lists. The entries stay at their places.
func listed(t *options.Table, table *LiteralTable) *LiteralTable {
	owned := false
	for i, f := range table.Fields {
		name, _ := f.Key.(string)
		if _, ok := f.Value.(string); !ok || !slices.Contains(t.Lists, name) {
			continue
		}
		if !owned {
			table, owned = &LiteralTable{Fields: slices.Clone(table.Fields), Open: table.Open}, true
		}
		table.Fields[i].Value = &LiteralTable{Fields: []LiteralField{{Value: f.Value}}}
	}
	for i, f := range table.Fields { // a list of them, if it is one, or nobody knows
		name, _ := f.Key.(string)
		if inner, ok := f.Value.(*LiteralTable); ok && inner.Open && slices.Contains(t.Lists, name) {
			if !owned {
				table, owned = &LiteralTable{Fields: slices.Clone(table.Fields), Open: table.Open}, true
			}
			table.Fields[i].Value = schema.Unknown{}
		}
	}
	return table
}

// checkTexts asks what the schema does not say.
func checkTexts(t *options.Table, c *schema.Checker, table *LiteralTable) []Problem {
	if len(t.Texts) == 0 {
		return nil
	}
	m, ok := literal(table, 1).value.(map[string]any)
	if !ok {
		return nil
	}
	all, err := c.CheckObject(map[string]any{t.Member: m})
	if err != nil {
		return nil
	}
	checked, _ := all[t.Member].(map[string]any)
	var out []Problem
	for i, f := range table.Fields {
		name, _ := f.Key.(string)
		text, ok := f.Value.(string)
		if !ok || checked[name] != text || t.Texts[name] == nil {
			continue
		}
		if err := t.Texts[name](text); err != nil {
			out = append(out, Problem{Code: WrongValue, At: []int{i}, Path: []any{name}, On: OnValue, Message: err.Error()})
		}
	}
	// The first is what the runtime says.
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(a.Path[0].(string), b.Path[0].(string)) })
	return out
}
