package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
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
			p.missingReturn(n)
		case syntax.Table:
			p.missingFields(n)
			for field := range t.Children(n) {
				if t.Kind(field) != syntax.PosField {
					p.assignedType(t.Child(field, 1))
				}
			}
		case syntax.ReturnStat:
			p.returned(n, t.First(n))
		default:
			for value := range t.Children(t.Next(t.First(n))) {
				p.assignedType(value)
			}
		}
	}
	p.typeNames()
	p.fieldTags()
}

func (p *pass) assignedType(value syntax.Node) {
	if m, wrong := p.snap.Mismatch(p.file, value); wrong {
		p.at("assigned-type", value, fmt.Sprintf("%s is %s, but gets %s", m.Name, m.Want, given(m.Got)))
	}
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
