// Package gotmpl renders templates of Go's text/template, bounded by a
// render.Meter: a call that counts is put into the body of each loop and each
// template, and the functions that make texts ask before they do.
//
// Templates see plain values, which have no methods, so they can run no code.
package gotmpl

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// Options of a rendering.
type Options struct {
	// Templates are what {{template "name" .}} finds.
	Templates map[string]string
	// Strict makes it an error to use a name that has no value.
	Strict bool
	// Escape makes printed values safe within HTML.
	Escape bool
}

// tick is the function that counts, and show the one that prints nothing for
// what has no value. No template holds these names by accident.
const (
	tick = "llmspellCount"
	show = "llmspellShow"
)

// Check parses a template. The error names the line.
func Check(src string) error {
	_, err := build(src, Options{}, render.NewMeter(context.Background()))
	return err
}

// Render renders a template with the values. It ends early, with the context's
// error, once ctx is done; the error of one that costs too much wraps
// render.ErrLimit.
func Render(ctx context.Context, src string, values map[string]any, o Options) (out string, err error) {
	defer render.Recover(&err)
	m := render.NewMeter(ctx)
	t, err := build(src, o, m)
	if err != nil {
		return "", err
	}
	w := &writer{m: m, out: m.NewOutput(), escape: o.Escape}
	if err := t.Execute(w, normal(values)); err != nil {
		if stop := (*stopError)(nil); errors.As(err, &stop) {
			return "", stop.Err
		}
		return "", errors.New(strings.TrimPrefix(err.Error(), "template: "))
	}
	return w.out.String(), nil
}

// normal makes whole numbers whole, so that they index and compare as such.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = normal(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = normal(e)
		}
		return out
	}
	if i, ok := render.Normal(v).(int64); ok {
		return int(i)
	}
	return v
}

// stopError carries a *render.Stop through the template's own errors.
type stopError struct{ Err error }

func (s *stopError) Error() string { return s.Err.Error() }

// guard turns the panic of a Meter into an error, which ends the template.
func guard(f func()) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *render.Stop:
			err = &stopError{v.Err}
		default:
			panic(v)
		}
	}()
	f()
	return nil
}

type writer struct {
	m      *render.Meter
	out    *render.Output
	escape bool
}

// Write adds to the output. The texts of the template itself are not escaped:
// with escape, build has piped the values through html.
func (w *writer) Write(p []byte) (int, error) {
	return len(p), guard(func() { w.out.Write(string(p)) })
}

func build(src string, o Options, m *render.Meter) (*template.Template, error) {
	t := template.New("template").Funcs(functions(m))
	if o.Strict {
		t = t.Option("missingkey=error")
	} else {
		t = t.Option("missingkey=zero")
	}
	sources := map[string]string{"template": src}
	for name, text := range o.Templates {
		if name != "template" {
			sources[name] = text
		}
	}
	for name, text := range sources {
		if err := nesting(text); err != nil {
			return nil, err
		}
		if _, err := t.New(name).Parse(text); err != nil {
			return nil, errors.New(strings.TrimPrefix(err.Error(), "template: "))
		}
	}
	for _, each := range t.Templates() {
		if each.Tree != nil && each.Root != nil {
			count(each.Tree, each.Root, o.Escape)
			each.Root.Nodes = append([]parse.Node{counter(each.Tree)}, each.Root.Nodes...)
		}
	}
	return t.Lookup("template"), nil
}

// nesting refuses sources that the parser would follow too deep.
func nesting(src string) error {
	if len(src) > render.MaxTemplate {
		return fmt.Errorf("%w: its source is larger than %d MB", render.ErrLimit, render.MaxTemplate>>20)
	}
	depth, blocks := 0, 0
	for i := 0; i < len(src); i++ {
		switch {
		case src[i] == '(':
			depth++
		case src[i] == ')':
			depth = max(0, depth-1)
		case strings.HasPrefix(src[i:], "{{"):
			depth = 0
			word := strings.TrimLeft(src[i+2:min(len(src), i+20)], "- \t\n")
			for _, open := range []string{"if", "range", "with", "block", "define", "else if", "else with"} {
				if strings.HasPrefix(word, open) {
					blocks++
				}
			}
			if strings.HasPrefix(word, "end") {
				blocks = max(0, blocks-1)
			}
		}
		if depth > render.MaxDepth || blocks > 10*render.MaxDepth {
			return fmt.Errorf("%w: it is nested too deep", render.ErrLimit)
		}
	}
	return nil
}

// counter makes the node {{tick}}.
func counter(tree *parse.Tree) parse.Node {
	return &parse.ActionNode{NodeType: parse.NodeAction, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{command(tree, tick)}}}
}

func command(tree *parse.Tree, function string) *parse.CommandNode {
	id := parse.NewIdentifier(function).SetTree(tree)
	return &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{id}}
}

// count puts counters into loops, and pipes printed values through show and, with
// escape, html.
func count(tree *parse.Tree, n parse.Node, escape bool) {
	branch := func(b *parse.BranchNode) {
		count(tree, b.List, escape)
		if b.ElseList != nil {
			count(tree, b.ElseList, escape)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, e := range n.Nodes {
			count(tree, e, escape)
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return
		}
		n.Pipe.Cmds = append(n.Pipe.Cmds, command(tree, show))
		if escape {
			n.Pipe.Cmds = append(n.Pipe.Cmds, command(tree, "html"))
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
		n.List.Nodes = append([]parse.Node{counter(tree)}, n.List.Nodes...)
	}
}

// functions replaces the functions of text/template that make texts by such
// that ask first, and adds a few that templates miss most. call is refused.
func functions(m *render.Meter) template.FuncMap {
	size := func(args []any) int {
		n := 0
		for _, a := range args {
			n += len(m.Text(a)) + 1
		}
		return n
	}
	text := func(make func(args ...any) string, times int) func(args ...any) (string, error) {
		return func(args ...any) (out string, err error) {
			err = guard(func() {
				m.Alloc(times * size(args))
				out = make(args...)
			})
			return out, err
		}
	}
	one := func(f func(string) string) func(any) (string, error) {
		return func(v any) (out string, err error) {
			err = guard(func() {
				s := m.Text(v)
				m.Alloc(3 * len(s))
				out = f(s)
			})
			return out, err
		}
	}
	verb := regexp.MustCompile(`%[-+# 0]*(\[\d+\])?(\*|\d*)(\.(\*|\d*))?(\[\d+\])?`)
	return template.FuncMap{
		tick: func() (string, error) { return "", guard(m.Step) },
		show: func(v any) any {
			if v == nil {
				return ""
			}
			return v
		},
		"print": text(fmt.Sprint, 1), "println": text(fmt.Sprintln, 1),
		"html": text(template.HTMLEscaper, 5), "js": text(template.JSEscaper, 6), "urlquery": text(template.URLQueryEscaper, 3),
		"printf": func(format string, args ...any) (out string, err error) {
			err = guard(func() {
				verbs := verb.FindAllString(format, -1)
				for _, v := range verbs {
					if strings.ContainsAny(v, "*[") || len(v) > 10 {
						render.Stopf("printf: %s is not supported; write a verb such as %%s or %%05.2f", v)
					}
					for part := range strings.SplitSeq(strings.TrimLeft(v, "%-+# 0"), ".") {
						if len(part) > 3 {
							render.Stopf("printf: the width or precision %s is larger than 999", part)
						}
					}
				}
				// A verb writes one argument, quoted or in hexadecimal at worst.
				m.Alloc(len(format) + 2000*len(verbs) + 10*size(args))
				out = fmt.Sprintf(format, args...)
			})
			return out, err
		},
		"call":  func(...any) (string, error) { return "", errors.New("call is not supported: templates run no code") },
		"upper": one(strings.ToUpper), "lower": one(strings.ToLower), "trim": one(strings.TrimSpace),
		"title": one(func(s string) string {
			words := strings.Fields(s)
			for i, w := range words {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
			return strings.Join(words, " ")
		}),
		"json": func(v any) (out string, err error) {
			err = guard(func() { out = m.JSON(v, "") })
			return out, err
		},
		"default": func(def, v any) any {
			if truth, ok := template.IsTrue(v); !ok || !truth {
				return def
			}
			return v
		},
		"join": func(sep string, v any) (out string, err error) {
			err = guard(func() {
				l, ok := v.([]any)
				if !ok {
					render.Stopf("join needs a list")
				}
				parts, n := make([]string, len(l)), 0
				for i, e := range l {
					parts[i] = m.Text(e)
					n += len(parts[i]) + len(sep)
				}
				m.Alloc(n)
				out = strings.Join(parts, sep)
			})
			return out, err
		},
		"replace": func(from, to string, v any) (out string, err error) {
			err = guard(func() {
				s := m.Text(v)
				m.Alloc(len(s) + min(strings.Count(s, from)*len(to), render.MaxBytes+1))
				out = strings.ReplaceAll(s, from, to)
			})
			return out, err
		},
		"add": func(a, b any) (any, error) { return arith('+', a, b) }, "sub": func(a, b any) (any, error) { return arith('-', a, b) },
		"mul": func(a, b any) (any, error) { return arith('*', a, b) }, "div": func(a, b any) (any, error) { return arith('/', a, b) },
	}
}

func arith(op byte, a, b any) (any, error) {
	x, okX := toFloat(a)
	y, okY := toFloat(b)
	if !okX || !okY {
		return nil, fmt.Errorf("cannot compute with %v and %v: both must be numbers", a, b)
	}
	switch op {
	case '+':
		x += y
	case '-':
		x -= y
	case '*':
		x *= y
	case '/':
		if y == 0 {
			return nil, errors.New("division by zero")
		}
		x /= y
	}
	return normal(x), nil
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
