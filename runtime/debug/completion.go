package debug

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Limits of a completion: how many keys of tables are looked at, how long those
// may be, and how many proposals there are.
const (
	maxKeysWalked  = 20_000
	maxKeyProposed = 200
	maxProposals   = 1000
)

// Completions proposes how text goes on at an offset in bytes, from the names
// and tables that are alive in a frame (0: globals only). Nothing that it looks
// at is changed.
func (e *Engine) Completions(ctx context.Context, frame int, text string, offset int) (out []Completion, err error) {
	if offset < 0 || offset > len(text) {
		return nil, fmt.Errorf("offset %d is outside of the text's %d bytes", offset, len(text))
	}
	c, ok := findCompletion(text[:offset])
	err = e.inStop(ctx, func(at *stop) error {
		r, err := e.frameOrGlobal(at, frame)
		if err != nil || !ok {
			return err
		}
		out, err = e.complete(ctx, at.L, r, c, text, offset)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// complete finds and words the proposals. Only for the goroutine that runs Lua.
func (e *Engine) complete(ctx context.Context, L *lua.LState, r frameRef, c completing, text string, offset int) ([]Completion, error) {
	v := e.view(ctx, L, Format{})
	p := &proposals{v: v, c: c, keys: maxKeysWalked, seen: map[lua.LValue]bool{}}
	if c.trigger == "" {
		p.names(r)
	} else {
		value, ok := v.prefixValue(L, r, c.prefix)
		if !ok {
			return nil, ctx.Err()
		}
		p.members(value)
	}
	return p.completions(text, offset), v.err
}

// prefixValue evaluates the expression before a trigger, if that is harmless.
func (v *view) prefixValue(L *lua.LState, r frameRef, prefix string) (lua.LValue, bool) {
	if v.secrets.mentions(prefix) {
		return nil, false
	}
	x, err := v.e.compileExpression(L, r.th, r.f, prefix, false)
	if err != nil {
		return nil, false
	}
	values, err := v.e.within(v.ctx, hoverTimeout, func(ctx context.Context) ([]lua.LValue, error) {
		return x.evalGuarded(ctx, v.e, L, r)
	})
	if err != nil || len(values) == 0 {
		return nil, false
	}
	return values[0], true
}

// The groups behind all scopes and chains.
const (
	groupLibrary = maxKeysWalked + iota
	groupKeywords
)

// proposal is a name or key with its value.
type proposal struct {
	key     lua.LValue
	text    string // of key
	value   lua.LValue
	kind    CompletionKind // "": after the value
	group   int            // nearest first: depth of the chain, or of the scope
	ordered bool           // in order of appearance within the group
	at      int            // that order
	other   bool           // differs from what was typed in case
}

// proposals collects what matches.
type proposals struct {
	v    *view
	c    completing
	keys int // that may still be looked at
	seen map[lua.LValue]bool
	list []*proposal
}

// add takes a proposal that matches, unless a nearer one has its name.
func (p *proposals) add(x proposal) {
	if len(x.text) > maxKeyProposed || p.seen[x.key] || p.v.secrets.touches(x.text) {
		return
	}
	if !strings.HasPrefix(x.text, p.c.partial) {
		n := len(p.c.partial)
		if len(x.text) < n || !strings.EqualFold(x.text[:n], p.c.partial) {
			return
		}
		x.other = true
	}
	p.seen[x.key] = true
	x.at = len(p.list)
	p.list = append(p.list, &x)
}

// names adds what a word of its own can be.
func (p *proposals) names(r frameRef) {
	env := lua.LValue(r.globals())
	group := 0
	if r.code != nil {
		locals := (&localScope{r}).entries()
		for i := len(locals) - 1; i >= 0; i-- {
			p.variable(locals[i], group)
		}
		group++
		for _, ch := range (&upvalueScope{r}).named(0, len(r.fn.Upvalues)) {
			p.variable(ch, group)
		}
		group++
	}
	p.fields(env, group, func(lua.LValue) bool { return true })
	for _, x := range p.list {
		if x.group >= group && p.v.e.stdGlobal[x.text] {
			x.group = groupLibrary
		}
	}
	for word := range keywords {
		p.add(proposal{key: lua.LString(word), text: word, value: lua.LNil, kind: CompleteKeyword, group: groupKeywords})
	}
}

// variable adds a local variable or an upvalue.
func (p *proposals) variable(ch child, group int) {
	if isIdentifier(ch.name) {
		p.add(proposal{key: lua.LString(ch.name), text: ch.name, value: ch.value, kind: CompleteVariable, group: group, ordered: true})
	}
}

// globals is the table of a frame's globals.
func (r frameRef) globals() *lua.LTable {
	if r.fn != nil && !r.fn.IsG && r.fn.Env != nil {
		return r.fn.Env
	}
	return r.th.G.Global
}

// members adds the keys of a value that its trigger allows.
func (p *proposals) members(value lua.LValue) {
	switch p.c.trigger {
	case ":":
		p.fields(value, 0, p.callable)
	case ".":
		p.fields(value, 0, func(lua.LValue) bool { return true })
	default:
		if t, ok := value.(*lua.LTable); ok {
			p.walk(t, func(k, v lua.LValue) {
				switch k := k.(type) {
				case lua.LString:
					p.add(proposal{key: k, text: string(k), value: v})
				case lua.LNumber:
					if !p.c.quoted {
						p.add(proposal{key: k, text: number(k), value: v})
					}
				}
			})
		}
	}
}

// fields adds the fields of a value that are names, its own and those that it
// inherits.
func (p *proposals) fields(value lua.LValue, group int, wanted func(lua.LValue) bool) {
	visited := map[*lua.LTable]bool{}
	if _, ok := value.(*lua.LTable); !ok {
		value = event(p.v.L, value, "__index")
		group++
	}
	for ; value != nil; group++ {
		t, ok := value.(*lua.LTable)
		if !ok || visited[t] || len(visited) > maxGuardDepth {
			break
		}
		visited[t] = true
		p.walk(t, func(k, v lua.LValue) {
			if s, ok := k.(lua.LString); ok && isIdentifier(string(s)) && wanted(v) {
				p.add(proposal{key: s, text: string(s), value: v, group: group})
			}
		})
		value = event(p.v.L, t, "__index")
	}
}

func (p *proposals) callable(v lua.LValue) bool {
	_, ok := v.(*lua.LFunction)
	return ok || event(p.v.L, v, "__call") != nil
}

// walk visits the entries of a table, as long as keys are left: for an index
// the first half of them in the array part, then the others. What was typed in
// full is found however large the table is.
func (p *proposals) walk(t *lua.LTable, visit func(k, v lua.LValue)) {
	if v := orNil(t.RawGetString(p.c.partial)); v != lua.LNil {
		visit(lua.LString(p.c.partial), v)
	}
	array, _ := tableSize(t)
	if p.c.trigger == "[" && !p.c.quoted {
		for i := 1; i <= min(array, p.keys/2) && p.v.step(); i++ {
			visit(lua.LNumber(i), orNil(t.RawGetInt(i)))
		}
	}
	k := lua.LValue(lua.LNil)
	if array > 0 {
		k = lua.LNumber(array)
	}
	for k, v := t.Next(k); k != lua.LNil && p.keys > 0 && p.v.step(); k, v = t.Next(k) {
		visit(k, v)
		p.keys--
	}
}

// compareProposals puts what matches exactly and what is near first.
func compareProposals(a, b *proposal) int {
	if a.other != b.other {
		if b.other {
			return -1
		}
		return 1
	}
	if n := cmp.Compare(a.group, b.group); n != 0 {
		return n
	}
	if a.ordered && b.ordered {
		return cmp.Compare(a.at, b.at)
	}
	x, xNumber := a.key.(lua.LNumber)
	y, yNumber := b.key.(lua.LNumber)
	switch {
	case xNumber && yNumber:
		return cmp.Compare(x, y)
	case xNumber:
		return -1
	case yNumber:
		return 1
	}
	return cmp.Compare(a.text, b.text)
}

// completions puts the proposals in order and words them.
func (p *proposals) completions(text string, offset int) []Completion {
	slices.SortFunc(p.list, compareProposals)
	length := offset - p.c.start
	if p.c.trigger == "[" { // what an editor has closed already
		rest := text[offset:]
		if p.c.quoted && rest != "" && rest[0] == text[p.c.start] {
			rest = rest[1:]
			length++
		}
		if strings.HasPrefix(rest, "]") {
			length++
		}
	}
	var out []Completion
	for _, x := range p.list[:min(len(p.list), maxProposals)] {
		c := Completion{Label: x.text, Text: x.text, Kind: p.kind(x), Detail: p.detail(x), Start: p.c.start, Length: length}
		if p.c.trigger == "[" {
			if _, ok := x.key.(lua.LString); ok {
				c.Text = quote(x.text, maxKeyProposed)
			}
			c.Label = "[" + c.Text + "]"
			c.Text += "]"
		}
		out = append(out, c)
	}
	return out
}

func (p *proposals) kind(x *proposal) CompletionKind {
	_, fn := x.value.(*lua.LFunction)
	switch {
	case p.c.trigger == ":":
		return CompleteMethod
	case fn:
		return CompleteFunction
	case x.kind != "":
		return x.kind
	}
	return CompleteField
}

// detail is type and short value.
func (p *proposals) detail(x *proposal) string {
	if x.kind == CompleteKeyword {
		return ""
	}
	out := x.value.Type().String()
	switch v := x.value.(type) {
	case *lua.LNilType:
	case *lua.LFunction:
		out = p.v.e.functionText(v)
	case *lua.LTable:
		out += " " + p.v.preview(v)
	case *lua.LUserData, *lua.LState:
	default:
		out += " " + p.v.brief(v)
	}
	if p.v.secrets.hides(keyWord(x.key), x.value) {
		out = masked
	}
	if x.group > 0 && p.c.trigger != "" {
		out += " (inherited)"
	}
	return p.v.secrets.redact(out)
}
