package types

import "slices"

// Join returns the type of values of either type. Unknown with anything is that
// other thing, so that one assignment nobody understands does not hide the rest;
// but what is Partly known stays so, while it has nothing but constants.
func Join(ts ...Type) Type {
	return joined(join{}, ts)
}

// Choice is Join of what an annotation lists: it keeps the literals beside a type that covers them,
// "r"|"w"|string, for they are what to write.
func Choice(ts ...Type) Type {
	return joined(join{literals: true}, ts)
}

func joined(j join, ts []Type) Type {
	partly := false
	for _, t := range ts {
		if u, ok := t.(*Union); ok {
			for _, t := range u.Of {
				partly = partly || t == Unknown
				j.add(t)
			}
			continue
		}
		j.add(t)
	}
	var t Type = &Union{Of: j.of}
	switch len(j.of) {
	case 0:
		return Unknown
	case 1:
		t = j.of[0]
	}
	if partly {
		return Partly(t)
	}
	return t
}

// Partly is t of values that may be something unknown too, if t has nothing but constants: false is
// not the value of what is false or unknown. Of nil it is Unknown, of other types t itself.
func Partly(t Type) Type {
	if t == Nil {
		return Unknown
	}
	list := Alternatives(t)
	for _, of := range list {
		if _, literal := of.(*Literal); !literal && of != Boolean && of != Nil {
			return t
		}
	}
	return &Union{Of: append(list[:len(list):len(list)], Unknown)}
}

// Rest is join (Join or Choice) of what is left of the alternatives of a union.
func Rest(join func(...Type) Type, left []Type) Type {
	t := join(left...)
	if t != Unknown && slices.Contains(left, Type(Unknown)) {
		return Partly(t)
	}
	return t
}

// join are the alternatives so far, none of which another one covers.
type join struct {
	of []Type
	// literals: they stay beside the basic types that cover them.
	literals bool
	// known has what of holds, once that is long: the types, and values of literals.
	known map[any]bool
}

// longJoin is how many alternatives are gone through one by one.
const longJoin = 16

// literalValue is the value of a literal, as a key.
type literalValue struct{ value any }

func (j *join) add(t Type) {
	if t == nil || t == Unknown || t == Never {
		return
	}
	if len(j.of) >= longJoin {
		if j.known == nil {
			j.known = map[any]bool{}
			for _, have := range j.of {
				j.note(have)
			}
		}
		if has, sure := j.has(t); has {
			return
		} else if sure {
			j.of = append(j.of, t)
			j.note(t)
			return
		}
	}
	for _, have := range j.of {
		if Same(have, t) || j.covers(have, t) {
			return
		}
		if opposite(have, t) {
			t = Boolean
			break
		}
	}
	kept := j.of[:0]
	for _, have := range j.of {
		if !j.covers(t, have) {
			kept = append(kept, have)
		}
	}
	if len(kept) < len(j.of) {
		j.known = nil
	} else if j.known != nil {
		j.note(t)
	}
	j.of = append(kept, t)
}

func (j *join) note(t Type) {
	j.known[t] = true
	if l, ok := t.(*Literal); ok {
		j.known[literalValue{l.Value}] = true
	}
}

// has tells whether the alternatives cover t. sure: if not, t covers none of them, and is the
// opposite of none.
func (j *join) has(t Type) (has, sure bool) {
	switch t := t.(type) {
	case *Literal:
		switch v := t.Value.(type) {
		case string:
			has = j.known[String] && !j.literals
		case float64:
			has = !j.literals && (j.known[Number] || j.known[Integer] && v == float64(int64(v)))
		default:
			return false, false
		}
		return has || j.known[Any] || j.known[Type(t)] || j.known[literalValue{t.Value}], true
	case *Object, *Func:
		return j.known[Any] || j.known[t], true
	}
	return false, false
}

// opposite tells whether two types are true and false.
func opposite(a, b Type) bool {
	la, ok := a.(*Literal)
	lb, okb := b.(*Literal)
	if !ok || !okb {
		return false
	}
	va, ok := la.Value.(bool)
	vb, okb := lb.Value.(bool)
	return ok && okb && va != vb
}

func (j *join) covers(wide, narrow Type) bool {
	if _, literal := narrow.(*Literal); literal && j.literals && (wide == String || wide == Number || wide == Integer) {
		return false
	}
	return covers(wide, narrow)
}

// covers tells whether a basic type includes a literal, or any includes all.
func covers(wide, narrow Type) bool {
	if wide == Any {
		return true
	}
	if wide == Number && narrow == Integer {
		return true
	}
	l, ok := narrow.(*Literal)
	if !ok {
		return false
	}
	switch v := l.Value.(type) {
	case string:
		return wide == String
	case bool:
		return wide == Boolean
	case float64:
		return wide == Number || wide == Integer && v == float64(int64(v))
	}
	return false
}

// Same tells whether two types are the same without looking into tables and
// functions, which are the same only if they are identical.
func Same(a, b Type) bool {
	if a == b {
		return true
	}
	switch a := a.(type) {
	case *Literal:
		b, ok := b.(*Literal)
		return ok && a.Value == b.Value
	case *Array:
		b, ok := b.(*Array)
		return ok && Same(a.Elem, b.Elem)
	case *Map:
		b, ok := b.(*Map)
		return ok && Same(a.Key, b.Key) && Same(a.Value, b.Value)
	case *Union:
		b, ok := b.(*Union)
		if !ok || len(a.Of) != len(b.Of) {
			return false
		}
		for i := range a.Of {
			if !Same(a.Of[i], b.Of[i]) {
				return false
			}
		}
		return true
	}
	return false
}

// Alternatives returns what a union is made of, else the type alone; none for nil.
func Alternatives(t Type) []Type {
	switch t := t.(type) {
	case nil:
		return nil
	case *Union:
		return t.Of
	}
	return []Type{t}
}

// Without returns t without the alternative gone (nil after a test, say).
func Without(t, gone Type) Type {
	u, ok := t.(*Union)
	if !ok {
		if Same(t, gone) {
			return Never
		}
		return t
	}
	var rest []Type
	for _, of := range u.Of {
		if !Same(of, gone) {
			rest = append(rest, of)
		}
	}
	return Rest(Join, rest)
}
