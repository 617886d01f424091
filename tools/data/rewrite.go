package data

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/itchyny/gojq"
)

// The names of the jq functions that a query is made to call: measured gives its input
// as it is, or fails when it must not be walked through; so do bounded for a path,
// checkOperands for what *, / compute with, and checkResult for what a function makes.
const (
	measured      = "_measured"
	bounded       = "_path"
	checkOperands = "_operands"
	checkResult   = "_expand"
)

// options are the functions of a query that asks g.
func (g *growth) options() []gojq.CompilerOption {
	orError := func(v any, err error) any {
		if err != nil {
			return err
		}
		return v
	}
	return []gojq.CompilerOption{
		gojq.WithFunction(measured, 0, 0, func(v any, _ []any) any { return orError(v, walkable(v)) }),
		gojq.WithFunction(bounded, 0, 1, func(v any, args []any) any {
			if len(args) == 0 { // only read
				return g.path(nil, v)
			}
			return g.path(v, args[0])
		}),
		gojq.WithFunction(checkOperands, 3, 3, func(_ any, args []any) any { return orError(nil, operands(args[0].(string), args[1], args[2])) }),
		gojq.WithFunction(checkResult, 2, 2, func(v any, args []any) any { return orError(v, expands(args[0].(string), v, args[1])) }),
	}
}

// bound makes a query measure values before they are given to functions and
// operators that walk through all of them at once, and so cannot be stopped.
// What is written in jq itself stops when it is cancelled.
func bound(q *gojq.Query) error {
	b := binder{own: map[string]bool{}, calls: map[string]bool{}}
	b.names(reflect.ValueOf(q))
	for name := range b.own {
		if _, ours := prelude[name]; ours || name == measured || name == bounded || name == checkOperands || name == checkResult {
			return fmt.Errorf("it defines %s, a name that is taken; choose one that begins without _", name)
		}
	}
	b.walk(reflect.ValueOf(q))
	for name := range b.calls {
		def, err := gojq.Parse(prelude[name] + " .")
		if err != nil {
			return err
		}
		q.FuncDefs = append(def.FuncDefs, q.FuncDefs...)
	}
	return nil
}

// binder changes the tree of a query in place.
type binder struct {
	own   map[string]bool // functions that the query defines itself
	calls map[string]bool // functions of prelude that the query calls
}

// names collects what the query defines.
func (b *binder) names(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if def, ok := v.Interface().(*gojq.FuncDef); ok {
			b.own[def.Name] = true
			for _, arg := range def.Args {
				b.own[arg] = true
			}
		}
		b.names(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			b.names(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			b.names(v.Index(i))
		}
	}
}

// walk visits the parts of a tree, the inner ones first.
func (b *binder) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		b.walk(v.Elem())
		switch node := v.Interface().(type) {
		case *gojq.Query:
			b.query(node)
		case *gojq.Term:
			b.term(node)
		case *gojq.String:
			for i, q := range node.Queries {
				if q.Term == nil || q.Term.Str == nil { // a part that is a text stays as it is
					node.Queries[i] = &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: piped(q, call(measured))}}
				}
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			b.walk(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			b.walk(v.Index(i))
		}
	}
}

func (b *binder) query(q *gojq.Query) {
	switch q.Op {
	case gojq.OpEq, gojq.OpNe, gojq.OpGt, gojq.OpLt, gojq.OpGe, gojq.OpLe, gojq.OpSub:
		if !isScalar(q.Left) && !isScalar(q.Right) { // to compare with a scalar is no walk
			q.Left, q.Right = piped(q.Left, call(measured)), piped(q.Right, call(measured))
		}
	case gojq.OpMul:
		b.replace(q, "_times", q.Left)
	case gojq.OpDiv:
		b.replace(q, "_over", q.Left)
	case gojq.OpUpdateMul:
		b.replace(q, "_timesto", place(q.Left))
	case gojq.OpUpdateDiv:
		b.replace(q, "_overto", place(q.Left))
	case gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMod, gojq.OpUpdateAlt:
		q.Left = place(q.Left)
	}
}

// replace makes of an operator a call of a function of prelude.
func (b *binder) replace(q *gojq.Query, name string, left *gojq.Query) {
	if isNumber(q.Left) && isNumber(q.Right) {
		return
	}
	b.calls[name] = true
	*q = gojq.Query{Meta: q.Meta, Imports: q.Imports, FuncDefs: q.FuncDefs, Term: call(name, left, q.Right).Term}
}

// place gives the same paths as q, and fails for those at which nothing may be set.
func place(q *gojq.Query) *gojq.Query {
	if growsNothing(q) {
		return q
	}
	return call("getpath", call(bounded, call("path", q)))
}

// growsNothing tells whether the left side of an assignment names no elements but
// the first, and what there is.
func growsNothing(q *gojq.Query) bool {
	switch {
	case q == nil || len(q.FuncDefs)+len(q.Patterns) > 0:
		return false
	case q.Term == nil:
		return (q.Op == gojq.OpPipe || q.Op == gojq.OpComma) && growsNothing(q.Left) && growsNothing(q.Right)
	}
	switch t := q.Term; {
	case t.Type == gojq.TermTypeIndex && !isName(t.Index), t.Type == gojq.TermTypeQuery && !growsNothing(t.Query):
		return false
	case t.Type != gojq.TermTypeIdentity && t.Type != gojq.TermTypeIndex && t.Type != gojq.TermTypeQuery && t.Type != gojq.TermTypeRecurse:
		return false
	}
	for _, suffix := range q.Term.SuffixList {
		if suffix.Index != nil && !isName(suffix.Index) {
			return false
		}
	}
	return true
}

// isName tells whether an index is a name, or the number of one of the first elements.
func isName(i *gojq.Index) bool {
	if i.Name != "" || i.Str != nil {
		return true
	}
	if i.IsSlice || !isNumber(i.Start) {
		return false
	}
	n, err := strconv.Atoi(i.Start.Term.Number)
	return err == nil && n < 1000
}

func (b *binder) term(t *gojq.Term) {
	inner := *t
	inner.SuffixList = nil
	switch {
	case t.Type == gojq.TermTypeFormat && t.Str == nil:
	case t.Type != gojq.TermTypeFunc:
		return
	case b.own[t.Func.Name]: // its arguments are its own
		if _, ok := walkers[t.Func.Name]; !ok {
			return
		}
	case t.Func.Name == "setpath" && len(t.Func.Args) == 2:
		t.Func.Args[0] = call(bounded, t.Func.Args[0])
		return
	case t.Func.Name == "getpath" && len(t.Func.Args) == 1:
		t.Func.Args[0] = piped(t.Func.Args[0], call(bounded))
		return
	case (t.Func.Name == "pick" || t.Func.Name == "fromstream") && len(t.Func.Args) == 1:
		t.Func = b.ours(t.Func)
		return
	case t.Func.Name == "add" && len(t.Func.Args) == 1: // it adds what its argument gives
		*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: piped(piped(
			&gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: t.Func.Args[0]}}}, call(measured)), call("add"))}
		return
	case expands1(t.Func):
		t.Func = b.ours(t.Func)
		return
	case expandsInput(t.Func):
		*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList,
			Query: piped(call(checkResult, text(t.Func.Name), &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNull}}), &gojq.Query{Term: &inner})}
		return
	default:
		values, ok := walkers[t.Func.Name]
		if !ok {
			return
		}
		if values {
			inner.Func = &gojq.Func{Name: t.Func.Name, Args: make([]*gojq.Query, len(t.Func.Args))}
			for i, arg := range t.Func.Args {
				inner.Func.Args[i] = piped(arg, call(measured))
			}
		}
	}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: piped(call(measured), &gojq.Query{Term: &inner})}
}

// ours is a call of the function of prelude that stands for f.
func (b *binder) ours(f *gojq.Func) *gojq.Func {
	b.calls["_"+f.Name] = true
	return &gojq.Func{Name: "_" + f.Name, Args: f.Args}
}

// expands1 tells whether what f makes depends on its input and its argument,
// expandsInput whether it depends on its input alone.
func expands1(f *gojq.Func) bool {
	return expanders[f.Name] == 1 && len(f.Args) == 1
}

func expandsInput(f *gojq.Func) bool {
	_, ok := expanders[f.Name]
	return ok && (f.Name != "join" && f.Name != "indices") && (f.Name != "split" || len(f.Args) == 2)
}

// walkers are the functions that walk through their whole input, and whether
// their arguments are values that they walk through too; else they are paths.
var walkers = map[string]bool{
	"tojson": true, "tostring": true, "format": true, "flatten": true, "add": true, "contains": true, "inside": true,
	"index": true, "rindex": true, "sort": true, "sort_by": true, "group_by": true, "unique": true, "unique_by": true,
	"min": true, "max": true, "min_by": true, "max_by": true, "bsearch": true, "IN": true, "INDEX": true, "JOIN": true,
	"del": false, "delpaths": true,
}

func call(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}

func text(s string) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeString, Str: &gojq.String{Str: s}}}
}

func isNumber(q *gojq.Query) bool {
	return q != nil && q.Term != nil && q.Term.Type == gojq.TermTypeNumber && len(q.Term.SuffixList) == 0
}

func piped(left, right *gojq.Query) *gojq.Query {
	return &gojq.Query{Left: left, Op: gojq.OpPipe, Right: right}
}

func isScalar(q *gojq.Query) bool {
	if q == nil || q.Term == nil || len(q.Term.SuffixList) > 0 {
		return false
	}
	switch q.Term.Type {
	case gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNumber, gojq.TermTypeString, gojq.TermTypeFormat:
		return true
	}
	return false
}
