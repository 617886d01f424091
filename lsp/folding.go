package lsp

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// foldingRange answers textDocument/foldingRange. Ranges are whole lines; the line with
// the closing end or bracket stays visible.
func foldingRange() feature {
	return on("textDocument/foldingRange", func(_ context.Context, r *request, _ *protocol.FoldingRangeParams) ([]protocol.FoldingRange, error) {
		f := &folds{r: r, t: r.file.Tree(), best: map[uint32]protocol.FoldingRange{}}
		f.blocks()
		f.imports()
		f.comments()
		list := make([]protocol.FoldingRange, 0, len(f.best))
		for _, x := range f.best {
			list = append(list, x)
		}
		slices.SortFunc(list, func(a, b protocol.FoldingRange) int { return cmp.Compare(a.StartLine, b.StartLine) })
		if limit := r.client.Number("textDocument.foldingRange.rangeLimit"); limit > 0 && len(list) > limit {
			list = list[:limit]
		}
		return list, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.FoldingRangeProvider = true })
}

// folds collects ranges: the largest for each first line, which is what editors show.
type folds struct {
	r    *request
	t    *syntax.Tree
	best map[uint32]protocol.FoldingRange
}

// add adds the lines of the bytes start to end; without the last if it only closes.
func (f *folds) add(start, end int, closes bool, kind string) {
	if strings.IndexByte(f.t.Text()[start:end], '\n') < 0 && strings.IndexByte(f.t.Text()[start:end], '\r') < 0 {
		return // as nearly all calls and comments: their lines need not be looked up
	}
	first, last := f.r.position(start).Line, f.r.position(end).Line
	if closes && last > 0 {
		last--
	}
	if last <= first {
		return
	}
	if have, ok := f.best[first]; !ok || have.EndLine < last {
		f.best[first] = protocol.FoldingRange{StartLine: first, EndLine: last, Kind: kind}
	}
}

// blocks adds what the syntax encloses.
func (f *folds) blocks() {
	t := f.t
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		switch t.Kind(n) {
		case syntax.FuncStat, syntax.LocalFunc, syntax.Function, syntax.DoStat, syntax.WhileStat, syntax.NumericFor, syntax.GenericFor,
			syntax.RepeatStat, syntax.Table, syntax.Args:
			f.add(t.Start(n), t.End(n), f.closes(n), "")
		case syntax.IfClause, syntax.ElseIfClause, syntax.ElseClause:
			f.add(t.Start(n), f.clauseEnd(n), true, "")
		case syntax.String:
			f.add(t.Start(n), t.End(n), false, "")
		}
	}
}

// closes tells whether the line that a node ends in has only what closes before that:
// ends and brackets. The until of a repeat counts, with its condition.
func (f *folds) closes(n syntax.Node) bool {
	_, end := f.t.Range(n)
	if end == 0 || f.t.Kind(n) == syntax.RepeatStat {
		return end > 0
	}
	tokens := f.t.Tokens()
	line := strings.LastIndexAny(f.t.Text()[:tokens[end-1].Start], "\r\n") + 1
	for i := end - 1; i >= 0 && int(tokens[i].Start) >= line; i-- {
		switch tokens[i].Kind {
		case syntax.End, syntax.RightParen, syntax.RightBrace, syntax.RightBracket:
		default:
			return false
		}
	}
	return true
}

// clauseEnd is the place of the word that ends a clause of an if statement.
func (f *folds) clauseEnd(n syntax.Node) int {
	if next := f.t.Next(n); next != syntax.None {
		return f.t.Start(next)
	}
	return f.t.End(f.t.Parent(n))
}

// comments adds long comments, rows of comments, and what lies between --#region and
// --#endregion.
func (f *folds) comments() {
	var regions []int
	tokens := f.t.Tokens()
	for i := 0; i < len(tokens); i++ {
		if tokens[i].Kind != syntax.Comment {
			continue
		}
		text := f.t.TokenText(i)
		switch regionMark(text) {
		case "region":
			regions = append(regions, int(tokens[i].Start))
			continue
		case "endregion":
			if n := len(regions); n > 0 {
				f.add(regions[n-1], int(tokens[i].End), false, protocol.FoldRegion)
				regions = regions[:n-1]
			}
			continue
		}
		last := i
		for last+1 < len(tokens) && tokens[last+1].Kind == syntax.Comment && f.adjacent(last) {
			last++
		}
		f.add(int(tokens[i].Start), int(tokens[last].End), false, protocol.FoldComment)
		i = last
	}
}

// adjacent tells whether the token after token number i stands on the next line.
func (f *folds) adjacent(i int) bool {
	a, b := f.t.Tokens()[i], f.t.Tokens()[i+1]
	between := f.t.Text()[a.End:b.Start]
	return strings.Count(strings.ReplaceAll(between, "\r\n", "\n"), "\n") == 1 && regionMark(f.t.TokenText(i+1)) == ""
}

// regionMark is the word region or endregion of a comment that marks such: --#region,
// -- #region or --region. A comment that only speaks of a region is none.
func regionMark(comment string) string {
	rest := strings.TrimPrefix(comment, "--")
	if marked, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t"), "#"); ok {
		rest = marked
	}
	word, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimRight(rest, "\r"), "\t", " "), " ")
	if word == "region" || word == "endregion" {
		return word
	}
	return ""
}

// imports adds rows of statements that require modules.
func (f *folds) imports() {
	t := f.t
	first, last := syntax.None, syntax.None
	done := func() {
		if first != last {
			f.add(t.Start(first), t.End(last), false, protocol.FoldImports)
		}
		first, last = syntax.None, syntax.None
	}
	for stat := range t.Children(t.First(t.Root())) {
		call := t.First(t.Child(stat, 1))
		if t.Kind(stat) != syntax.LocalStat || t.Kind(call) != syntax.Call || t.Source(t.First(call)) != "require" {
			done()
			continue
		}
		if first == syntax.None {
			first = stat
		}
		last = stat
	}
	done()
}
