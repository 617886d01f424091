package data

import (
	"context"
	"math/big"
	"reflect"

	"github.com/itchyny/gojq"

	"github.com/llmspell/llmspell/tools/tool"
)

// A query can make values that are huge only when they are walked through:
// reduce range(40) as $i (1; [., .]) holds 40 arrays and 2^40 numbers. They can
// also be nested so deeply that walking through them overflows the stack, which
// ends the process. Neither gojq nor the encoders look out for that, so values
// are measured before they are given to what walks through them.

// maxValue bounds a value that is walked through, in bytes as measure counts
// them, and maxNesting its depth.
const maxValue = 256 << 20

// measurer adds up the size of values: 16 for each, and the length of texts.
type measurer struct {
	ctx   context.Context
	left  int
	count int
}

// measure returns an error when values are too large or too deep to be walked
// through, or when ctx is done.
func measure(ctx context.Context, values ...any) error {
	m := measurer{ctx: ctx, left: maxValue}
	for _, v := range values {
		if err := m.add(v, 0); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurer) add(v any, depth int) error {
	if m.count++; m.count%lookEvery == 0 && m.ctx.Err() != nil {
		return context.Cause(m.ctx)
	}
	m.left -= 16
	switch v := v.(type) {
	case string:
		m.left -= len(v)
	case *big.Int:
		m.left -= v.BitLen() / 3
	case []any:
		if depth == maxNesting {
			return tooDeep()
		}
		for _, e := range v {
			if err := m.add(e, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if depth == maxNesting {
			return tooDeep()
		}
		for k, e := range v {
			m.left -= len(k)
			if err := m.add(e, depth+1); err != nil {
				return err
			}
		}
	}
	if m.left < 0 {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return tool.Errorf(tool.LimitExceeded, "the query makes a value of more than %d MB; narrow the query or the input", maxValue>>20)
}

func tooDeep() error {
	return tool.Errorf(tool.LimitExceeded, "the query makes a value that is nested more than %d deep", maxNesting)
}

// measured is the name of the jq function that gives its input as it is, or
// fails when it must not be walked through. joinFits does so for join, whose result
// is larger than what it gets.
const (
	measured = "_measured"
	joinFits = "_fits"
	bounded  = "_path" // gives a path as it is, or fails when it is too long
)

func boundOptions() []gojq.CompilerOption {
	return []gojq.CompilerOption{
		gojq.WithFunction(measured, 0, 0, func(v any, _ []any) any {
			switch v.(type) {
			case []any, map[string]any:
				if err := measure(context.Background(), v); err != nil {
					return err
				}
			}
			return v
		}),
		gojq.WithFunction(bounded, 0, 0, func(v any, _ []any) any {
			if path, ok := v.([]any); ok && len(path) > maxNesting {
				return tooDeep()
			}
			return v
		}),
		gojq.WithFunction(joinFits, 1, 1, func(v any, args []any) any {
			list, _ := v.([]any)
			if separator, ok := args[0].(string); ok && len(separator) > 0 && len(list) > maxValue/len(separator) {
				return tooLarge()
			}
			if err := measure(context.Background(), list); err != nil {
				return err
			}
			return v
		}),
	}
}

// bound makes a query measure values before they are given to functions and
// operators that walk through all of them at once, and so cannot be stopped.
// What is written in jq itself stops when it is cancelled.
func bound(q *gojq.Query) error {
	b := binder{own: map[string]bool{}}
	b.names(reflect.ValueOf(q))
	b.walk(reflect.ValueOf(q))
	if !b.joins {
		return nil
	}
	def, err := gojq.Parse("def _join($s): " + joinFits + "($s) | join($s); .")
	if err != nil {
		return err
	}
	q.FuncDefs = append(def.FuncDefs, q.FuncDefs...)
	return nil
}

// binder changes the tree of a query in place.
type binder struct {
	own   map[string]bool // functions that the query defines itself
	joins bool
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
	case gojq.OpEq, gojq.OpNe, gojq.OpGt, gojq.OpLt, gojq.OpGe, gojq.OpLe, gojq.OpSub, gojq.OpMul, gojq.OpDiv:
		if !isScalar(q.Left) && !isScalar(q.Right) { // to compare with a scalar is no walk
			q.Left, q.Right = piped(q.Left, call(measured)), piped(q.Right, call(measured))
		}
	}
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
	case t.Func.Name == "join" && len(t.Func.Args) == 1:
		b.joins = true
		inner.Func = &gojq.Func{Name: "_join", Args: t.Func.Args}
	case t.Func.Name == "setpath" && len(t.Func.Args) == 2, t.Func.Name == "getpath" && len(t.Func.Args) == 1:
		t.Func.Args[0] = piped(t.Func.Args[0], call(bounded))
		return
	case t.Func.Name == "add" && len(t.Func.Args) == 1: // it adds what its argument gives
		*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: piped(piped(
			&gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: t.Func.Args[0]}}}, call(measured)), call("add"))}
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

// walkers are the functions that walk through their whole input, and whether
// their arguments are values that they walk through too; else they are paths.
var walkers = map[string]bool{
	"tojson": true, "tostring": true, "format": true, "flatten": true, "add": true, "contains": true, "inside": true,
	"indices": true, "index": true, "rindex": true, "sort": true, "sort_by": true, "group_by": true, "unique": true, "unique_by": true,
	"min": true, "max": true, "min_by": true, "max_by": true, "bsearch": true, "transpose": true, "IN": true, "INDEX": true, "JOIN": true,
	"del": false, "delpaths": true,
}

func call(name string) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name}}}
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
