package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// Options say which files are read, and as what. The zero value is good.
type Options struct {
	// Globs are patterns, one of which a file below a folder must fit: of its name, or, with a slash, of its path below
	// the folder. None: all files.
	Globs []string
	// Exclude are patterns of files and folders that are left out.
	Exclude []string
	// Hidden takes in also what begins with a dot.
	Hidden bool
	// Kind is what all files are; "": what their names say.
	Kind rag.Kind
}

// maxGlob bounds patterns, whose braces multiply.
const maxGlob = 1024

func (o *Options) check() error {
	for _, g := range append(append([]string{}, o.Globs...), o.Exclude...) {
		if len(g) > maxGlob || !doublestar.ValidatePattern(g) {
			return fmt.Errorf("%q is not a pattern such as *.md or src/**/*.{go,md}", g)
		}
	}
	return nil
}

// Reader reads files.
type Reader struct {
	Box *sandbox.Sandbox
	Options
	// Each is given what was read. Its error ends the reading.
	Each func(rag.Input) error
	// Skipped is told of files that are passed by, and why.
	Skipped func(path string, why error)
}

// Read reads what paths name: files, all files below folders, or files that a pattern fits, in order. What cannot be found
// or must not be read is an error; what has no text is passed by, and so is what below a folder cannot be read.
func (r *Reader) Read(ctx context.Context, paths ...string) error {
	if err := r.check(); err != nil {
		return err
	}
	for _, p := range paths {
		if err := r.path(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) path(ctx context.Context, name string) error {
	place, err := r.Box.Place(sandbox.Read, name)
	if err != nil {
		return err
	}
	defer place.Close()
	info, err := place.Stat()
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, "*?[{") {
		base, pattern := doublestar.SplitPattern(filepath.ToSlash(name))
		if !doublestar.ValidatePattern(pattern) || len(pattern) > maxGlob {
			return fmt.Errorf("%q is not a pattern such as docs/**/*.md", name)
		}
		return r.pattern(ctx, filepath.FromSlash(base), pattern)
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return r.folder(ctx, place, "", nil)
	}
	return r.file(ctx, place, false)
}

// pattern reads the files below a folder whose paths a pattern fits.
func (r *Reader) pattern(ctx context.Context, base, pattern string) error {
	place, err := r.Box.Place(sandbox.Read, base)
	if err != nil {
		return err
	}
	defer place.Close()
	n := 0
	if err := r.folder(ctx, place, "", func(rel string) bool {
		fits := doublestar.MatchUnvalidated(pattern, rel)
		if fits {
			n++
		}
		return fits
	}); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("no file fits %q", path.Join(filepath.ToSlash(base), pattern))
	}
	return nil
}

// folder reads the files below a place that fit, nil: all that the options allow. It does not follow links, which may
// lead in circles.
func (r *Reader) folder(ctx context.Context, place *sandbox.Place, rel string, fits func(rel string) bool) error {
	entries, err := place.ReadDir()
	if err != nil {
		if rel == "" || ctx.Err() != nil {
			return err
		}
		r.Skipped(place.Path, err)
		return nil
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		below := path.Join(rel, e.Name())
		if strings.HasPrefix(e.Name(), ".") && !r.Hidden || matches(r.Exclude, below) {
			continue
		}
		child := place.Child(e.Name())
		switch {
		case e.IsDir():
			if err := r.folder(ctx, child, below, fits); err != nil {
				return err
			}
		case fits != nil && !fits(below), fits == nil && len(r.Globs) > 0 && !matches(r.Globs, below):
		case !e.Type().IsRegular():
			r.Skipped(child.Path, errors.New("it is no ordinary file"))
		default:
			if err := r.file(ctx, child, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// matches tells whether one of some patterns fits a path: one without a slash is compared with the name alone.
func matches(patterns []string, rel string) bool {
	for _, p := range patterns {
		p = strings.TrimSuffix(p, "/")
		subject := rel
		if !strings.Contains(p, "/") {
			subject = path.Base(rel)
		}
		if doublestar.MatchUnvalidated(p, subject) {
			return true
		}
	}
	return false
}

// file reads one file, which lies below a folder that was named, or was named itself: then it must be there.
func (r *Reader) file(ctx context.Context, place *sandbox.Place, below bool) error {
	f, err := place.Open()
	if err != nil && below {
		r.Skipped(place.Path, err)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := read(ctx, f, place.Path, r.Kind)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Skipped(place.Path, err)
		return nil
	}
	return r.Each(in)
}
