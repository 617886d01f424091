package jinja

import (
	"context"
	"maps"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// Options of a rendering.
type Options struct {
	// Templates are what include, import and extends find, by name.
	Templates map[string]string
	// Strict makes it an error to print a name that has no value.
	Strict bool
	// Escape makes printed values safe within HTML unless they are marked safe.
	Escape bool
	// Python prints values as Jinja2 does, and drops the line end at the end of
	// a template, as it does; otherwise both are as in Tera.
	Python bool
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
	r := &run{Meter: m, opt: o, docs: map[string]*document{}, filters: filters(), functions: functions(), groups: map[*any]bool{}}
	s := &scope{run: r, vars: maps.Clone(values), out: m.NewOutput(), escape: o.Escape}
	if s.vars == nil {
		s.vars = map[string]any{}
	}
	r.globals = s
	s.document(parse(o.source(src)))
	return s.out.String(), nil
}

// run is one rendering.
type run struct {
	*render.Meter
	opt     Options
	docs    map[string]*document // parsed so far, by name
	globals *scope

	filters   map[string]filter
	functions map[string]function
	groups    map[*any]bool // the first parts of groupby's pairs, which have names too
}

// scope is where names have values.
type scope struct {
	*run
	parent *scope
	vars   map[string]any
	out    *render.Output
	escape bool
	doc    *document
	blocks map[string][][]stmt // versions of each block, the most derived first
	block  string              // the block that is being rendered
	level  int                 // which version of it
}

// child makes a scope within this one.
func (s *scope) child() *scope {
	c := *s
	c.parent, c.vars = s, map[string]any{}
	return &c
}

// isolated makes a scope that sees only what the template was given.
func (s *scope) isolated() *scope {
	c := s.child()
	c.parent = s.globals
	return c
}

func (s *scope) lookup(name string) (any, bool) {
	for at := s; at != nil; at = at.parent {
		if v, ok := at.vars[name]; ok {
			return v, true
		}
	}
	return nil, false
}

func (s *scope) fail(line int, format string, args ...any) {
	render.Stopf("line %d: "+format, append([]any{line}, args...)...)
}

// load finds another template.
func (s *scope) load(line int, of expr) *document {
	name := s.Text(of.eval(s))
	if d, ok := s.docs[name]; ok {
		return d
	}
	src, ok := s.opt.Templates[name]
	if !ok {
		s.fail(line, "there is no template named %q among the templates that were passed; files are never read", name)
	}
	d := s.parseNamed(name, src)
	s.docs[name] = d
	return d
}

func (s *scope) parseNamed(name, src string) *document {
	s.Alloc(len(src))
	d, err := func() (d *document, err error) {
		defer render.Recover(&err)
		return parse(s.opt.source(src)), nil
	}()
	if err != nil {
		render.Stopf("in the template %q: %w", name, err)
	}
	return d
}

// document renders a template, and with extends the one that it derives from.
func (s *scope) document(d *document) {
	s.doc = d
	s.blocks = map[string][][]stmt{}
	for {
		s.Enter()
		defer s.Leave()
		for name, body := range d.blocks {
			s.blocks[name] = append(s.blocks[name], body)
		}
		if d.extends == nil {
			s.run1(d.body)
			return
		}
		// What stands outside of blocks is not rendered, but its names count.
		quiet := *s
		quiet.out = s.NewOutput()
		for _, st := range d.body {
			switch st.(type) {
			case *setStmt, *macroStmt, *importStmt:
				st.exec(&quiet)
			}
		}
		d = s.load(d.line, d.extends)
	}
}

// run1 runs statements in this scope.
func (s *scope) run1(body []stmt) signal {
	for _, st := range body {
		s.Step()
		if sig := st.exec(s); sig != next {
			return sig
		}
	}
	return next
}

// capture renders statements into a text.
func (s *scope) capture(body []stmt) string {
	c := s.child()
	c.out = s.NewOutput()
	c.run1(body)
	return c.out.String()
}
