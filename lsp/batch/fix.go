package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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

// fix makes the changes in files that need no question, and notes which in a report.
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
			return err
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

// ErrChanged says that somebody else has changed a file meanwhile.
var ErrChanged = errors.New("the file has changed meanwhile: nothing was written")

// Write puts a text in the place of a file's, at once: whoever reads it has the old one
// or the new one. The file keeps its permissions, and a link remains one. If it does not
// have the text before any more, the error is ErrChanged.
func Write(path, before, text string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	now, err := os.ReadFile(real)
	if err != nil {
		return err
	}
	if string(now) != before {
		return fmt.Errorf("%s: %w", path, ErrChanged)
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(real), ".llmspell-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Chmod(info.Mode().Perm()), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), real)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}
