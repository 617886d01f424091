package lsp

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// semantic returns the tokens of the bytes from to to. It infers next to nothing: all
// names of a long file have to be told apart after each key.
func (r *request) semantic(from, to int) []uint32 {
	s := &semantics{
		r: r, t: r.file.Tree(), vars: r.file.Vars(), from: from, to: to,
		globals: map[string]token{}, library: map[string]types.Type{},
	}
	s.declared()
	s.names()
	s.comments()
	return encode(r.session, r.file, s.tokens)
}

// semantics collects the tokens of a file.
type semantics struct {
	r        *request
	t        *syntax.Tree
	vars     *scope.Info
	from, to int
	tokens   []token

	locals  []token               // by Var: kind and modifiers
	globals map[string]token      // likewise
	library map[string]types.Type // globals of the library; nil: it is none
}

func (s *semantics) add(start, end int, kind, modifiers uint32) {
	if end > s.from && start < s.to {
		s.tokens = append(s.tokens, token{start, end, kind, modifiers})
	}
}

// declared finds out what the variables are from how they are declared.
func (s *semantics) declared() {
	t := s.t
	s.locals = make([]token, len(s.vars.Vars))
	for v := range s.vars.Vars {
		x := &s.vars.Vars[v]
		k := &s.locals[v]
		switch x.Kind {
		case scope.Param, scope.Self:
			k.kind = tokenParameter
		case scope.LocalFunction:
			k.kind = tokenFunction
		case scope.Local:
			k.kind = tokenVariable
			if value := valueOf(t, x.Decl); value != syntax.None {
				k.kind = s.kindOf(value)
			}
			k.modifiers = tokenReadonly
			for _, u := range x.Uses {
				if u.Write {
					k.modifiers, k.kind = 0, tokenVariable
					break
				}
			}
		default:
			k.kind = tokenVariable
		}
	}
	for name, uses := range s.vars.Globals {
		k := token{kind: tokenVariable, modifiers: tokenGlobal}
		for _, u := range uses {
			if !u.Write {
				continue
			}
			if t.Kind(t.Parent(u.Node)) == syntax.FuncStat {
				k.kind = tokenFunction
			} else if value := valueOf(t, u.Node); value != syntax.None && len(uses) > 0 {
				k.kind = s.kindOf(value)
			}
			break
		}
		if of := s.libraryGlobal(name); of != nil {
			k.kind, k.modifiers = tokenNamespace, tokenDefaultLibrary
			if f, ok := of.(*types.Func); ok {
				k.kind = tokenFunction
				if f.Deprecated != "" {
					k.modifiers |= tokenDeprecated
				}
			}
		}
		s.globals[name] = k
	}
	s.annotated()
}

// valueOf returns the expression that a name is declared or assigned with, None if there
// is none of its own.
func valueOf(t *syntax.Tree, name syntax.Node) syntax.Node {
	list := t.Parent(name)
	if k := t.Kind(list); k != syntax.NameList && k != syntax.ExprList {
		return syntax.None
	}
	value := t.First(t.Next(list))
	for n := t.First(list); n != name && n != syntax.None && value != syntax.None; n = t.Next(n) {
		value = t.Next(value)
	}
	return value
}

// kindOf is the kind of a variable with a value that it keeps.
func (s *semantics) kindOf(value syntax.Node) uint32 {
	switch s.t.Kind(value) {
	case syntax.Function:
		return tokenFunction
	case syntax.Call:
		if callee := s.t.First(value); s.t.Kind(callee) == syntax.Name && s.t.Source(callee) == "require" && s.vars.Var(callee) == scope.NoVar {
			return tokenNamespace
		}
	}
	return tokenVariable
}

// libraryGlobal is the type of a global that llmspell has, nil for all others.
func (s *semantics) libraryGlobal(name string) types.Type {
	of, ok := s.library[name]
	if ok {
		return of
	}
	of = s.r.snap.LibraryGlobal(name)
	if of != nil {
		for _, u := range s.vars.Globals[name] {
			if u.Write {
				of = nil // the script has its own
				break
			}
		}
	}
	s.library[name] = of
	return of
}

// annotated marks the variables that are classes or deprecated.
func (s *semantics) annotated() {
	classes, deprecated := marked(s.r.file)
	mark := func(k *token, name syntax.Node) {
		if classes[name] {
			k.kind = tokenClass
		}
		if deprecated[name] {
			k.modifiers |= tokenDeprecated
		}
	}
	if len(classes)+len(deprecated) == 0 {
		return
	}
	for v := range s.vars.Vars {
		mark(&s.locals[v], s.vars.Vars[v].Decl)
	}
	for name, uses := range s.vars.Globals {
		k := s.globals[name]
		for _, u := range uses {
			mark(&k, u.Node)
		}
		s.globals[name] = k
	}
}

// names adds the tokens of names and of strings that name tools.
func (s *semantics) names() {
	t := s.t
	catalog := s.r.snap.CatalogOf(s.r.file)
	var functions []syntax.Node // around n, the innermost last; the chunk is not among them
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		k := t.Kind(n)
		if k != syntax.Name && k != syntax.FuncBody && k != syntax.String {
			continue
		}
		start := t.Start(n)
		if start >= s.to && k != syntax.FuncBody {
			continue
		}
		for len(functions) > 0 && start >= t.End(functions[len(functions)-1]) {
			functions = functions[:len(functions)-1]
		}
		switch k {
		case syntax.FuncBody:
			functions = append(functions, n)
		case syntax.String:
			if catalog == nil || t.End(n) <= s.from {
				continue
			}
			if value, ok := t.String(n); ok && len(value) <= maxLabel && catalog.Tool(value) != nil && s.namesTool(n) {
				q, _ := t.Quote(n)
				s.add(q.Start, q.End, tokenFunction, tokenDefaultLibrary)
			}
		case syntax.Name:
			if t.End(n) > s.from {
				function := t.Root()
				if len(functions) > 0 {
					function = functions[len(functions)-1]
				}
				s.name(n, function)
			}
		}
	}
}

// namesTool tells whether a string with a tool's name stands for the tool. The first
// argument of a function in Tool does: that needs no inference.
func (s *semantics) namesTool(n syntax.Node) bool {
	t := s.t
	if args := t.Parent(n); t.Kind(args) == syntax.Args && t.First(args) == n {
		callee := t.First(t.Parent(args))
		if object := t.First(callee); t.Kind(callee) == syntax.Index && t.Kind(object) == syntax.Name && t.Source(object) == "Tool" &&
			s.vars.Var(object) == scope.NoVar && s.libraryGlobal("Tool") != nil {
			return true
		}
	}
	slot, ok := s.r.snap.SlotOf(s.r.file, n)
	return ok && slot.Kind == "tool"
}

// name adds the token of a name in a function.
func (s *semantics) name(n, function syntax.Node) {
	t := s.t
	up := t.Parent(n)
	modifiers := uint32(0)
	switch t.Kind(up) {
	case syntax.Index, syntax.Method:
		if t.First(up) != n {
			s.field(n, up)
			return
		}
	case syntax.NameField:
		if t.First(up) == n {
			kind := uint32(tokenProperty)
			if t.Kind(t.Next(n)) == syntax.Function {
				kind = tokenMethod
			}
			s.add(t.Start(n), t.End(n), kind, tokenDeclaration)
			return
		}
	case syntax.LabelStat:
		s.add(t.Start(n), t.End(n), tokenLabel, tokenDeclaration)
		return
	case syntax.GotoStat:
		s.add(t.Start(n), t.End(n), tokenLabel, 0)
		return
	case syntax.ExprList:
		if stat := t.Parent(up); t.Kind(stat) == syntax.AssignStat && t.First(stat) == up {
			modifiers = tokenModification
		}
	case syntax.FuncStat:
		modifiers = tokenDeclaration
	}
	v := s.vars.Var(n)
	if v == scope.NoVar {
		k := s.globals[t.Source(n)]
		s.add(t.Start(n), t.End(n), k.kind, k.modifiers|modifiers)
		return
	}
	k, x := s.locals[v], &s.vars.Vars[v]
	switch {
	case x.Decl == n:
		modifiers = tokenDeclaration
	case x.Function != function && x.Function != t.Root():
		modifiers |= tokenUpvalue
	}
	s.add(t.Start(n), t.End(n), k.kind, k.modifiers|modifiers)
}

// field adds the token of the name of a field in an Index or Method.
func (s *semantics) field(n, up syntax.Node) {
	t := s.t
	kind, modifiers := uint32(tokenProperty), uint32(0)
	outer := t.Parent(up)
	switch {
	case t.Kind(up) == syntax.Method:
		kind = tokenMethod
	case t.Kind(outer) == syntax.Call && t.First(outer) == up:
		kind = tokenFunction
	}
	if t.Kind(outer) == syntax.FuncStat {
		modifiers = tokenDeclaration
		kind = tokenMethod
	}
	if t.Kind(outer) == syntax.ExprList {
		if stat := t.Parent(outer); t.Kind(stat) == syntax.AssignStat && t.First(stat) == outer {
			modifiers = tokenModification
		}
	}
	if object := t.First(up); t.Kind(object) == syntax.Name && s.vars.Var(object) == scope.NoVar {
		if of := s.libraryGlobal(t.Source(object)); of != nil {
			if f := s.r.snap.Field(of, t.Source(n)); f != nil {
				modifiers |= tokenDefaultLibrary
				if f.Deprecated != "" {
					modifiers |= tokenDeprecated
				}
				if _, ok := f.Type.(*types.Func); ok && kind == tokenProperty {
					kind = tokenFunction
				}
			}
		}
	}
	s.add(t.Start(n), t.End(n), kind, modifiers)
}

// comments adds the tokens of annotations.
func (s *semantics) comments() {
	word := func(w luacats.Word, kind, modifiers uint32) {
		if w.Text != "" {
			s.add(w.Start, w.End, kind, modifiers|tokenDocumentation)
		}
	}
	typ := func(of luacats.Type) {
		luacats.Walk(of, func(t luacats.Type) bool {
			if n, ok := t.(*luacats.NameType); ok {
				word(n.Name, tokenType, 0)
			}
			return true
		})
	}
	for _, b := range s.r.file.Notes().Blocks {
		if b.Plain || b.End <= s.from || b.Start >= s.to {
			continue
		}
		for _, tag := range b.Tags {
			s.add(tag.Pos().Start, tag.Keyword().End, tokenKeyword, tokenDocumentation)
			switch tag := tag.(type) {
			case *luacats.ParamTag:
				word(tag.Name, tokenParameter, 0)
			case *luacats.ClassTag:
				word(tag.Name, tokenClass, tokenDeclaration)
			case *luacats.AliasTag:
				word(tag.Name, tokenType, tokenDeclaration)
			case *luacats.EnumTag:
				word(tag.Name, tokenType, tokenDeclaration)
			case *luacats.FieldTag:
				word(tag.Name, tokenProperty, tokenDeclaration)
			case *luacats.CastTag:
				word(tag.Name, tokenVariable, 0)
			}
			luacats.TypesOf(tag, typ)
		}
	}
	for _, as := range s.r.file.Notes().As {
		s.add(as.Start, as.Word.End, tokenKeyword, tokenDocumentation)
		typ(as.Type)
	}
}
