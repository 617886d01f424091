package format

import (
	"errors"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Edit replaces the bytes Start to End of a text.
type Edit struct {
	Start, End int
	Text       string
}

// ErrSyntax says that a text is not formatted because it is not right.
var ErrSyntax = errors.New("the text has syntax errors")

// Format returns the edits that lay out a text, in its order; none if it is as it shall
// be. The error wraps ErrSyntax if the text has syntax errors, or says which
// option is wrong.
func Format(tree *syntax.Tree, opts Options) ([]Edit, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	if e := tree.Errors(); len(e) > 0 {
		line, _ := syntax.NewLines(tree.Text()).Position(e[0].Start, syntax.UTF8)
		return nil, fmt.Errorf("%w: line %d: %s: correct that first", ErrSyntax, line+1, e[0].Message)
	}
	l := newLayout(tree, opts)
	l.arrange()
	l.breakLongLines()
	return l.edits(), nil
}

// Range is Format of the bytes start to end: only edits that lie in them are
// returned.
func Range(tree *syntax.Tree, opts Options, start, end int) ([]Edit, error) {
	all, err := Format(tree, opts)
	var out []Edit
	for _, e := range all {
		if e.Start >= start && e.End <= end {
			out = append(out, e)
		}
	}
	return out, err
}

// Source formats a text as a whole.
func Source(text string, opts Options) (string, error) {
	edits, err := Format(syntax.Parse(text), opts)
	if err != nil {
		return text, err
	}
	return Apply(text, edits), nil
}

// Apply returns a text with edits made, which must be in order and apart.
func Apply(text string, edits []Edit) string {
	if len(edits) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	b.WriteString(text[at:])
	return b.String()
}
