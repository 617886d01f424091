package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Classes of the library whose names are completed by those of events and points.
const (
	eventDataClass = "llmspell.EventData."
	hookDataClass  = "llmspell.HookData."
)

// Classes of the library whose data depends on what they are about.
const (
	eventClass   = "llmspell.Event"
	contextClass = "llmspell.HookContext"
)

// payloads are what the calls of a file give under names: the data of events, of points
// of hooks, and the values of state keys.
type payloads struct {
	events, hooks, states []payload
}

type payload struct {
	name, scope string
	value       syntax.Node // None: a number that is counted
}

// payloads finds what the file publishes, fires and sets under names that are literals.
func (u *unit) payloads() *payloads {
	if u.paid != nil {
		return u.paid
	}
	u.paid = &payloads{}
	t := u.tree
	for n := range u.file.NodesOf(syntax.Call) {
		callee := t.First(n)
		if k := t.Kind(callee); k != syntax.Index && k != syntax.Method && k != syntax.Name {
			continue
		}
		args := t.First(t.Child(n, 1))
		name, ok := t.String(args)
		value := t.Next(args)
		if !ok {
			continue
		}
		p := payload{name: name, value: value}
		switch last := t.Source(callee)[strings.LastIndexAny(t.Source(callee), ".:")+1:]; last {
		case "publish", "fire", "set", "increment":
		default:
			continue
		}
		switch s := u.site(n); u.specialCall(s, u.typeOf(callee)) {
		case "Event.publish":
			u.paid.events = append(u.paid.events, p)
		case "Hook.fire":
			u.paid.hooks = append(u.paid.hooks, p)
		case "State.set":
			if k := t.Kind(value); k == syntax.Index || k == syntax.IndexKey {
				continue // it has most likely come from the state itself
			}
			p.scope = u.scopeIn(s, 2)
			u.paid.states = append(u.paid.states, p)
		case "State.increment":
			p.scope, p.value = u.scopeIn(s, 2), syntax.None
			u.paid.states = append(u.paid.states, p)
		}
	}
	return u.paid
}

// scopeIn is the scope that the options of a call name, as they are written; "" if there
// are none.
func (u *unit) scopeIn(s site, at int) string {
	if at >= len(s.args) {
		return ""
	}
	if field, ok := u.constructed(s.args[at], "scope"); ok && u.tree.Kind(s.args[at]) == syntax.Table {
		return u.tree.Source(field.value)
	}
	return ""
}

// valueOf joins what is given under the names that match; Unknown if that is not known.
func (u *unit) valueOf(list []payload, match func(payload) bool) types.Type {
	var found []types.Type
	for _, p := range list {
		if !match(p) {
			continue
		}
		t := types.Type(types.Number)
		if p.value != syntax.None {
			t = simple(u.typeOf(p.value))
		}
		if t != types.Nil {
			found = append(found, t)
		}
	}
	t := types.Join(found...)
	u.c.guessing = u.c.guessing || t != types.Unknown
	return t
}

// namesIn are the strings that an expression is: one literal, or a list of them.
func (u *unit) namesIn(n syntax.Node) []string {
	if u.tree.Kind(n) == syntax.Table {
		var names []string
		for f := u.tree.First(n); f != syntax.None; f = u.tree.Next(f) {
			if u.tree.Kind(f) == syntax.PosField {
				names = append(names, u.namesIn(u.tree.First(f))...)
			}
		}
		return names
	}
	if l, ok := u.typeOf(n).(*types.Literal); ok {
		if name, ok := l.Value.(string); ok {
			return []string{name}
		}
	}
	return nil
}

// eventFor is an event of the types that a pattern, or a list of patterns, matches.
func (u *unit) eventFor(pattern syntax.Node, base types.Type) types.Type {
	o, ok := base.(*types.Object)
	if !ok || u.c.snap == nil {
		return base
	}
	return u.eventNamed(u.namesIn(pattern), o)
}

// eventNamed is an event whose type matches one of several patterns.
func (u *unit) eventNamed(patterns []string, o *types.Object) types.Type {
	var found []types.Type
	for _, name := range patterns {
		if t := u.c.typeNamed(eventDataClass + name); t != types.Unknown {
			found = append(found, t)
			continue
		}
		found = append(found, u.valueOf(u.payloads().events, func(p payload) bool { return matches(name, p.name) }))
	}
	return withField(o, "data", types.Join(found...))
}

// contextFor is what a hook at a point gets.
func (u *unit) contextFor(point syntax.Node, base types.Type) types.Type {
	o, ok := base.(*types.Object)
	if !ok || u.c.snap == nil {
		return base
	}
	return u.contextNamed(u.namesIn(point), o)
}

// contextNamed is what a hook at one of several points gets.
func (u *unit) contextNamed(points []string, o *types.Object) types.Type {
	var found []types.Type
	for _, name := range points {
		if strings.HasPrefix(name, "custom:") {
			found = append(found, u.valueOf(u.payloads().hooks, func(p payload) bool { return p.name == name }))
			continue
		}
		found = append(found, u.c.typeNamed(hookDataClass+pascal(name)))
	}
	return withField(o, "data", types.Join(found...))
}

// pascal is a name of a point in PascalCase.
func pascal(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == ' ' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// stateValue is the type of State.get: of what the file sets under that key.
func (u *unit) stateValue(s site) (values, bool) {
	if len(s.args) == 0 {
		return values{}, false
	}
	names := u.namesIn(s.args[0])
	if len(names) != 1 {
		return values{}, false
	}
	scope := u.scopeIn(s, 1)
	t := u.valueOf(u.payloads().states, func(p payload) bool { return p.name == names[0] && p.scope == scope })
	if t == types.Unknown {
		return values{}, false
	}
	if len(s.args) > 1 && u.tree.Kind(s.args[1]) == syntax.Table {
		if field, ok := u.constructed(s.args[1], "default"); ok {
			return values{list: []types.Type{types.Join(t, simple(u.typeOf(field.value)))}}, true
		}
	}
	return values{list: []types.Type{optional(t)}}, true
}

// about is an event, or what a hook gets, whose field says what it is about: e.event_type ==
// "order.paid". It is any other type itself.
func (u *unit) about(t types.Type, field, name string) types.Type {
	o, ok := t.(*types.Object)
	if !ok || u.c.snap == nil || o.Role != types.NoRole {
		return t
	}
	switch {
	case o.Name == eventClass && field == "event_type":
		return u.eventNamed([]string{name}, o)
	case o.Name == contextClass && field == "point":
		return u.contextNamed([]string{name}, o)
	}
	return t
}

// received is the event that Event.receive gives for a variable that holds a
// subscription, or the events that Event.receive_batch gives.
func (u *unit) received(s site, v values) values {
	pattern := u.subscribedTo(s)
	if pattern == syntax.None || len(v.list) == 0 {
		return v
	}
	given := v.list[0]
	if list, ok := given.(*types.Array); ok {
		given = &types.Array{Elem: u.eventFor(pattern, list.Elem)}
	} else {
		given = optional(u.eventFor(pattern, types.Without(given, types.Nil)))
	}
	return values{list: append([]types.Type{given}, v.list[1:]...), more: v.more}
}

// subscribedTo is the pattern, or list of patterns, of the subscription that a call of
// Event.receive or Event.receive_batch is given, None if that is not to be seen.
func (u *unit) subscribedTo(s site) syntax.Node {
	if len(s.args) == 0 || u.tree.Kind(s.args[0]) != syntax.Name {
		return syntax.None
	}
	x := u.file.Vars().Var(s.args[0])
	if x < 0 || len(u.writes(x)) > 0 {
		return syntax.None
	}
	made := u.initial(&u.file.Vars().Vars[x])
	if u.tree.Kind(made) != syntax.Call {
		return syntax.None
	}
	from := u.site(made)
	if len(from.args) == 0 || u.specialCall(from, u.typeOf(from.callee)) != "Event.subscribe" {
		return syntax.None
	}
	return from.args[0]
}

// dataDeclared tells whether the library declares the data of all events, or points of
// hooks, that an expression names, and the file publishes none of these itself: then the
// type of the data is no guess.
func (u *unit) dataDeclared(pattern syntax.Node, class string) bool {
	names := u.namesIn(pattern)
	for _, name := range names {
		if class == hookDataClass {
			name = pascal(name)
		}
		own := func(p payload) bool { return p.name == name }
		if u.c.typeNamed(class+name) == types.Unknown || slices.ContainsFunc(u.payloads().events, own) {
			return false
		}
	}
	return len(names) > 0
}

// withField is a class of which one field is known better. It is base itself if nothing
// is known.
func withField(base *types.Object, name string, t types.Type) types.Type {
	if t == types.Unknown || t == types.Any {
		return base
	}
	o := &types.Object{Name: base.Name, Doc: base.Doc, Decl: base.Decl, Parents: []types.Type{base}}
	o.Add(&types.Field{Name: name, Type: t})
	return o
}

// matches tells whether a pattern of events matches a name: * is any text, ? one byte.
func matches(pattern, name string) bool {
	star, back := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			back++
			p, n = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
