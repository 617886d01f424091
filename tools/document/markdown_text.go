package document

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// plainText returns what a reader of the rendered document would read: without
// markup, addresses and HTML, with the marks of lists.
func plainText(tree ast.Node, source []byte) string {
	w := &textWriter{source: source}
	_ = ast.Walk(tree, w.visit) // visit gives no error
	return strings.TrimSpace(w.out.String())
}

type textWriter struct {
	source []byte
	out    strings.Builder
	gap    int // new lines that are due before the next text
}

func (w *textWriter) write(s string) {
	if s == "" {
		return
	}
	if w.out.Len() > 0 {
		for range w.gap {
			w.out.WriteByte('\n')
		}
	}
	w.gap = 0
	w.out.WriteString(s)
}

func (w *textWriter) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		w.leave(n)
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Text:
		w.write(string(n.Segment.Value(w.source)))
		if n.HardLineBreak() || n.SoftLineBreak() {
			w.gap = max(w.gap, 1)
		}
	case *ast.String:
		w.write(string(n.Value))
	case *ast.AutoLink:
		w.write(string(n.Label(w.source)))
		return ast.WalkSkipChildren, nil
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		w.gap = max(w.gap, 2)
		lines := n.Lines()
		for i := range lines.Len() {
			at := lines.At(i)
			w.write(strings.TrimRight(string(at.Value(w.source)), "\r\n"))
			w.gap = max(w.gap, 1)
		}
		w.gap = 2
		return ast.WalkSkipChildren, nil
	case *ast.HTMLBlock, *ast.RawHTML:
		return ast.WalkSkipChildren, nil
	case *ast.ListItem:
		w.item(n)
	case *extast.TableCell:
		if n.PreviousSibling() != nil {
			w.write("\t")
		}
	case *extast.TaskCheckBox:
		if n.IsChecked {
			w.write("[x] ")
		} else {
			w.write("[ ] ")
		}
	}
	return ast.WalkContinue, nil
}

func (w *textWriter) item(n *ast.ListItem) {
	list, _ := n.Parent().(*ast.List)
	depth := -1
	for p := ast.Node(list); p != nil && depth < maxMarkdownNesting; p = p.Parent() {
		if p.Kind() == ast.KindList {
			depth++
		}
	}
	mark := "- "
	if list != nil && list.IsOrdered() {
		number := list.Start
		for s := n.PreviousSibling(); s != nil && number < list.Start+100_000; s = s.PreviousSibling() {
			number++
		}
		mark = fmt.Sprintf("%d. ", number)
	}
	w.gap = max(w.gap, 1)
	w.write(strings.Repeat("  ", max(depth, 0)) + mark)
}

// leave makes the distance that is due behind a block.
func (w *textWriter) leave(n ast.Node) {
	if n.Type() != ast.TypeBlock {
		return
	}
	switch n.Kind() {
	case ast.KindTextBlock, ast.KindListItem, extast.KindTableRow, extast.KindTableHeader:
		w.gap = max(w.gap, 1)
	case extast.KindTableCell, ast.KindDocument:
	default:
		w.gap = 2
	}
	if n.Kind() == ast.KindListItem { // the items of a list stand close together
		w.gap = 1
	}
}
