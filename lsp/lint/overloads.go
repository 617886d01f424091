package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// overloaded tells whether the program may give values of a kind that are no tables a
// metatable, or texts operators: then any operation may work on them.
func (p *pass) overloaded(kind string) bool {
	is, known := p.overloads[kind]
	if !known {
		if p.overloads == nil {
			p.overloads = map[string]bool{}
		}
		is = kind != "table" && p.inProgram(func(e *analysis.Entry) bool {
			f := p.file
			if e.URI != f.URI {
				if !e.MayOverload() {
					return false
				}
				f = p.snap.File(e.URI)
			}
			return f != nil && p.overloadsIn(f, kind)
		})
		p.overloads[kind] = is
	}
	return is
}

// overloadsIn tells whether a file may change what operators do with values of a kind. What
// getmetatable gives can be that of texts, of no other values but tables.
func (p *pass) overloadsIn(f *analysis.File, kind string) bool {
	if kind == "string" && len(f.Vars().Globals["getmetatable"]) > 0 {
		return true
	}
	t := f.Tree()
	for _, use := range f.Vars().Globals["debug"] {
		at := t.Parent(use.Node)
		if t.Kind(at) != syntax.Index {
			return true // it may be any function of debug
		}
		if t.NameOf(t.Child(at, 1)) != "setmetatable" {
			continue
		}
		call := t.Parent(at)
		if t.Kind(call) != syntax.Call || t.First(call) != at {
			return true
		}
		of, ok := p.snap.Sure(f, t.First(t.Child(call, 1)))
		if !ok || of.Kind == kind {
			return true
		}
	}
	return false
}
