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

// fix makes the changes in files that need no question, and returns how many.
func (p *Project) fix(ctx context.Context, snap *analysis.Snapshot, files []string) (made int, err error) {
	for _, path := range files {
		f, err := p.file(snap, path)
		if err != nil || ctx.Err() != nil {
			continue // the check says what is wrong
		}
		before := f.Text()
		text, n := Fixed(ctx, snap, f)
		if text == before {
			continue
		}
		if err := Write(path, before, text); err != nil {
			return made, err
		}
		made += n
	}
	return made, ctx.Err()
}

// Fixed returns the text of a file with all changes made that need no question, and how
// many there are. A change that would break the text is not made.
func Fixed(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) (text string, made int) {
	text = f.Text()
	for range maxRounds {
		edits := lint.SureEdits(lint.Check(ctx, snap, f), nil)
		if len(edits) == 0 || ctx.Err() != nil {
			break
		}
		next := lint.Apply(text, edits)
		if len(syntax.Parse(next).Errors()) > len(f.Tree().Errors()) {
			break
		}
		text, made = next, made+len(edits)
		f = analysis.NewFile(f.URI, f.Path, 0, text)
		snap = snap.WithFile(f)
	}
	return text, made
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
