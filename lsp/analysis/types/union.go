package types

// Join returns the type of values of either type. Unknown with anything is that
// other thing, so that one assignment nobody understands does not hide the rest.
func Join(ts ...Type) Type {
	var of []Type
	add := func(t Type) {
		if t == nil || t == Unknown || t == Never {
			return
		}
		for _, have := range of {
			if Same(have, t) || covers(have, t) {
				return
			}
			if opposite(have, t) {
				t = Boolean
				break
			}
		}
		kept := of[:0]
		for _, have := range of {
			if !covers(t, have) {
				kept = append(kept, have)
			}
		}
		of = append(kept, t)
	}
	for _, t := range ts {
		if u, ok := t.(*Union); ok {
			for _, t := range u.Of {
				add(t)
			}
			continue
		}
		add(t)
	}
	switch len(of) {
	case 0:
		return Unknown
	case 1:
		return of[0]
	}
	return &Union{Of: of}
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
	return Join(rest...)
}
