package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// annotationSymbol is what a name in an annotation means: a class, or a parameter.
func (u *unit) annotationSymbol(offset int) (Symbol, types.Location) {
	for _, b := range u.file.Notes().Blocks {
		if offset < b.Start || offset > b.End {
			continue
		}
		for _, tag := range b.Tags {
			if p, ok := tag.(*luacats.ParamTag); ok && touches(p.Name, offset) {
				return u.paramSymbol(b, p.Name)
			}
		}
		for _, w := range typeWords(b) {
			if touches(w, offset) && basics[w.Text] == nil && w.Text != "" {
				return Symbol{Kind: TypeSymbol, Name: w.Text}, types.Location{URI: u.file.URI, Start: w.Start, End: w.End}
			}
		}
		for _, tag := range b.Tags {
			f, ok := tag.(*luacats.FieldTag)
			if !ok || !touches(f.Name, offset) {
				continue
			}
			at := types.Location{URI: u.file.URI, Start: f.Name.Start, End: f.Name.End}
			return Symbol{Kind: FieldSymbol, Name: f.Name.Text, URI: u.file.URI, Decl: f.Name.Start}, at
		}
	}
	return Symbol{}, types.Location{}
}

func touches(w luacats.Word, offset int) bool {
	return w.Start <= offset && offset <= w.End && w.Text != ""
}

// paramSymbol is the parameter that a @param speaks of.
func (u *unit) paramSymbol(b *luacats.Block, name luacats.Word) (Symbol, types.Location) {
	vars := u.file.Vars()
	for v := range vars.Vars {
		x := &vars.Vars[v]
		if x.Name == name.Text && x.Kind == scope.Param && u.functionNote(x.Function) == b {
			return u.localSymbol(scope.Var(v)), types.Location{URI: u.file.URI, Start: name.Start, End: name.End}
		}
	}
	return Symbol{}, types.Location{}
}

// typeWords returns the names of types in a block, where they are declared and where
// they are used.
func typeWords(b *luacats.Block) []luacats.Word {
	var list []luacats.Word
	for _, tag := range b.Tags {
		switch tag := tag.(type) {
		case *luacats.ClassTag:
			list = append(list, tag.Name)
		case *luacats.AliasTag:
			list = append(list, tag.Name)
		case *luacats.EnumTag:
			list = append(list, tag.Name)
		}
		luacats.TypesOf(tag, func(t luacats.Type) {
			luacats.Walk(t, func(t luacats.Type) bool {
				if n, ok := t.(*luacats.NameType); ok {
					list = append(list, n.Name)
				}
				return true
			})
		})
	}
	return list
}
