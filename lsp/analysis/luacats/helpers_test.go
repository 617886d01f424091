package luacats

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

func read(text string) *Notes { return Read(text, syntax.Parse(text).Tokens()) }

// show is a type with brackets around everything, so that precedence is seen.
func show(t Type) string {
	switch t := t.(type) {
	case nil:
		return "-"
	case *NameType:
		if len(t.Args) > 0 {
			return t.Name.Text + "<" + shows(t.Args) + ">"
		}
		return t.Name.Text
	case *LiteralType:
		return fmt.Sprintf("%#v", t.Value)
	case *UnionType:
		var parts []string
		for i, of := range t.Of {
			s := show(of)
			if len(t.Docs) > i && t.Docs[i] != "" {
				s += " # " + t.Docs[i]
			}
			parts = append(parts, s)
		}
		return "(" + strings.Join(parts, "|") + ")"
	case *OptionalType:
		return show(t.Of) + "?"
	case *ArrayType:
		return show(t.Elem) + "[]"
	case *TupleType:
		return "[" + shows(t.Elems) + "]"
	case *TableType:
		var parts []string
		for _, f := range t.Fields {
			name := f.Name.Text
			if f.Key != nil {
				name = "[" + show(f.Key) + "]"
			}
			if f.Optional {
				name += "?"
			}
			if name != "" {
				name += ": "
			}
			parts = append(parts, name+show(f.Type))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *FuncType:
		s := "fun"
		if t.Async {
			s = "async fun"
		}
		if len(t.Generics) > 0 {
			s += "<" + showParams(t.Generics) + ">"
		}
		var parts []string
		for _, p := range t.Params {
			name := p.Name.Text
			if p.Optional {
				name += "?"
			}
			if p.Type != nil {
				name += ": " + show(p.Type)
			}
			parts = append(parts, name)
		}
		s += "(" + strings.Join(parts, ", ") + ")"
		if len(t.Results) > 0 {
			s += "->(" + showResults(t.Results) + ")"
		}
		return s
	case *CaptureType:
		return "`" + t.Name.Text + "`"
	case *VariadicType:
		if t.Of == nil {
			return "..."
		}
		return show(t.Of) + "..."
	case *BadType:
		return "BAD"
	}
	panic("no such type")
}

func shows(ts []Type) string {
	var parts []string
	for _, t := range ts {
		parts = append(parts, show(t))
	}
	return strings.Join(parts, ", ")
}

func showResults(rs []FuncResult) string {
	var parts []string
	for _, r := range rs {
		s := show(r.Type)
		if r.Name.Text != "" {
			s = r.Name.Text + ": " + s
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func showParams(ps []TypeParam) string {
	var parts []string
	for _, p := range ps {
		s := p.Name.Text
		if p.Bound != nil {
			s += ": " + show(p.Bound)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func showWords(ws []Word) string {
	var parts []string
	for _, w := range ws {
		parts = append(parts, w.Text)
	}
	return strings.Join(parts, " ")
}

// showTag is a tag on one line; parts in quotes are texts.
func showTag(tag Tag) string {
	h := tag.(interface{ head() *Head }).head()
	optional := func(b bool) string {
		if b {
			return "?"
		}
		return ""
	}
	s := h.Word.Text
	switch t := tag.(type) {
	case *ParamTag:
		s += " " + t.Name.Text + optional(t.Optional) + " " + show(t.Type)
		if t.Default != "" {
			s += " = " + t.Default
		}
	case *ReturnTag:
		s += " " + showResults(t.Results)
	case *ClassTag:
		s += fmt.Sprintf(" %s<%s>:[%s] exact=%v", t.Name.Text, showParams(t.Params), shows(t.Parents), t.Exact)
	case *FieldTag:
		s += fmt.Sprintf(" %s %s[%s]%s %s", t.Visibility, t.Name.Text, show(t.Key), optional(t.Optional), show(t.Type))
	case *TypeTag:
		s += " " + shows(t.Types)
	case *AliasTag:
		s += fmt.Sprintf(" %s<%s> %s", t.Name.Text, showParams(t.Params), show(t.Type))
	case *EnumTag:
		s += fmt.Sprintf(" %s key=%v", t.Name.Text, t.Key)
	case *OverloadTag:
		if t.Func != nil {
			s += " " + show(t.Func)
		}
	case *GenericTag:
		s += " " + showParams(t.Params)
	case *VarargTag:
		s += " " + show(t.Type)
	case *CastTag:
		s += " " + t.Name.Text
		for _, c := range t.Changes {
			s += " "
			if c.Op != 0 {
				s += string(c.Op)
			}
			s += show(c.Type)
		}
	case *AsTag:
		s += " " + show(t.Type)
	case *OperatorTag:
		s += fmt.Sprintf(" %s(%s): %s", t.Name.Text, show(t.Operand), show(t.Result))
	case *ModuleTag:
		s += " " + t.Name.Text
	case *SeeTag:
		s += " " + t.Name.Text
	case *SourceTag:
		s += " " + t.Place.Text
	case *VersionTag:
		s += " " + showWords(t.Versions)
	case *DiagnosticTag:
		s += " " + t.Action.Text + ": " + showWords(t.Codes)
	}
	if h.Text != "" {
		s += fmt.Sprintf(" %q", h.Text)
	}
	return s
}
