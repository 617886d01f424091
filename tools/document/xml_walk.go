package document

import (
	"context"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"

	"github.com/llmspell/llmspell/tools/tool"
)

// maxXMLSteps bounds what one expression walks: //a[//b[//c]] takes the third
// power of the document's size.
const maxXMLSteps = 50_000_000

// walk counts the steps of an evaluation, all navigators of which share it.
type walk struct {
	ctx   context.Context
	steps int
}

// stopped is what step panics with to leave the library, which knows no other way.
type stopped struct{ error }

func (w *walk) step(n int) {
	before := w.steps
	w.steps += n
	if w.steps > maxXMLSteps {
		panic(stopped{tool.Errorf(tool.LimitExceeded, "the query takes more than %d steps; make it more direct, without // inside of brackets", maxXMLSteps)})
	}
	if before/1024 != w.steps/1024 {
		if err := w.ctx.Err(); err != nil {
			panic(stopped{err})
		}
	}
}

// navigator walks a document for the XPath library, and can be stopped.
type navigator struct {
	*xmlquery.NodeNavigator
	w *walk
}

// Copy implements xpath.NodeNavigator.
func (n *navigator) Copy() xpath.NodeNavigator {
	n.w.step(1)
	return &navigator{n.NodeNavigator.Copy().(*xmlquery.NodeNavigator), n.w}
}

// Value implements xpath.NodeNavigator. A long text counts as many steps.
func (n *navigator) Value() string {
	s := n.NodeNavigator.Value()
	n.w.step(1 + len(s)/16)
	return s
}

// MoveToParent implements xpath.NodeNavigator.
func (n *navigator) MoveToParent() bool { n.w.step(1); return n.NodeNavigator.MoveToParent() }

// MoveToNextAttribute implements xpath.NodeNavigator.
func (n *navigator) MoveToNextAttribute() bool {
	n.w.step(1)
	return n.NodeNavigator.MoveToNextAttribute()
}

// MoveToChild implements xpath.NodeNavigator.
func (n *navigator) MoveToChild() bool { n.w.step(1); return n.NodeNavigator.MoveToChild() }

// MoveToFirst implements xpath.NodeNavigator.
func (n *navigator) MoveToFirst() bool { n.w.step(1); return n.NodeNavigator.MoveToFirst() }

// MoveToNext implements xpath.NodeNavigator.
func (n *navigator) MoveToNext() bool { n.w.step(1); return n.NodeNavigator.MoveToNext() }

// MoveToPrevious implements xpath.NodeNavigator.
func (n *navigator) MoveToPrevious() bool { n.w.step(1); return n.NodeNavigator.MoveToPrevious() }

// MoveTo implements xpath.NodeNavigator.
func (n *navigator) MoveTo(other xpath.NodeNavigator) bool {
	n.w.step(1)
	o, ok := other.(*navigator)
	return ok && n.NodeNavigator.MoveTo(o.NodeNavigator)
}
