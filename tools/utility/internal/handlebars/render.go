package handlebars

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// Options of a rendering.
type Options struct {
	// Partials are what {{> name}} finds.
	Partials map[string]string
	// Strict makes it an error to print a path that has no value.
	Strict bool
	// Raw leaves printed values as they are; else they are made safe within HTML.
	Raw bool
}

// Check parses a template. The error names the line.
func Check(src string) (err error) {
	defer render.Recover(&err)
	parse(src)
	return nil
}

// Render renders a template with the values. It ends early, with the context's
// error, once ctx is done; the error of one that costs too much wraps
// render.ErrLimit.
func Render(ctx context.Context, src string, values map[string]any, o Options) (out string, err error) {
	defer render.Recover(&err)
	m := render.NewMeter(ctx)
	r := &run{Meter: m, opt: o, out: m.NewOutput(), parsed: map[string][]node{}}
	r.nodes(parse(src), &frame{this: values, data: map[string]any{"root": values}})
	return r.out.String(), nil
}

type run struct {
	*render.Meter
	opt    Options
	out    *render.Output
	parsed map[string][]node
}

// frame is what this, @data and block parameters mean at one place.
type frame struct {
	parent *frame
	this   any
	data   map[string]any // @index and the like
	params map[string]any
	plain  bool // made by a helper that keeps this, such as if: ../ does not count it
}

func (r *run) nodes(list []node, f *frame) {
	r.Enter()
	defer r.Leave()
	for _, n := range list {
		r.Step()
		switch n := n.(type) {
		case *textNode:
			r.out.Write(n.text)
		case *mustache:
			text := r.Text(r.value(&n.call, f, r.opt.Strict))
			if !n.raw && !r.opt.Raw {
				text = r.Escape(text)
			}
			r.out.Write(text)
		case *block:
			r.block(n, f)
		case *partial:
			r.partial(n, f)
		}
	}
}

// value evaluates a call: a helper when it is one's name, else a path.
func (r *run) value(c *call, f *frame, strict bool) any {
	r.Step()
	if p, ok := c.fn.(path); ok && !p.this && !p.data && len(p.parts) == 1 {
		if len(c.args) > 0 || len(c.keys) > 0 || p.text == "log" {
			return r.helper(c, p.text, f)
		}
	} else if len(c.args) > 0 {
		failAt(c.line, "%s is no helper, so it takes no arguments", name(c.fn))
	}
	v, found := r.eval(c.fn, f)
	if !found && strict {
		failAt(c.line, "%s has no value", name(c.fn))
	}
	return v
}

func name(fn any) string {
	if p, ok := fn.(path); ok {
		return p.text
	}
	return "this"
}

func (r *run) eval(e any, f *frame) (any, bool) {
	switch e := e.(type) {
	case literal:
		return e.v, true
	case *call:
		return r.value(e, f, false), true
	case path:
		return r.lookup(e, f)
	}
	return nil, false
}

func (r *run) args(c *call, f *frame) []any {
	out := make([]any, len(c.args))
	for i, a := range c.args {
		out[i], _ = r.eval(a, f)
	}
	return out
}

func (r *run) lookup(p path, f *frame) (any, bool) {
	for range p.up {
		for f.plain && f.parent != nil {
			f = f.parent
		}
		if f.parent != nil {
			f = f.parent
		}
	}
	var v any
	parts := p.parts
	switch {
	case p.data:
		if len(parts) == 0 {
			return nil, false
		}
		found := false
		for at := f; at != nil && !found; at = at.parent {
			v, found = at.data[parts[0]]
		}
		if !found {
			return nil, false
		}
		parts = parts[1:]
	case !p.this && len(parts) > 0:
		for at := f; at != nil; at = at.parent {
			if w, ok := at.params[parts[0]]; ok {
				return r.members(w, parts[1:])
			}
		}
		v = f.this
	default:
		v = f.this
	}
	return r.members(v, parts)
}

func (r *run) members(v any, parts []string) (any, bool) {
	for _, part := range parts {
		var ok bool
		if v, ok = r.member(v, part); !ok {
			return nil, false
		}
	}
	return render.Normal(v), true
}

func (r *run) member(v any, part string) (any, bool) {
	r.Step()
	switch v := v.(type) {
	case map[string]any:
		w, ok := v[part]
		return w, ok
	case []any:
		if part == "length" {
			return int64(len(v)), true
		}
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		return v[i], true
	case string:
		if part == "length" {
			return int64(len([]rune(v))), true
		}
	}
	return nil, false
}

func truthy(v any) bool {
	switch v := render.Normal(v).(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case []any:
		return len(v) > 0
	}
	return true
}

func (r *run) block(b *block, f *frame) {
	p, _ := b.call.fn.(path)
	args := b.call.args
	want := func() any {
		if len(args) != 1 {
			failAt(b.call.line, "{{#%s}} takes one argument, not %d", p.text, len(args))
		}
		v, _ := r.eval(args[0], f)
		return v
	}
	inner := &frame{parent: f, this: f.this, plain: true}
	switch p.text {
	case "if", "unless":
		v := want()
		yes := truthy(v)
		if z, _ := r.eval(b.call.hash["includeZero"], f); z == true && v == int64(0) {
			yes = true
		}
		r.branch(b, inner, yes == (p.text == "if"))
	case "with":
		v := want()
		if !truthy(v) {
			r.nodes(b.rest, inner)
			return
		}
		r.nodes(b.body, r.inside(b, f, v, nil, nil))
	case "each":
		r.each(b, f, want())
	default:
		if len(args) > 0 {
			r.branch(b, inner, truthy(r.helper(&b.call, p.text, f)))
			return
		}
		switch v, _ := r.eval(b.call.fn, f); v := v.(type) { // as Mustache has it
		case []any:
			r.each(b, f, v)
		case bool, nil:
			r.branch(b, inner, v == true)
		default:
			if !truthy(v) {
				r.nodes(b.rest, inner)
				return
			}
			r.nodes(b.body, r.inside(b, f, v, nil, nil))
		}
	}
}

func (r *run) branch(b *block, f *frame, yes bool) {
	if yes {
		r.nodes(b.body, f)
	} else {
		r.nodes(b.rest, f)
	}
}

// inside makes the frame of a block about v; key names v in what holds it.
func (r *run) inside(b *block, f *frame, v, key any, data map[string]any) *frame {
	in := &frame{parent: f, this: v, data: data}
	if len(b.params) > 0 {
		in.params = map[string]any{b.params[0]: v}
		if len(b.params) > 1 {
			in.params[b.params[1]] = key
		}
	}
	return in
}

func (r *run) each(b *block, f *frame, v any) {
	var keys []string
	n := 0
	list, _ := v.([]any)
	m, isMap := v.(map[string]any)
	if n = len(list); isMap {
		r.Items(len(m))
		keys = slices.Sorted(maps.Keys(m))
		n = len(m)
	}
	if n == 0 {
		r.nodes(b.rest, &frame{parent: f, this: f.this, plain: true})
		return
	}
	for i := range n {
		data := map[string]any{"index": int64(i), "first": i == 0, "last": i == n-1}
		var item, key any = nil, int64(i)
		if isMap {
			item, key = m[keys[i]], keys[i]
		} else {
			item = list[i]
		}
		data["key"] = key
		r.nodes(b.body, r.inside(b, f, item, key, data))
	}
}

func (r *run) partial(p *partial, f *frame) {
	called := name(p.call.fn)
	if c, ok := p.call.fn.(*call); ok { // {{> (lookup . "which")}}
		called = r.Text(r.value(c, f, false))
	} else if l, ok := p.call.fn.(literal); ok {
		called = r.Text(l.v)
	}
	src, ok := r.opt.Partials[called]
	if !ok {
		failAt(p.call.line, "there is no partial named %q among the partials that were passed; files are never read", called)
	}
	body, ok := r.parsed[called]
	if !ok {
		r.Alloc(len(src))
		var err error
		if body, err = parsePartial(src); err != nil {
			render.Stopf("in the partial %q: %w", called, err)
		}
		r.parsed[called] = body
	}
	in := &frame{parent: f, this: f.this, plain: true}
	if len(p.call.args) > 0 {
		in.this, _ = r.eval(p.call.args[0], f)
		in.plain = false
	}
	if len(p.call.keys) > 0 {
		this, _ := in.this.(map[string]any)
		r.Items(len(this) + len(p.call.keys))
		merged := maps.Clone(this)
		if merged == nil {
			merged = map[string]any{}
		}
		for _, k := range p.call.keys {
			merged[k], _ = r.eval(p.call.hash[k], f)
		}
		in.this = merged
	}
	if p.indent == "" {
		r.nodes(body, in)
		return
	}
	out := r.out
	r.out = r.NewOutput()
	r.nodes(body, in)
	text := r.out.String()
	r.out = out
	for line := range strings.SplitAfterSeq(text, "\n") {
		if line != "" {
			r.out.Write(p.indent)
			r.out.Write(line)
		}
	}
}

func parsePartial(src string) (body []node, err error) {
	defer render.Recover(&err)
	return parse(src), nil
}
