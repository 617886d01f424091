package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// annotated compares the code with its annotations.
func (p *pass) annotated() {
	if len(p.notes.Blocks) == 0 && len(p.notes.As) == 0 || p.notes.Meta {
		return
	}
	t := p.tree
	for n := range p.nodes(syntax.LocalStat, syntax.AssignStat, syntax.ReturnStat, syntax.FuncBody, syntax.Table) {
		switch t.Kind(n) {
		case syntax.FuncBody:
			p.parameterTags(n)
		case syntax.Table:
			p.missingFields(n)
		case syntax.ReturnStat:
			p.returned(n, t.First(n))
		default:
			for value := range t.Children(t.Next(t.First(n))) {
				if m, wrong := p.snap.Mismatch(p.file, value); wrong {
					p.at("assigned-type", value, fmt.Sprintf("%s is %s, but gets %s", m.Name, m.Want, given(m.Got)))
				}
			}
		}
	}
	p.typeNames()
	p.fieldTags()
}

// returned compares a return statement with @return.
func (p *pass) returned(n, list syntax.Node) {
	t := p.tree
	values := p.count(list)
	open := false
	for i, value := range values {
		if k := t.Kind(value); i == len(values)-1 && (k == syntax.Call || k == syntax.Vararg) {
			open = true
		} else if m, wrong := p.snap.Mismatch(p.file, value); wrong {
			p.at("return-type", value, fmt.Sprintf("result %d is %s, but %s is returned", i+1, m.Want, given(m.Got)))
		}
	}
	least, most, ok := p.snap.ReturnCount(p.file, n)
	switch {
	case !ok:
	case len(values) > 0 && (t.Kind(values[0]) == syntax.Nil || t.Kind(values[0]) == syntax.False):
		// return nil, message: annotations often leave that out.
	case !open && len(values) < least && len(values) > 0:
		p.at("return-count", n, fmt.Sprintf("the annotations say %s, but the function returns %d here", plural(least, "result"), len(values)))
	case most >= 0 && len(values) > most:
		p.report("return-count", t.Start(values[most]), t.End(values[len(values)-1]), fmt.Sprintf("the annotations say %s, but the function returns %d here", plural(most, "result"), len(values)))
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// parameterTags reports @param of what is no parameter.
func (p *pass) parameterTags(body syntax.Node) {
	t := p.tree
	block := p.snap.NotesOf(p.file, body)
	if block == nil || luacats.First[*luacats.TypeTag](block) != nil {
		return
	}
	var names []string
	for param := range t.Children(t.First(body)) {
		names = append(names, t.Source(param))
	}
	if stat := t.Parent(body); t.Kind(stat) == syntax.FuncStat && t.Kind(t.First(stat)) == syntax.Method {
		names = append(names, "self")
	}
	if p.describesOptions(block, names) {
		return
	}
	seen := map[string]bool{}
	for _, tag := range block.Tags {
		param, ok := tag.(*luacats.ParamTag)
		if !ok || !isName(param.Name.Text) {
			continue
		}
		name := param.Name.Text
		switch {
		case !slices.Contains(names, name):
			x := p.report("annotated-parameter", param.Name.Start, param.Name.End, "the function has no parameter "+name, name)
			var free []string
			for _, have := range names {
				if isName(have) && luacatsParam(block, have) == nil {
					free = append(free, have)
				}
			}
			if near := nearestOf(name, free); near != "" {
				x.Message += "; did you mean " + near + "?"
				x.fix("Change to "+near, false, param.Name.Start, param.Name.End, near)
			}
		case seen[name]:
			p.report("annotated-parameter", param.Name.Start, param.Name.End, "the parameter "+name+" is annotated twice", name)
		}
		seen[name] = true
	}
}

// maxStale is how many names of no parameters are taken for mistakes.
const maxStale = 3

// describesOptions tells whether a block uses @param for the fields of a table of options:
// it has many names that are no parameters.
func (p *pass) describesOptions(block *luacats.Block, names []string) bool {
	stale := 0
	for _, tag := range block.Tags {
		if param, ok := tag.(*luacats.ParamTag); ok && !slices.Contains(names, param.Name.Text) {
			stale++
		}
	}
	return stale > maxStale
}

func luacatsParam(b *luacats.Block, name string) *luacats.ParamTag {
	for _, tag := range b.Tags {
		if param, ok := tag.(*luacats.ParamTag); ok && param.Name.Text == name {
			return param
		}
	}
	return nil
}

// missingFields reports a table that lacks fields of its class.
func (p *pass) missingFields(n syntax.Node) {
	if !p.on("missing-field") || p.tree.First(n) == syntax.None {
		return // an empty one is filled later
	}
	class, missing := p.snap.MissingFields(p.file, n)
	var names []string
	for _, name := range missing {
		if !p.storedNames()[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	what := "the field " + names[0]
	if len(names) > 1 {
		what = "the fields " + strings.Join(names, ", ")
	}
	p.report("missing-field", p.tree.Start(n), p.tree.Start(n)+1, fmt.Sprintf("the table is %s, which needs %s too", class, what))
}

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
