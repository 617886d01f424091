package batch

import (
	"context"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxRounds is how often a file is fixed again: a fix may bring another one.
const maxRounds = 10

// Change is a change of a file that needs no question.
type Change struct {
	Path  string
	Line  int    // from 1, in the text before it
	Code  string // of the finding that it mends
	Title string // what is done: "Write ~="
}

// fix makes the changes in files that need no question, and notes in a report which, and
// what could not be written: what is made in other files stands.
func (p *Project) fix(ctx context.Context, snap *analysis.Snapshot, files []string, r *Report) error {
	for _, path := range files {
		f, err := p.file(snap, path)
		if err != nil || ctx.Err() != nil {
			continue // the check says what is wrong
		}
		before := f.Text()
		text, made, refused := Fixed(ctx, snap, f)
		for i := range refused {
			refused[i].Path = path
		}
		r.Refused = append(r.Refused, refused...)
		if text == before {
			continue
		}
		if err := Write(path, before, text); err != nil {
			r.Unreadable = append(r.Unreadable, err)
			continue
		}
		for i := range made {
			made[i].Path = path
		}
		r.Changes = append(r.Changes, made...)
	}
	return ctx.Err()
}

// Fixed returns the text of a file with all changes made that need no question, and which
// they are, without paths. Refused are those that are left out because they would make of
// the text what is no Lua.
func Fixed(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) (text string, made, refused []Change) {
	text = f.Text()
	for range maxRounds {
		m := lint.Mend(ctx, text, lint.Check(ctx, snap, f))
		if ctx.Err() != nil {
			break
		}
		refused = changes(f, m.Refused)
		if len(m.Edits) == 0 {
			break
		}
		made = append(made, changes(f, m.Made)...)
		text = lint.Apply(text, m.Edits)
		f = analysis.NewFile(f.URI, f.Path, 0, text)
		snap = snap.WithFile(f)
	}
	return text, made, refused
}

func changes(f *analysis.File, list []*lint.Finding) (out []Change) {
	for _, x := range list {
		line, _ := f.Lines().Position(x.Start, syntax.UTF8)
		out = append(out, Change{Line: line + 1, Code: x.Code, Title: x.Fixes[0].Title})
	}
	return out
}
