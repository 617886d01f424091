package types

import "sync"

// lazy is work that is put off until somebody asks.
type lazy struct {
	once sync.Once
	fill func()
}

func (l *lazy) force() {
	if l != nil {
		l.once.Do(func() {
			l.fill()
			l.fill = nil
		})
	}
}

// NewLazy returns an object whose fields, parents and entries fill works out when
// they are first asked for through a method. fill gets the object, and must not
// ask it.
func NewLazy(name string, fill func(*Object)) *Object {
	o := &Object{Name: name}
	o.lazy = &lazy{fill: func() { fill(o) }}
	return o
}

// NewLazyFunc returns a function whose results are worked out when Returns first
// asks for them.
func NewLazyFunc(fill func(*Func)) *Func {
	f := &Func{}
	f.lazy = &lazy{fill: func() { fill(f) }}
	return f
}

// Bases returns Parents, worked out.
func (o *Object) Bases() []Type {
	o.lazy.force()
	return o.Parents
}

// Entries returns Elem, Key and Value, worked out. Each may be nil.
func (o *Object) Entries() (elem, key, value Type) {
	o.lazy.force()
	return o.Elem, o.Key, o.Value
}

// Callable returns Call, worked out: what calling the table does, or nil.
func (o *Object) Callable() Type {
	o.lazy.force()
	return o.Call
}

// Returns returns Results and VarResult, worked out.
func (f *Func) Returns() (results []Result, more Type) {
	f.lazy.force()
	return f.Results, f.VarResult
}

// Fields returns the object's own fields in the order of declaration.
func (o *Object) Fields() []*Field {
	o.lazy.force()
	return o.fields
}

// Field returns the object's own field of a name or alias, or nil.
func (o *Object) Field(name string) *Field {
	o.lazy.force()
	if f := o.own(name); f != nil {
		return f
	}
	return o.aliases[name]
}
