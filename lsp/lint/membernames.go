package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// extendedElsewhere tells whether another file of the project may give a library, or texts, a field.
func (p *pass) extendedElsewhere(name string) bool {
	for _, e := range p.snap.Files() {
		if e.URI != p.file.URI && e.MayExtend(name) {
			return true
		}
	}
	return false
}

// extended tells whether the program may give a library, or what the kernel gives, a field.
func (p *pass) extended(name string) bool {
	return p.inProgram(func(e *analysis.Entry) bool { return e.URI != p.file.URI && e.MayExtend(name) })
}

// mentionedElsewhere tells whether another file of the project has a name.
func (p *pass) mentionedElsewhere(name string) bool {
	for _, e := range p.snap.Files() {
		if e.URI != p.file.URI && e.Mentions(name) {
			return true
		}
	}
	return false
}

// storedNames are the names of all fields that the file assigns, of whatever table.
func (p *pass) storedNames() map[string]bool {
	if p.stored != nil {
		return p.stored
	}
	p.stored = map[string]bool{}
	for n := range p.nodes(syntax.Index, syntax.Method, syntax.IndexKey) {
		if p.written(n) {
			key := p.tree.Child(n, 1)
			name, ok := p.tree.String(key)
			if !ok {
				name = p.tree.NameOf(key)
			}
			p.stored[name] = true
		}
	}
	return p.stored
}

// namesInTables are the keys of all constructors in the file, and all short strings that
// could be names of fields: rawset and loops over lists of names store them.
func (p *pass) namesInTables() map[string]bool {
	if p.keys != nil {
		return p.keys
	}
	p.keys = map[string]bool{}
	for n := range p.nodes(syntax.NameField, syntax.String) {
		if p.tree.Kind(n) == syntax.NameField {
			p.keys[p.tree.NameOf(p.tree.First(n))] = true
		} else if s, ok := p.tree.String(n); ok && p.tree.Kind(p.tree.Parent(n)) != syntax.IndexKey {
			p.keys[s] = true
		}
	}
	return p.keys
}
