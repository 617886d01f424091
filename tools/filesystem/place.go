package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// visit is what walk does with one file or folder. rel is its path below the
// place, with slashes. For a folder, returning fs.SkipDir leaves out what is in it.
type visit func(rel string, entry fs.DirEntry) error

// walk visits everything below a folder in order of name, down to depth
// folders deep (1: what is directly inside). It does not follow links. What
// cannot be read is told to unreadable and left out; the place itself must be
// readable.
func walk(ctx context.Context, p *sandbox.Place, depth int, do visit, unreadable func(rel string, err error)) error {
	return walkFolder(ctx, p, "", depth, do, unreadable)
}

func walkFolder(ctx context.Context, p *sandbox.Place, rel string, depth int, do visit, unreadable func(string, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder := p
	if rel != "" {
		folder = p.Child(rel)
	}
	entries, err := folder.Root.ReadDir(folder.Name)
	if err != nil {
		if rel == "" {
			return p.Explain(err)
		}
		if !errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			unreadable(rel, err)
		}
		return nil
	}
	for i, e := range entries {
		if i%256 == 255 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		name := path.Join(rel, e.Name())
		err := do(name, e)
		switch {
		case errors.Is(err, fs.SkipDir):
			continue
		case err != nil:
			return err
		case e.IsDir() && depth > 1:
			if err := walkFolder(ctx, p, name, depth-1, do, unreadable); err != nil {
				return err
			}
		}
	}
	return nil
}
