package format

import "github.com/llmspell/llmspell/runtime/syntax"

// breakLongLines breaks tables and calls in lines that are too long, from the
// outside in, until no line is left that could be broken.
func (l *layout) breakLongLines() {
	if l.opts.LineWidth <= 0 {
		return
	}
	patience := min(maxPatience, max(2, patientTokens/len(l.tokens)))
	for round := 0; l.breakOnce(round >= patience); round++ {
		l.arrange()
	}
}

// In so many rounds a line is broken at one bracket only, then at all of them: no text takes
// as many rounds as it has brackets, and long ones take fewer. What comes out is the
// same when it is formatted again: a line that could be broken is not left.
const (
	maxPatience   = 20
	patientTokens = 200_000
)

// breakOnce breaks the widest bracket in each line that is too long, or all.
func (l *layout) breakOnce(all bool) (any bool) {
	for from := 0; from < len(l.items); {
		to, column := from+1, l.lineWidth(from)
		for to < len(l.items) && l.items[to].lines == 0 && !l.items[to-1].multi {
			column += l.items[to].spaces + l.tokenWidth(to)
			to++
		}
		// What trails the code does not count: a comment gets no shorter by breaking it.
		for i := to - 1; i > from && l.tokens[i].Kind == syntax.Comment; i-- {
			column -= l.items[i].spaces + l.tokenWidth(i)
		}
		if column > l.opts.LineWidth && !l.items[from].off {
			any = l.breakLine(from, to, all) || any
		}
		from = to
	}
	return any
}

// lineWidth returns the columns up to the end of the first token of a line.
func (l *layout) lineWidth(i int) int {
	if i > 0 && l.items[i].lines == 0 { // behind a token of several lines
		return l.tokenWidth(i)
	}
	return int(l.items[i].level)*l.opts.IndentSize + l.tokenWidth(i)
}

func (l *layout) tokenWidth(i int) int {
	x := &l.items[i]
	if x.gone {
		return 0
	}
	n := int(x.width)
	if x.comma {
		n++
	}
	return n
}

// breakLine breaks the widest, or all, of the outermost brackets that lie in the line
// of the tokens from to to-1. It reports false if there is none.
func (l *layout) breakLine(from, to int, all bool) bool {
	best, most := syntax.None, 0
	column := l.lineWidth(from)
	for i := from; i < to; i++ {
		if i > from {
			column += l.items[i].spaces + l.tokenWidth(i)
		}
		n, ok := l.breakable(i, to, column)
		if !ok {
			continue
		}
		_, end := l.Range(n)
		w := 0
		for ; i < end-1; i++ {
			w += l.items[i+1].spaces + l.tokenWidth(i+1)
		}
		column += w
		if all {
			l.breakIn(n, from, to)
		}
		if w > most {
			best, most = n, w
		}
	}
	if best == syntax.None {
		return false
	}
	l.breakIn(best, from, to)
	if last := to - 1; l.tokens[last].Kind == syntax.Comment {
		l.items[last].near = true
	}
	return true
}

// breakIn breaks a bracket in the line of the tokens from to to-1. If it is one of several
// items of a list in rows, these are put in lines of their own instead, that none is
// broken for the length of the others.
func (l *layout) breakIn(n syntax.Node, from, to int) {
	if list := l.listAround(n, from); list == syntax.None || !l.breakRow(list, from, to) {
		l.breakAt(n)
	}
}

// listAround returns the table that a node is an item of or in one, or the arguments if the
// line that begins with token from begins with one of them.
func (l *layout) listAround(n syntax.Node, from int) syntax.Node {
	for {
		n = l.Parent(l.top[n])
		switch l.Kind(n) {
		case syntax.Table:
			return n
		case syntax.Args:
			if first, _ := l.Range(n); first < from && l.separates(from-1, n) {
				return n
			}
		case syntax.NameField, syntax.KeyField, syntax.PosField, syntax.Paren:
		default:
			return syntax.None
		}
	}
}

// separates tells whether an item of a list begins behind a token.
func (l *layout) separates(i int, list syntax.Node) bool {
	switch l.tokens[i].Kind {
	case syntax.Comma, syntax.Semicolon, syntax.LeftBrace, syntax.LeftParen:
		return l.items[i].owner == list
	}
	return false
}

// breakRow puts the items of a list that begin in a line in lines of their own. It reports
// false if there is nothing to break.
func (l *layout) breakRow(list syntax.Node, from, to int) (any bool) {
	for i := from + 1; i < to; i++ {
		if !l.separates(i-1, list) || l.items[i].off || l.items[i].keep {
			continue
		}
		last := i // of the comments
		for last < to && l.tokens[last].Kind == syntax.Comment {
			last++
		}
		if last == to || l.closes(last) {
			continue
		}
		l.items[i].forced, any = true, true
	}
	return any
}

// breakAt puts what a bracket holds in lines of their own.
func (l *layout) breakAt(n syntax.Node) {
	for c := range l.Children(n) {
		first, _ := l.Range(c)
		l.items[first].forced = true
	}
	_, end := l.Range(n)
	l.items[end-1].forced = true
}

// breakable returns the table or the arguments that token i opens, if they close
// before to and it helps to break them.
func (l *layout) breakable(i, to, column int) (syntax.Node, bool) {
	x := &l.items[i]
	n := x.owner
	_, end := l.Range(n)
	if l.Token(n) != i || end > to || l.First(n) == syntax.None || l.anyOff(i, end) {
		return n, false
	}
	switch l.Kind(n) {
	case syntax.Table:
		return n, true
	case syntax.Args:
		last, count := l.First(n), 1
		for next := l.Next(last); next != syntax.None; next = l.Next(next) {
			last = next
			count++
		}
		if l.tokens[i].Kind != syntax.LeftParen || count == 1 {
			return n, false
		}
		if l.Kind(last) == syntax.Table && l.First(last) != syntax.None { // f(a, {⏎…⏎})
			first, _ := l.Range(last)
			for j := i + 1; j <= first; j++ {
				column += l.items[j].spaces + l.tokenWidth(j)
			}
			return n, column > l.opts.LineWidth
		}
		return n, true
	}
	return n, false
}

// anyOff tells whether some token of a range is left alone.
func (l *layout) anyOff(from, to int) bool {
	for i := from; i < to; i++ {
		if l.items[i].off || l.items[i].keep {
			return true
		}
	}
	return false
}
