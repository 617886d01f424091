package lsp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// inlayHint answers textDocument/inlayHint: the names of parameters before literal
// arguments, and the types of variables that a call makes.
func inlayHint() feature {
	return on("textDocument/inlayHint", func(ctx context.Context, r *request, p *protocol.InlayHintParams) ([]protocol.InlayHint, error) {
		h := &hints{r: r, t: r.file.Tree(), list: []protocol.InlayHint{}}
		h.start, h.end = r.offsets(p.Range)
		set := r.settings.Hints
		if !set.Enable {
			return h.list, nil
		}
		for n := syntax.Node(1); int(n) < h.t.Len(); n++ {
			if h.t.Start(n) > h.end {
				break
			}
			if h.t.End(n) < h.start {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			switch h.t.Kind(n) {
			case syntax.Args:
				if set.Parameters {
					h.arguments(n)
				}
			case syntax.LocalStat:
				if set.Types {
					h.locals(n)
				}
			case syntax.GenericFor:
				if set.Types {
					h.names(h.t.First(n), false)
				}
			}
		}
		return h.list, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.InlayHintProvider = &protocol.ResolveOptions{ResolveProvider: true}
	})
}

// hintData finds a hint's subject again.
type hintData struct {
	URI     protocol.URI `json:"uri"`
	Version int32        `json:"version"`
	Offset  int          `json:"offset"`
}

type hints struct {
	r          *request
	t          *syntax.Tree
	start, end int // the range that hints are wanted of
	list       []protocol.InlayHint
}

// wanted tells whether a hint at an offset is one of those that were asked for: a statement
// with a part in the range may begin before it.
func (h *hints) wanted(at int) bool { return at >= h.start && at <= h.end }

func (h *hints) add(at int, label string, kind, subject int, edits []protocol.TextEdit) {
	if !h.wanted(at) {
		return
	}
	f := h.r.file
	data, err := json.Marshal(hintData{h.r.clientURI(f.URI), f.Version, subject})
	if err != nil { // strings and numbers can be written
		return
	}
	h.list = append(h.list, protocol.InlayHint{
		Position: h.r.position(at), Label: label, Kind: kind, Data: data, TextEdits: edits, PaddingRight: kind == protocol.HintParameter,
	})
}

// arguments adds the names of parameters.
func (h *hints) arguments(args syntax.Node) {
	if first, last := h.t.Range(args); first == last || h.t.TokenKind(first) != syntax.LeftParen {
		return // a call without parentheses has one argument, which says enough
	}
	for arg := h.t.First(args); arg != syntax.None; arg = h.t.Next(arg) {
		at := h.t.Start(arg)
		if !h.wanted(at) || !h.literal(arg) {
			continue
		}
		p, _, ok := h.r.snap.ParameterOf(h.r.file, arg)
		if !ok || p.Name == "..." || len(p.Name) < 2 || p.Slot != "" || h.alike(arg, p.Name) {
			continue
		}
		if o, ok := firstOf(p.Type).(*types.Object); ok && o.Role == types.ToolParams {
			continue // the keys say more
		}
		h.add(at, p.Name+":", protocol.HintParameter, at, nil)
	}
}

// literal tells whether an argument says nothing of what it is for.
func (h *hints) literal(n syntax.Node) bool {
	switch h.t.Kind(n) {
	case syntax.Nil, syntax.True, syntax.False, syntax.Number, syntax.String, syntax.Table:
		return true
	case syntax.Unary:
		return h.literal(h.t.First(n))
	}
	return false
}

// alike tells whether an argument, or a comment before it, has the parameter's name.
func (h *hints) alike(arg syntax.Node, name string) bool {
	first, _ := h.t.Range(arg)
	if first > 0 && h.t.TokenKind(first-1) == syntax.Comment && strings.Contains(h.t.TokenText(first-1), name) {
		return true
	}
	value, ok := h.t.String(arg)
	return ok && strings.EqualFold(value, name)
}

// locals adds the types of variables whose value is a call.
func (h *hints) locals(stat syntax.Node) {
	names := h.t.First(stat)
	values := h.t.Next(names)
	if values == syntax.None {
		return
	}
	last := h.t.First(values)
	for h.t.Next(last) != syntax.None {
		last = h.t.Next(last)
	}
	if h.t.Kind(last) != syntax.Call {
		return
	}
	if b := h.r.file.Notes().Before(h.t.Start(stat)); b != nil && len(b.Tags) > 0 {
		return // it says so itself
	}
	single := h.t.Next(h.t.First(names)) == syntax.None
	h.names(names, single)
}

// names adds the types of names that are declared. edit: they can be written down.
func (h *hints) names(list syntax.Node, edit bool) {
	for n := h.t.First(list); n != syntax.None; n = h.t.Next(n) {
		name := h.t.NameOf(n)
		if name == "" || strings.HasPrefix(name, "_") {
			continue
		}
		v := h.r.file.Vars().Var(n)
		if v < 0 {
			continue
		}
		of := widened(h.r.snap.VarType(h.r.file, v))
		if _, isFunc := of.(*types.Func); isFunc || !typed(of) || of == types.Nil {
			continue
		}
		if !edit && (of == types.Integer || of == types.Number) {
			continue // a loop counts
		}
		text := typeDetail(of)
		var edits []protocol.TextEdit
		if edit && !strings.ContainsAny(text[2:], " …{") {
			at := h.t.Start(h.t.Parent(list))
			line := h.r.file.Lines().Start(h.r.file.Lines().Line(at))
			if indent := h.r.file.Text()[line:at]; strings.TrimSpace(indent) == "" {
				edits = []protocol.TextEdit{{Range: h.r.span(line, line), NewText: indent + "---@type " + of.String() + "\n"}}
			}
		}
		h.add(h.t.End(n), text, protocol.HintType, h.t.Start(n), edits)
	}
}

// widened is the type of values like a literal.
func widened(t types.Type) types.Type {
	if l, ok := t.(*types.Literal); ok {
		switch l.Value.(type) {
		case string:
			return types.String
		case float64:
			return types.Number
		case bool:
			return types.Boolean
		}
	}
	return t
}

// inlayHintResolve answers inlayHint/resolve with the documentation.
func inlayHintResolve() feature {
	return on("inlayHint/resolve", func(_ context.Context, r *request, p *protocol.InlayHint) (*protocol.InlayHint, error) {
		var data hintData
		if json.Unmarshal(p.Data, &data) != nil {
			return p, nil
		}
		r.file = r.fileOf(data.URI)
		if r.file == nil || r.file.Version != data.Version || data.Offset < 0 || data.Offset > len(r.file.Text()) {
			return p, nil // the hint is of another text
		}
		text := ""
		if p.Kind == protocol.HintType {
			text, _, _ = r.hoverAt(data.Offset)
		} else {
			text = r.parameterText(data.Offset)
		}
		if text != "" {
			p.Tooltip = r.markup("textDocument.hover.contentFormat", text)
		}
		return p, nil
	}, nil)
}

// parameterText describes the parameter of the argument that begins at a byte.
func (r *request) parameterText(offset int) string {
	t := r.file.Tree()
	n := t.NodeAt(offset)
	if t.Start(n) < offset { // what ends there
		n = t.NodeAt(offset + 1)
	}
	for n != syntax.None && t.Kind(t.Parent(n)) != syntax.Args {
		n = t.Parent(n)
	}
	p, f, ok := r.snap.ParameterOf(r.file, n)
	if !ok {
		return ""
	}
	name := f.Name
	if name == "" {
		name = "function"
	}
	return join(fence(p.Label()), p.Doc, "of `"+name+f.Head()+"`")
}
