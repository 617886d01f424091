package kernel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// Inspection is what is known of the name at a place in code.
type Inspection struct {
	Found bool   `json:"found"`
	Name  string `json:"name,omitempty"`  // the expression that was looked at
	Type  string `json:"type,omitempty"`  // Lua's, or "tool"
	Value string `json:"value,omitempty"` // as a debugger shows it
	// Text and Markdown say all in words.
	Text     string `json:"text,omitempty"`
	Markdown string `json:"markdown,omitempty"`
	// Start and End are where the expression stands, in bytes.
	Start int `json:"start"`
	End   int `json:"end"`
	// Partial says that the script could not be asked in time.
	Partial bool `json:"partial,omitempty"`
}

// Variable is a global or an entry of a table.
type Variable struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
	// Expression gives the value: with it Children leads further. "": there is none.
	Expression string `json:"expression,omitempty"`
	Children   int    `json:"children,omitempty"` // how many Children has
}

// Variables is a page of variables.
type Variables struct {
	Total     int        `json:"total"`
	Variables []Variable `json:"variables"`
	// Partial says that the script could not be asked in time.
	Partial bool `json:"partial,omitempty"`
}

// MaxVariables is how many variables are given at a time.
const MaxVariables = 1000

// Inspect tells about the name at a position in code, an offset in bytes: a
// variable, a field, or a tool. With detail > 0 a table's first entries are told
// too. It answers while the session runs, as Complete does.
func (s *Session) Inspect(ctx context.Context, code string, position, detail int) (Inspection, error) {
	asked, cancel, err := asking(ctx, code, position)
	if err != nil {
		return Inspection{}, err
	}
	defer cancel()
	if out, ok := s.inspectTool(code, position); ok {
		return out, nil
	}
	expr, start, end, ok := debug.ExpressionAt(code, position)
	if !ok || debug.IsKeyword(expr) {
		return Inspection{}, nil
	}
	out := Inspection{Name: expr, Start: start, End: end}
	i, err := s.inspect(asked)
	var d debug.Description
	if err == nil {
		d, err = i.Describe(asked, expr)
	}
	switch {
	case ctx.Err() != nil:
		return Inspection{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		out.Partial = true
		return out, nil
	case err != nil: // such as a field of nil, or what would change something
		return out, nil
	case d.Type == "nil":
		return out, nil
	}
	out.Found, out.Type, out.Value = true, d.Type, d.Value
	describe(&out, d)
	if n := d.Named + d.Indexed; n > 0 && detail > 0 {
		if children, total, err := i.Children(asked, expr, 0, 20); err == nil {
			entries(&out, children, total)
		}
	}
	return out, nil
}

// describe words what is known of a value.
func describe(out *Inspection, d debug.Description) {
	head := out.Name + ": " + d.Type
	if d.Function {
		head = "function " + out.Name
		if d.Source != (debug.Source{}) {
			head += "(" + strings.Join(d.Parameters, ", ") + ")"
		}
	} else if d.Value != "" {
		head += " = " + d.Value
	}
	var more []string
	if d.Comment != "" {
		more = append(more, d.Comment)
	}
	if d.Line > 0 {
		more = append(more, fmt.Sprintf("declared in %s:%d", d.Source.Name, d.Line))
	} else if d.Function {
		more = append(more, d.Value)
	}
	out.word(head, more...)
}

// word sets text and markdown from a line of code and paragraphs.
func (out *Inspection) word(head string, paragraphs ...string) {
	fence := "```"
	for strings.Contains(head, fence) {
		fence += "`"
	}
	out.Text, out.Markdown = head, fence+"lua\n"+head+"\n"+fence
	for _, p := range paragraphs {
		out.Text += "\n\n" + p
		out.Markdown += "\n\n" + p
	}
}

// entries adds the first entries of a table.
func entries(out *Inspection, children []debug.Variable, total int) {
	var b strings.Builder
	for _, c := range children {
		fmt.Fprintf(&b, "\n%s = %s", c.Name, c.Value)
	}
	if total > len(children) {
		fmt.Fprintf(&b, "\n… %d more", total-len(children))
	}
	fence := "```"
	for strings.Contains(b.String(), fence) {
		fence += "`"
	}
	out.Text += "\n" + b.String()
	out.Markdown += "\n\n" + fence + b.String() + "\n" + fence
}

// inspectTool tells about a tool whose name stands at the position: in a string
// that names one, or as a field of Tool.
func (s *Session) inspectTool(code string, position int) (Inspection, bool) {
	start, end := position, position
	wordOrHyphen := func(c byte) bool { return isWord(c) || c == '-' }
	for start > 0 && wordOrHyphen(code[start-1]) {
		start--
	}
	for end < len(code) && wordOrHyphen(code[end]) {
		end++
	}
	call, inString := debug.CallAt(code, start)
	switch {
	case inString && call.String && call.Arg == 0 && named[call.Callee]:
	case strings.HasSuffix(code[:start], "Tool.") && !strings.Contains(code[start:end], "-"):
	default:
		return Inspection{}, false
	}
	d, ok := s.tools.KnownTool(code[start:end])
	if !ok {
		return Inspection{}, false
	}
	out := Inspection{Found: true, Name: d.Name, Type: "tool", Start: start, End: end}
	var names []string
	var params strings.Builder
	if d.Parameters != nil {
		for _, p := range d.Parameters.Properties {
			names = append(names, p.Name)
			fmt.Fprintf(&params, "- %s", p.Name)
			if p.Required {
				params.WriteString(" (required)")
			}
			if p.Schema != nil && p.Description != "" {
				params.WriteString(": " + p.Description)
			}
			params.WriteByte('\n')
		}
	}
	out.Value = d.Description
	out.word(fmt.Sprintf("Tool.execute(%q, {%s})", d.Name, strings.Join(names, ", ")), d.Description, strings.TrimSpace(params.String()))
	return out, true
}

// Variables returns the globals that scripts have made, sorted by name: count of
// them, MaxVariables at most, from start on. It answers while the session runs, as
// Complete does.
func (s *Session) Variables(ctx context.Context, start, count int) (Variables, error) {
	return s.variables(ctx, func(ctx context.Context, i *debug.Inspector) ([]debug.Variable, int, error) {
		return i.Globals(ctx, start, paged(count))
	})
}

// Children returns the entries of the value of an expression, such as that of a
// Variable, likewise. An expression that would change something is an error.
func (s *Session) Children(ctx context.Context, expression string, start, count int) (Variables, error) {
	if len(expression) > maxAsked {
		return Variables{}, fmt.Errorf("the expression has %d bytes: at most %d are looked at", len(expression), maxAsked)
	}
	return s.variables(ctx, func(ctx context.Context, i *debug.Inspector) ([]debug.Variable, int, error) {
		return i.Children(ctx, expression, start, paged(count))
	})
}

// Members returns the globals that scripts have made, or for a path of names, such as
// "config.limits", the fields that it leads to: names only, likewise. Unlike Variables
// and Children it runs nothing of the scripts', metamethods included: what can be had
// only by these is not there. It is for programs that ask on their own account.
func (s *Session) Members(ctx context.Context, path string, start, count int) (Variables, error) {
	if len(path) > maxAsked {
		return Variables{}, fmt.Errorf("the path has %d bytes: at most %d are looked at", len(path), maxAsked)
	}
	var names []string
	if path != "" {
		names = strings.Split(path, ".")
	}
	return s.variables(ctx, func(ctx context.Context, i *debug.Inspector) ([]debug.Variable, int, error) {
		return i.Members(ctx, names, start, paged(count))
	})
}

func paged(count int) int {
	if count <= 0 {
		return MaxVariables
	}
	return min(count, MaxVariables)
}

func (s *Session) variables(ctx context.Context, ask func(context.Context, *debug.Inspector) ([]debug.Variable, int, error)) (Variables, error) {
	asked, cancel := context.WithTimeout(ctx, maxAnswer)
	defer cancel()
	out := Variables{Variables: []Variable{}}
	var found []debug.Variable
	i, err := s.inspect(asked)
	if err == nil {
		found, out.Total, err = ask(asked, i)
	}
	switch {
	case ctx.Err() != nil:
		return Variables{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		out.Partial = true
	case err != nil:
		return Variables{}, err
	}
	for _, v := range found {
		out.Variables = append(out.Variables, Variable{
			Name: v.Name, Type: v.Type, Value: v.Value, Expression: v.EvaluateName, Children: v.Named + v.Indexed,
		})
	}
	return out, nil
}

// Inspect is Session.Inspect.
func (h *Hosted) Inspect(ctx context.Context, code string, position, detail int) (Inspection, error) {
	h.touch()
	out, err := h.session.Inspect(ctx, code, position, detail)
	return out, h.asked(err)
}

// Variables is Session.Variables.
func (h *Hosted) Variables(ctx context.Context, start, count int) (Variables, error) {
	h.touch()
	out, err := h.session.Variables(ctx, start, count)
	return out, h.asked(err)
}

// Children is Session.Children.
func (h *Hosted) Children(ctx context.Context, expression string, start, count int) (Variables, error) {
	h.touch()
	out, err := h.session.Children(ctx, expression, start, count)
	return out, h.asked(err)
}

// Members is Session.Members. It is no use of the session, which may end for want of
// any.
func (h *Hosted) Members(ctx context.Context, path string, start, count int) (Variables, error) {
	out, err := h.session.Members(ctx, path, start, count)
	return out, h.asked(err)
}
