package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/library"
)

// typeNames reports types that there are not, and that are nearly the name of one. Others
// may be declared in a library that is not in the workspace.
func (p *pass) typeNames() {
	if !p.on("unknown-type") {
		return
	}
	generic := map[string]bool{}
	params := func(list []luacats.TypeParam) {
		for _, g := range list {
			generic[g.Name.Text] = true
		}
	}
	each := func(f func(luacats.Type) bool) {
		for _, b := range p.notes.Blocks {
			for _, tag := range b.Tags {
				luacats.TypesOf(tag, func(t luacats.Type) { luacats.Walk(t, f) })
			}
		}
		for _, as := range p.notes.As {
			luacats.Walk(as.Type, f)
		}
	}
	for _, b := range p.notes.Blocks {
		for _, tag := range b.Tags {
			switch tag := tag.(type) {
			case *luacats.GenericTag:
				params(tag.Params)
			case *luacats.ClassTag:
				params(tag.Params)
			case *luacats.AliasTag:
				params(tag.Params)
			}
		}
	}
	var names []*luacats.NameType
	each(func(t luacats.Type) bool {
		switch t := t.(type) {
		case *luacats.FuncType:
			params(t.Generics)
		case *luacats.NameType:
			names = append(names, t)
		}
		return true
	})
	var known []string
	for _, n := range names {
		name := n.Name.Text
		if name == "" || generic[name] || p.snap.KnownType(name) {
			continue
		}
		if known == nil {
			known = p.knownTypes()
		}
		if near := nearestOf(name, known); near != "" {
			x := p.report("unknown-type", n.Name.Start, n.Name.End, "there is no type "+name+"; did you mean "+near+"?", name)
			x.fix("Change to "+near, false, n.Name.Start, n.Name.End, near)
		}
	}
}

// knownTypes are the names of all types but the library's own.
func (p *pass) knownTypes() []string {
	list := []string{"string", "number", "integer", "boolean", "table", "function", "thread", "userdata", "unknown"}
	add := func(e *analysis.Entry) {
		for _, s := range e.Symbols {
			if s.Kind == analysis.ClassOutline {
				list = append(list, s.Name)
			}
		}
	}
	for _, e := range p.snap.Files() {
		add(e)
	}
	for _, name := range library.Names() {
		if f := p.snap.File(library.URI(name)); f != nil {
			add(f.Entry())
		}
	}
	return list
}

// nearestOf is the name of a list that another was probably meant to be, "" if there is none.
func nearestOf(name string, list []string) string {
	best, most := "", 1
	if len(name) >= 8 {
		most = 2
	}
	for _, other := range list {
		if other == name || len(other) < 2 {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(other), most); d < most || d == most && (best == "" || other < best) {
			best, most = other, d
		}
	}
	return best
}

// fieldTags reports a field that a class declares twice, other than as a function with
// several forms.
func (p *pass) fieldTags() {
	for _, b := range p.notes.Blocks {
		var first map[string]*luacats.FieldTag
		for _, tag := range b.Tags {
			switch tag := tag.(type) {
			case *luacats.ClassTag:
				first = map[string]*luacats.FieldTag{}
			case *luacats.FieldTag:
				name := tag.Name.Text
				old := first[name]
				if first == nil || name == "" || old == nil {
					if first != nil {
						first[name] = tag
					}
					continue
				}
				if _, isFunc := tag.Type.(*luacats.FuncType); !isFunc {
					p.report("duplicate-field", tag.Name.Start, tag.Name.End, "the field "+name+" is declared twice: only the first declaration counts", name)
				}
			}
		}
	}
}
