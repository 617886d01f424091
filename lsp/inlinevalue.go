package lsp

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// inlineValue answers textDocument/inlineValue: the variables of the function that has
// stopped, up to where it has, once in a line. If a debug session in this process knows
// the frame, they come with their values; else the client asks its debugger.
func inlineValue() feature {
	return on("textDocument/inlineValue", func(ctx context.Context, r *request, p *protocol.InlineValueParams) ([]any, error) {
		v := &inlineValues{ctx: ctx, r: r, t: r.file.Tree(), vars: r.file.Vars(), seen: map[lineName]bool{}}
		v.from, v.to = r.offsets(p.Range)
		// The whole line where it has stopped counts: its variables are those to look at.
		line := int(p.Context.StoppedLocation.End.Line)
		v.stop = r.offset(p.Context.StoppedLocation.Start)
		// A stop at the start of the line is one at its first word: blocks begin with theirs.
		for text := v.t.Text(); v.stop < len(text) && (text[v.stop] == ' ' || text[v.stop] == '\t'); {
			v.stop++
		}
		v.to = min(v.to, r.file.Lines().End(line))
		v.function = functionAround(v.t, v.stop)
		v.names()
		return v.answer(p.Context.FrameID), ctx.Err()
	}, func(_ *session, c *protocol.ServerCapabilities) { c.InlineValueProvider = true })
}

// functionAround is the FuncBody around an offset, or the Chunk.
func functionAround(t *syntax.Tree, offset int) syntax.Node {
	n := t.NodeAt(offset)
	for n != syntax.None && t.Kind(n) != syntax.FuncBody {
		n = t.Parent(n)
	}
	if n == syntax.None {
		return t.Root()
	}
	return n
}

// lineName is a variable or expression in a line.
type lineName struct {
	line uint32
	text string
}

type inlineValues struct {
	ctx      context.Context
	r        *request
	t        *syntax.Tree
	vars     *scope.Info
	function syntax.Node
	stop     int // where it has stopped
	from, to int
	seen     map[lineName]bool
	found    []inlineName
}

// inlineName is what a value is shown for; variable: it is the name of a local.
type inlineName struct {
	at       protocol.Range
	text     string
	variable bool
}

// names adds the variables and chains of the function, in order.
func (v *inlineValues) names() {
	t := v.t
	for n := v.function; int(n) < t.Len() && v.ctx.Err() == nil; n++ {
		start, end := t.Start(n), t.End(n)
		if start >= t.End(v.function) || start >= v.to {
			break
		}
		if t.Kind(n) != syntax.Name || end <= v.from || functionOf(t, n) != v.function {
			continue
		}
		v.name(n)
	}
}

// functionOf is the function whose name or part a Name is.
func functionOf(t *syntax.Tree, n syntax.Node) syntax.Node {
	for n = t.Parent(n); n != syntax.None && t.Kind(n) != syntax.FuncBody; n = t.Parent(n) {
	}
	if n == syntax.None {
		return t.Root()
	}
	return n
}

// name adds what a Name is: a variable that can be seen where the program has stopped, or
// the last of a chain of fields that begins with one.
func (v *inlineValues) name(n syntax.Node) {
	t := v.t
	whole := n
	up := t.Parent(n)
	switch t.Kind(up) {
	case syntax.Index:
		if t.First(up) != n {
			whole = up
		}
	case syntax.Method, syntax.NameField:
		if t.First(up) != n || t.Kind(up) == syntax.NameField {
			return
		}
	case syntax.LabelStat, syntax.GotoStat, syntax.FuncStat, syntax.LocalFunc:
		return
	}
	if call := t.Parent(whole); t.Kind(call) == syntax.Call && t.First(call) == whole {
		return // what a function is, is seldom of interest
	}
	root := whole
	for t.Kind(root) == syntax.Index {
		root = t.First(root)
	}
	if t.Kind(root) != syntax.Name {
		return
	}
	x := v.vars.Var(root)
	if x == scope.NoVar {
		if v.r.snap.LibraryGlobal(t.Source(root)) == nil {
			v.add(whole, false)
		}
		return
	}
	of := &v.vars.Vars[x]
	visible := v.vars.Lookup(of.Name, v.stop) == x
	// A variable is seen where it is declared, even if the stop is in that line.
	if !visible || of.Kind == scope.LocalFunction {
		return
	}
	v.add(whole, whole == root)
}

// add adds an expression, once in a line; variable: it is the name of a local.
func (v *inlineValues) add(n syntax.Node, variable bool) {
	text := v.t.Source(n)
	at := v.r.nodeRange(n)
	key := lineName{at.Start.Line, text}
	if v.seen[key] || at.Start.Line != at.End.Line {
		return
	}
	v.seen[key] = true
	v.found = append(v.found, inlineName{at, text, variable})
}

// answer is what has been found as the protocol has it: with its values, if a debug
// session of this process shows the frame, else for the client to ask its debugger.
func (v *inlineValues) answer(frame int) []any {
	values := v.values(frame)
	out := make([]any, 0, len(v.found))
	for _, x := range v.found {
		value, known := values[x.text]
		switch {
		case known:
			out = append(out, protocol.InlineValueText{Range: x.at, Text: x.text + " = " + value})
		case x.variable:
			out = append(out, protocol.InlineValueLookup{Range: x.at, VariableName: x.text, CaseSensitiveLookup: true})
		default:
			out = append(out, protocol.InlineValueExpression{Range: x.at, Expression: x.text})
		}
	}
	return out
}

// valuesPatience is how long a debug session is waited for.
const valuesPatience = 100 * time.Millisecond

// values asks the debug sessions of this process.
func (v *inlineValues) values(frame int) map[string]string {
	if v.r.server.opts.Values == nil || v.r.file.Path == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.ctx, valuesPatience)
	defer cancel()
	var list []string
	for _, x := range v.found {
		if !slices.Contains(list, x.text) {
			list = append(list, x.text)
		}
	}
	line := v.r.file.Lines().Line(v.stop)
	return v.r.server.opts.Values(ctx, filepath.FromSlash(v.r.file.Path), line+1, frame, list)
}
