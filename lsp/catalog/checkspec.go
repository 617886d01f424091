package catalog

import (
	"slices"

	"github.com/llmspell/llmspell/tools/spec"
)

// CheckSpec is CheckCall for the table that Tool.register is given: what it would say. The
// first message is the error of the call, but for what stands before it there. What is not
// literal is taken to be right.
func CheckSpec(table *LiteralTable) []Problem {
	rest, out := specFunction(table)
	root := literal(rest, 1)
	if root.bad != nil {
		p := unusable(root, "", "")
		p.Message = root.bad.reason
		if root.bad.path != "" {
			p.Message = root.bad.path + ": " + p.Message
		}
		return append(out, p)
	}
	if _, list := root.value.([]any); list { // without names, it has none of the members
		root, rest = &node{value: map[string]any{}}, &LiteralTable{}
	}
	found := check(spec.Checker(), spec.Schema(), specAliases, rest)
	out = append(out, found...)
	known, _ := root.value.(map[string]any)
	wrong := func(member string) bool { // what is said of it is enough
		return slices.ContainsFunc(found, func(p Problem) bool { return len(p.Path) > 0 && p.Path[0] == member })
	}
	if name, ok := known["name"].(string); ok && !wrong("name") {
		if err := spec.CheckName(name); err != nil {
			out = append(out, memberProblem(root, "name", err))
		}
	}
	for i := range root.of {
		switch b := &root.of[i]; {
		case wrong(b.key):
		case b.key == "parameters" || b.key == "schema":
			out = append(out, checkSchema(b, spec.Parameters)...)
		case b.key == "result":
			out = append(out, checkSchema(b, spec.Result)...)
		}
	}
	return out
}

func specAliases() map[string][]string { return map[string][]string{"parameters": {"schema"}} }

func memberProblem(root *node, member string, err error) Problem {
	p := Problem{Code: WrongValue, On: OnValue, Message: err.Error(), Path: []any{member}}
	for _, b := range root.of {
		if b.key == member {
			p.At = []int{b.at}
		}
	}
	return p
}

// specFunction takes the tool's function out of a table, and says what is wrong with it.
func specFunction(table *LiteralTable) (rest *LiteralTable, out []Problem) {
	rest = &LiteralTable{Fields: slices.Clone(table.Fields), Open: table.Open}
	var names []string
	at := -1
	for i := range rest.Fields {
		f := &rest.Fields[i]
		name, _ := f.Key.(string)
		switch {
		case name == spec.Function:
			if at = i; f.Value == nil {
				at = -1
			}
		case name != "" && f.Value != nil:
			names = append(names, name)
		}
	}
	if at >= 0 {
		if kind := LuaTypeOf(rest.Fields[at].Value); kind != "function" && kind != "" {
			err := spec.NoFunction(kind, nil)
			out = append(out, Problem{Code: WrongValue, At: []int{at}, Path: []any{spec.Function}, On: OnValue, Message: err.Error()})
		}
	} else if !rest.Open {
		slices.Sort(names)
		p := Problem{Code: MissingKey, Message: spec.NoFunction("nil", names).Error()}
		if near := spec.NearFunction(names); near != "" {
			for i := range rest.Fields {
				if f := &rest.Fields[i]; f.Key == near {
					p.Code, p.At, p.Path, p.On = UnknownKey, []int{i}, []any{near}, OnKey
					f.Value = nil
				}
			}
			p.Fixes = []Fix{replaceKey(spec.Function)}
		} else {
			text := spec.Function + " = function(params) end"
			p.Fixes = []Fix{{Kind: InsertKeys, Title: "Add " + quoted(spec.Function), Text: text, Snippet: spec.Function + " = function(${1:params}) $0 end"}}
		}
		out = append(out, p)
	}
	for i := range rest.Fields {
		if f := &rest.Fields[i]; f.Key == spec.Function {
			f.Value = nil // as if it were not there
		}
	}
	return rest, out
}
