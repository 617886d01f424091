package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/spec"
)

// answerKey is a tool as a file names it.
type answerKey struct {
	tool *catalog.Tool
	file *File
}

// answerOf is what a call of a tool gives. Of a tool that a script registers without a
// schema of its result, it is what its function returns.
func (u *unit) answerOf(tool, operation string) *types.Object {
	cat := u.catalog()
	if cat == nil {
		return nil
	}
	plain := catalog.ResultType(cat, tool, operation)
	if plain == nil {
		return nil
	}
	t := cat.Tool(tool)
	if !t.Own || t.Result != nil {
		return plain
	}
	key := answerKey{t, u.file}
	if known := u.c.answers[key]; known != nil {
		return known
	}
	of, body := u.c.handler(u.file, t.Name)
	if of == nil || body == syntax.None {
		return plain
	}
	f, ok := of.function(body).(*types.Func)
	if !ok {
		return plain
	}
	result := types.Without(f.Origin.(*function).results().at(0), types.Nil)
	answer := plain
	if _, isFunc := result.(*types.Func); !isFunc && result != types.Unknown && result != types.Never && result != types.Type(selfType) {
		field := *plain.Field("result")
		field.Type = result
		answer = &types.Object{Name: plain.Name, Doc: plain.Doc, Tool: plain.Tool, Role: plain.Role, Parents: []types.Type{plain}}
		answer.Add(&field)
	}
	if u.c.cut == noCut {
		u.c.answers[key] = answer
	}
	return answer
}

// handlerParameter is the type of the first parameter of a tool's function: its
// parameters, with those that have defaults filled in. It is nil for all others.
func (u *unit) handlerParameter(x *scope.Variable) types.Type {
	if x.Kind != scope.Param || u.c.snap == nil || u.tree.First(u.tree.Parent(x.Decl)) != x.Decl {
		return nil
	}
	if given := u.givenTo(x.Function); given != nil {
		return given
	}
	return nil
}

// sharesHandler tells whether several tools have a function.
func (u *unit) sharesHandler(fn syntax.Node) bool {
	fn = u.bodyOf(fn)
	tools := 0
	for i := range u.file.registered().tools {
		if u.file.registered().tools[i].execute == fn {
			tools++
		}
	}
	return tools > 1
}

// bodyOf is the FuncBody of a Function, any other node itself.
func (u *unit) bodyOf(fn syntax.Node) syntax.Node {
	if u.tree.Kind(fn) == syntax.Function {
		return u.tree.First(fn)
	}
	return fn
}

// givenTo is the table of parameters that a function gets which Tool.register is given, nil
// for other functions.
func (u *unit) givenTo(fn syntax.Node) *types.Object {
	fn = u.bodyOf(fn)
	r := u.file.registered()
	at, ok := r.handlers[fn]
	if !ok {
		return nil
	}
	return u.c.shared.own.tool(r.tools[at].spec, registeredIn(u.file.URI)).Given()
}

// toolNamedAt is the tool that a String, or the name of a parameter, in a call of
// Tool.register is about, with the parameter's name or "".
func (u *unit) toolNamedAt(n syntax.Node) (tool, parameter string, ok bool) {
	r := u.file.registered()
	if at, ok := r.at[n]; ok {
		return r.tools[at].spec.Name, "", true
	}
	if at, ok := r.params[n]; ok {
		name := u.tree.NameOf(n)
		if u.tree.Kind(n) == syntax.String {
			name, _ = u.tree.String(n)
		}
		return r.tools[at].spec.Name, name, true
	}
	return "", "", false
}

// registeredSymbol is the tool or parameter that a call of Tool.register names, the zero
// Symbol for all other nodes.
func (u *unit) registeredSymbol(n syntax.Node) Symbol {
	tool, parameter, ok := u.toolNamedAt(n)
	switch {
	case !ok || u.c.snap == nil:
		return Symbol{}
	case parameter == "":
		return Symbol{Kind: StringSymbol, Name: tool, Slot: "tool"}
	}
	return Symbol{Kind: FieldSymbol, Name: parameter, URI: SchemaScheme + ":" + tool}
}

// Registrations returns where scripts register a tool: those that f, which may be nil,
// sees, else all of the workspace.
func (s *Snapshot) Registrations(f *File, tool string) []types.Location {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.registrations(tool, f)
}

// RegisteredParameter returns where a script that registers a tool names one of its
// parameters, none if that is not known.
func (s *Snapshot) RegisteredParameter(f *File, tool, name string) []types.Location {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	var list []types.Location
	tool = spec.Canonical(tool)
	for _, l := range s.checker.registrations(tool, f) {
		g := s.File(l.URI)
		if g == nil {
			continue
		}
		for _, o := range g.registered().tools {
			n, ok := o.parameters[name]
			if o.spec.Name != tool || !ok {
				continue
			}
			at := types.Location{URI: g.URI, Start: g.Tree().Start(n), End: g.Tree().End(n)}
			if q, ok := g.Tree().Quote(n); ok {
				at.Start, at.End = q.Start, q.End
			}
			list = append(list, at)
		}
	}
	return list
}

// DeclaresTool tells whether a string is the name or an alias in a call of
// Tool.register.
func (s *Snapshot) DeclaresTool(f *File, n syntax.Node) bool {
	_, ok := f.registered().at[n]
	return ok
}
