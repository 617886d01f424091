package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// extractor writes the entries of an archive below one folder. What it has
// made it can remove again.
type extractor struct {
	budget    *budget
	target    *sandbox.Place
	overwrite bool
	made      []string          // what was created, in order
	replaced  []any             // what existed and was overwritten
	seen      map[string]bool   // paths of files and links of the archive; true: a file that was written
	folders   map[string]bool   // folders that are known to be no links
	folded    map[string]string // paths in lower case, to the path that came first
	modes     map[string]fs.FileMode
	times     map[string]time.Time // of folders
	links     [][2]string          // path and target of symbolic links, which are made last
	files     int
	dirs      int
	linked    int
	skipped   []any
	clashes   []any
}

func extractArchive(ctx context.Context, call *tool.Call, a *archive, source string, only globs) (*tool.Result, error) {
	exclude, err := globList(call.Params, "exclude")
	if err != nil {
		return nil, err
	}
	to := call.Params.String("target_path")
	if to == "" {
		to = filepath.Dir(source)
	}
	p, err := call.Sandbox.Place(sandbox.Write, to)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	x := &extractor{budget: a.budget, target: p, overwrite: call.Params.Bool("overwrite"), seen: map[string]bool{}, folders: map[string]bool{},
		folded: map[string]string{}, modes: map[string]fs.FileMode{}, times: map[string]time.Time{}, skipped: []any{}}
	if err := x.prepare(); err != nil {
		return nil, err
	}
	err = a.each(func(e *entry) error {
		rel, err := safeName(e.name)
		if err != nil {
			return err
		}
		if rel == "." || len(only) > 0 && !only.match(rel) || excluded(exclude, rel) {
			return nil
		}
		return x.entry(e, rel)
	})
	if err == nil {
		err = x.finish(ctx)
	}
	if err != nil {
		return nil, x.undo(err)
	}
	value := map[string]any{
		"path": source, "target_path": p.Path, "format": a.format, "files": x.files, "directories": x.dirs, "links": x.linked,
		"bytes": a.budget.written, "skipped": x.skipped,
	}
	if len(x.clashes) > 0 {
		value["case_clashes"] = x.clashes
	}
	return &tool.Result{Value: value, Message: fmt.Sprintf("extracted %d files to %s", x.files, p.Path)}, nil
}

// excluded tells whether a path or one of the folders that it is in fits.
func excluded(exclude globs, rel string) bool {
	for ; len(exclude) > 0 && rel != "." && rel != ""; rel = path.Dir(rel) {
		if exclude.match(rel) {
			return true
		}
	}
	return false
}

// prepare makes the target folder.
func (x *extractor) prepare() error {
	info, err := x.target.Root.Stat(x.target.Name)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%q exists and is not a folder; choose another target_path", x.target.Path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		x.made = append(x.made, ".")
	}
	return x.target.Explain(x.target.Root.MkdirAll(x.target.Name, 0o755))
}

func (x *extractor) entry(e *entry, rel string) error {
	if _, ok := x.seen[rel]; ok && !e.mode.IsDir() {
		return tool.Errorf(tool.ExecutionFailed, "the archive is refused: it has two entries %q", rel)
	}
	lower := strings.ToLower(rel)
	if first, ok := x.folded[lower]; ok && first != rel {
		x.clashes = append(x.clashes, rel)
	} else {
		x.folded[lower] = rel
	}
	switch kind := e.kind(); kind {
	case "directory":
		if err := x.mkdir(rel); err != nil {
			return err
		}
		x.dirs++
		x.modes[rel], x.times[rel] = e.mode.Perm()|0o700, e.modified
		return nil
	case "symlink":
		if e.encrypted {
			return encrypted(rel)
		}
		if why := safeLink(rel, e.link); why != "" {
			return tool.Errorf(tool.PermissionDenied, "the archive is refused: its entry %q %s", rel, why)
		}
		x.seen[rel] = false
		x.links = append(x.links, [2]string{rel, e.link})
		return nil
	case "hardlink":
		return x.hardLink(rel, e.link)
	case "file":
		x.seen[rel] = true
		return x.file(e, rel)
	}
	x.skip(rel, "it is a device, pipe or socket ("+e.mode.Type().String()+")")
	return nil
}

func (x *extractor) skip(rel, reason string) {
	if len(x.skipped) < 1000 {
		x.skipped = append(x.skipped, map[string]any{"name": rel, "reason": reason})
	}
}

func encrypted(rel string) error {
	return tool.Errorf(tool.Unsupported, "the entry %q is encrypted, which this tool cannot undo; decrypt the archive with another program first", rel)
}

// mkdir makes a folder and those above it. A link in their place is not followed.
func (x *extractor) mkdir(rel string) error {
	if rel == "." || x.folders[rel] {
		return nil
	}
	if err := x.mkdir(path.Dir(rel)); err != nil {
		return err
	}
	c := x.target.Child(rel)
	switch info, err := c.Root.Lstat(c.Name); {
	case errors.Is(err, fs.ErrNotExist):
		if err := c.Root.Mkdir(c.Name, 0o755); err != nil {
			return c.Explain(err)
		}
		x.made = append(x.made, rel)
	case err != nil:
		return c.Explain(err)
	case !info.IsDir():
		return fmt.Errorf("%q exists and is not a folder (%s), but the archive has files in it", c.Path, info.Mode().Type())
	}
	x.folders[rel] = true
	return nil
}

// vacant makes sure that nothing is in the way of a new file or link. It tells
// whether a file is there that may be overwritten.
func (x *extractor) vacant(rel string) (exists bool, err error) {
	if err := x.mkdir(path.Dir(rel)); err != nil {
		return false, err
	}
	c := x.target.Child(rel)
	info, err := c.Root.Lstat(c.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, c.Explain(err)
	case !x.overwrite:
		return false, fmt.Errorf("%q exists; set overwrite to replace it, or choose another target_path", c.Path)
	case info.Mode()&fs.ModeSymlink != 0: // it is replaced, not what it leads to
		return false, x.clear(rel)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%q exists and is not a regular file (%s), so it is not overwritten", c.Path, info.Mode().Type())
	}
	return true, nil
}

// clear removes a file or link that may be overwritten.
func (x *extractor) clear(rel string) error {
	c := x.target.Child(rel)
	if err := c.Root.Remove(c.Name); err != nil {
		return c.Explain(err)
	}
	x.replaced = append(x.replaced, rel)
	return nil
}

func (x *extractor) file(e *entry, rel string) error {
	if e.encrypted {
		return encrypted(rel)
	}
	exists, err := x.vacant(rel)
	if err != nil {
		return err
	}
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	c := x.target.Child(rel)
	perm := e.mode.Perm() | 0o600
	fill := func(w io.Writer) error { _, err := io.Copy(w, x.budget.content(r)); return err }
	if exists {
		err = c.Replace(fill, perm)
		if err == nil {
			x.replaced = append(x.replaced, rel)
		}
	} else {
		err = x.create(c, rel, perm, fill)
	}
	if err != nil {
		return err
	}
	x.files++
	if !e.modified.IsZero() { // a time that the disk cannot hold is no reason to fail
		_ = c.Root.Chtimes(c.Name, e.modified, e.modified)
	}
	return nil
}

func (x *extractor) create(c *sandbox.Place, rel string, perm fs.FileMode, fill func(io.Writer) error) error {
	f, err := c.Root.OpenFile(c.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return c.Explain(err)
	}
	x.made = append(x.made, rel)
	err = fill(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// hardLink links only to what this extraction has written.
func (x *extractor) hardLink(rel, target string) error {
	to, err := safeName(target)
	if err != nil {
		return err
	}
	if !x.seen[to] {
		x.skip(rel, fmt.Sprintf("it is a hard link to %q, which was not extracted before it", to))
		return nil
	}
	exists, err := x.vacant(rel)
	if err != nil {
		return err
	}
	c := x.target.Child(rel)
	if exists {
		if err := x.clear(rel); err != nil {
			return err
		}
	}
	if err := c.Root.Link(x.target.Child(to).Name, c.Name); err != nil {
		return c.Explain(err)
	}
	x.seen[rel] = true
	x.made = append(x.made, rel)
	x.linked++
	return nil
}

// finish makes the symbolic links, when nothing is written through them any
// more, and sets the modes and times of folders, when nothing is written into them.
func (x *extractor) finish(ctx context.Context) error {
	for _, l := range x.links {
		if err := ctx.Err(); err != nil {
			return err
		}
		exists, err := x.vacant(l[0])
		if err != nil {
			return err
		}
		if exists {
			if err := x.clear(l[0]); err != nil {
				return err
			}
		}
		c := x.target.Child(l[0])
		if err := c.Root.Symlink(l[1], c.Name); err != nil {
			return c.Explain(err)
		}
		x.made = append(x.made, l[0])
		x.linked++
	}
	for rel, mode := range x.modes {
		c := x.target.Child(rel)
		if err := c.Root.Chmod(c.Name, mode); err != nil {
			return c.Explain(err)
		}
		if t := x.times[rel]; !t.IsZero() {
			_ = c.Root.Chtimes(c.Name, t, t)
		}
	}
	return nil
}

// undo removes what was made, and says in the error what cannot be undone.
func (x *extractor) undo(cause error) error {
	left := []any{}
	for i := len(x.made) - 1; i >= 0; i-- {
		c := x.target.Child(x.made[i])
		if err := c.Root.Remove(c.Name); err != nil && !errors.Is(err, fs.ErrNotExist) && len(left) < 100 {
			left = append(left, x.made[i])
		}
	}
	if len(left) == 0 && len(x.replaced) == 0 {
		return cause
	}
	e := tool.AsError("", "extract", cause)
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details["overwritten"], e.Details["left_behind"] = x.replaced, left
	e.Message += fmt.Sprintf("; what was extracted is removed again, but %d files had been overwritten and %d could not be removed", len(x.replaced), len(left))
	return e
}
