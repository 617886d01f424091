package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// members reports fields that a table does not have, and those that are deprecated.
func (p *pass) members() {
	t := p.tree
	undefined, deprecated := p.on("undefined-field"), p.on("deprecated")
	if !undefined && !deprecated || p.notes.Meta {
		return
	}
	for n := range p.nodes(syntax.Index, syntax.Method, syntax.IndexKey) {
		key := t.Child(n, 1)
		name := t.NameOf(key)
		if t.Kind(n) == syntax.IndexKey {
			name, _ = t.String(key)
		}
		if name == "" || p.written(n) {
			continue
		}
		of := p.snap.TypeOf(p.file, t.First(n))
		if of == types.Unknown {
			continue
		}
		switch f := p.snap.Field(of, name); {
		case f == nil && undefined:
			p.undefinedField(n, key, of, name)
		case f != nil && deprecated:
			p.deprecated(key, t.Source(n), why(f))
		}
	}
	if !deprecated {
		return
	}
	for name, uses := range p.vars.Globals {
		f, ok := p.snap.GlobalType(p.file, name).(*types.Func)
		if !ok || f.Deprecated == "" {
			continue
		}
		for _, u := range uses {
			if !u.Write {
				p.deprecated(u.Node, name, f.Deprecated)
			}
		}
	}
	for i := range p.vars.Vars {
		v := &p.vars.Vars[i]
		if v.Kind != scope.LocalFunction || len(v.Uses) == 0 {
			continue
		}
		if f, ok := p.snap.VarType(p.file, scope.Var(i)).(*types.Func); ok && f.Deprecated != "" {
			for _, u := range v.Uses {
				if !u.Write {
					p.deprecated(u.Node, v.Name, f.Deprecated)
				}
			}
		}
	}
}

// why says what to use in place of a deprecated field; "" for one that is not.
func why(f *types.Field) string {
	if f.Deprecated != "" {
		return f.Deprecated
	}
	if fn, ok := f.Type.(*types.Func); ok {
		return fn.Deprecated
	}
	return ""
}

func (p *pass) deprecated(n syntax.Node, name, why string) {
	if why == "" {
		return
	}
	message := name + " is deprecated"
	if why != "yes" {
		message += ": " + why
	}
	p.at("deprecated", n, message).Deprecated = true
}

// undefinedField reports a field that a type cannot have.
func (p *pass) undefinedField(n, key syntax.Node, of types.Type, name string) {
	if p.asksField(n, of) || p.optionsHave(n) {
		return
	}
	best := p.nearestMember(of, name, func(analysis.Member) bool { return true })
	kind, known := p.snap.FieldsOf(of)
	if (!known || !p.snap.Certain(p.file, p.tree.First(n)) || !p.surelyUndefined(n, kind, of, name)) && !p.neverStored(n, of, name, best) && !(best != "" && p.inAnswer(n, of)) && !p.kernelLacks(n, of, name, best) {
		return
	}
	owner := p.tree.Source(p.tree.First(n))
	if strings.ContainsAny(owner, "\n") || len(owner) > 40 {
		owner = of.String()
	}
	message := owner + " has no field " + name
	if best == "" {
		p.unfinishedKey(n, p.at("undefined-field", key, message, name))
		return
	}
	x := p.at("undefined-field", key, message+"; did you mean "+best+"?", name)
	p.unfinishedKey(n, x)
	if q, ok := p.tree.Quote(key); ok && !q.Long() {
		x.fix("Change to "+best, false, q.Start, q.End, best)
	} else if !ok && isName(best) {
		x.fix("Change to "+best, false, p.tree.Start(key), p.tree.End(key), best)
	}
}

// nearestMember is the field of a type, of those that are wanted, which a name was probably
// meant to be; "" if there is none.
func (p *pass) nearestMember(of types.Type, name string, want func(analysis.Member) bool) string {
	best, most := "", 1+len(name)/4
	if len(name) < 2 {
		return best
	}
	lower := strings.ToLower(name)
	for _, m := range p.membersOf(of) {
		if m.Name == name || !want(m.Member) {
			continue
		}
		if d := distance(lower, m.lower, most); d < most || d == most && (best == "" || m.Name < best) {
			best, most = m.Name, d
		}
	}
	return best
}

// namedMember is a member with its name in lower case.
type namedMember struct {
	analysis.Member
	lower string
}

// manyMembers is how many members a type has whose list is kept.
const manyMembers = 32

// membersOf returns the members of a type. The last long list is kept: a file that reads many
// fields that one table does not have reads most of them in a row.
func (p *pass) membersOf(of types.Type) []namedMember {
	o, ok := of.(*types.Object)
	if ok && p.manyOf == o {
		return p.many
	}
	members := p.snap.Members(of)
	list := make([]namedMember, len(members))
	for i, m := range members {
		list[i] = namedMember{m, strings.ToLower(m.Name)}
	}
	if ok && len(list) >= manyMembers {
		p.manyOf, p.many = o, list
	}
	return list
}

// unfinishedKey says that a finding about a key is about all from its dot on: behind one
// without a key, the next line seems to go on.
func (p *pass) unfinishedKey(n syntax.Node, x *Finding) {
	if x.Unfinished != nil {
		x.Unfinished.Start = int(p.tree.Tokens()[p.tree.Token(n)].Start)
	}
}

// surelyUndefined tells whether nothing gives a table a field: not this file, in ways that
// the types do not show, and no other file.
func (p *pass) surelyUndefined(n syntax.Node, kind analysis.Fields, of types.Type, name string) bool {
	if p.storedNames()[name] {
		return false
	}
	if kind == analysis.FixedFields {
		// Scripts put functions into string and table, and those into texts.
		standard := of == types.String
		switch of := of.(type) {
		case *types.Literal:
			standard = true
		case *types.Object:
			standard = library.Standard(of.Decl.URI)
		}
		return !standard || !p.extendedElsewhere(name)
	}
	if p.namesInTables()[name] || p.mentionedElsewhere(name) {
		return false
	}
	if kind == analysis.ClassFields {
		return true
	}
	object := p.tree.First(n)
	if p.tree.Kind(object) != syntax.Name {
		return false
	}
	v := p.vars.Var(object)
	return v != scope.NoVar && len(p.snap.Members(of)) > 0 && p.staysHere(&p.vars.Vars[v])
}

// asksField tells whether the code asks for a field before it uses it. The fields of what
// a tool gives are all known: to ask for another one is to misspell it.
func (p *pass) asksField(n syntax.Node, of types.Type) bool {
	if onlyAnswers(of) {
		return false
	}
	return p.covered(n, p.askedFields()[p.tree.Source(n)])
}
