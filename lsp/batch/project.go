// Package batch checks the Lua files of folders, as the language server does those of
// a workspace: with the same configuration, and with all files of the project known. It
// is what `llmspell check` is made of, and knows neither the command nor the protocol.
package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Project is what files are checked with.
type Project struct {
	// Catalog says what there is to name; nil: nothing.
	Catalog *catalog.Catalog
	// Config is what counts before the settings of the project's own files; nil: nothing.
	Config *analysis.Config
	// Text are texts that take the place of files, by path.
	Text map[string]string
}

// Report is what a check finds.
type Report struct {
	Files []FileReport // sorted by path
	// Changes are those that were made; Refused are left out, as a file would be no Lua
	// with them.
	Changes, Refused []Change
	// Settings says what is not understood in settings.
	Settings []string
	// Unreadable are errors of files, also of those that could not be written.
	Unreadable []error
	Stamp      Stamp
}

// FileReport are the findings of a file.
type FileReport struct {
	Path     string // as it was given, or found in a folder that was
	File     *analysis.File
	Findings []lint.Finding
}

// Worst returns the gravest severity there is, 0 if nothing was found.
func (r *Report) Worst() lint.Severity {
	var worst lint.Severity
	for _, f := range r.Files {
		for _, x := range f.Findings {
			if worst == 0 || x.Severity < worst {
				worst = x.Severity
			}
		}
	}
	return worst
}

// Look returns the stamp of the files that paths name now, and of the settings of their
// projects.
func (p *Project) Look(paths []string) Stamp {
	files, _ := Find(paths) // what is gone changes the stamp too
	return p.stamp(paths, files)
}

func (p *Project) stamp(paths, files []string) Stamp {
	all := slices.Clone(files)
	roots, _ := roots(paths, files) // likewise
	for _, root := range roots {
		for _, name := range analysis.ConfigFiles() {
			all = append(all, filepath.Join(root, name))
		}
	}
	return stamp(all)
}

// Check checks the files that paths name; none is the current folder. With fix, the
// changes that need no question are made first, in the files. The error tells which
// path is not there, or what is wrong with a configuration.
func (p *Project) Check(ctx context.Context, paths []string, fix bool) (Report, error) {
	var r Report
	var files []string
	var err error
	if p.Text != nil {
		files = paths
	} else if files, err = Find(paths); err != nil {
		return r, err
	}
	r.Stamp = p.stamp(paths, files) // before they are read: what changes meanwhile is seen later
	snap, err := p.snapshot(ctx, paths, files)
	if err != nil {
		return r, err
	}
	defer snap.EndWith(ctx)()
	r.Settings = faults(snap.Config())
	if fix {
		if err = p.fix(ctx, snap, files, &r); err != nil {
			return r, err
		}
		if len(r.Changes) > 0 {
			r.Stamp = p.stamp(paths, files)
			if snap, err = p.snapshot(ctx, paths, files); err != nil {
				return r, err
			}
			defer snap.EndWith(ctx)()
		}
	}
	r.Files = make([]FileReport, len(files))
	faults := make([]error, len(files))
	p.each(len(files), func(i int) {
		if ctx.Err() != nil {
			return
		}
		f, err := p.file(snap, files[i])
		if err != nil {
			faults[i] = err
			return
		}
		r.Files[i] = FileReport{Path: files[i], File: f, Findings: lint.Check(ctx, snap, f)}
	})
	for _, e := range faults {
		if e != nil {
			r.Unreadable = append(r.Unreadable, e)
		}
	}
	r.Files = slices.DeleteFunc(r.Files, func(f FileReport) bool { return f.File == nil })
	return r, ctx.Err()
}

// faults are what is not understood in settings, each with the place where it stands.
func faults(c *analysis.Config) (out []string) {
	for _, f := range lint.SettingFaults(c) {
		message := f.Message
		if f.Path != "" {
			line, column := syntax.NewLines(f.Text).Position(f.Start, syntax.UTF8)
			message = fmt.Sprintf("%s:%d:%d: %s", shown(f.Path), line+1, column+1, message)
		}
		out = append(out, message)
	}
	return out
}

// shown is a path as it is short to read: relative to the current folder if it is below.
func shown(path string) string {
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}

// each does n pieces of work on all processors.
func (p *Project) each(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	workers.Wait()
}

// file returns a file as the snapshot has it.
func (p *Project) file(snap *analysis.Snapshot, path string) (*analysis.File, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if f := snap.File(analysis.URIOf(abs)); f != nil {
		return f, nil
	}
	if _, err := os.ReadFile(path); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s is no file that can be checked: it is too large", path)
}

// snapshot makes the view of the projects that files belong to.
func (p *Project) snapshot(ctx context.Context, paths, files []string) (*analysis.Snapshot, error) {
	roots, err := roots(paths, files)
	if err != nil {
		return nil, err
	}
	var base analysis.Config
	if p.Config != nil {
		base = *p.Config
	}
	base.Roots = roots
	c, err := Configure(&base, roots)
	if err != nil {
		return nil, err
	}
	snap := analysis.NewSnapshot(c, p.Catalog)
	var all []string
	for _, root := range roots {
		all = append(all, walk(root, c.IgnoreDirs)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	entries := make([]*analysis.Entry, len(all))
	p.each(len(all), func(i int) {
		if ctx.Err() != nil {
			return
		}
		if info, err := os.Stat(all[i]); err != nil || info.Size() > maxIndexed {
			return
		}
		if text, err := os.ReadFile(all[i]); err == nil {
			entries[i] = analysis.NewFile(analysis.URIOf(all[i]), all[i], 0, string(text)).Entry()
		}
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	snap = snap.WithIndexed(slices.DeleteFunc(entries, func(e *analysis.Entry) bool { return e == nil })...)
	for path, text := range p.Text {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		snap = snap.WithFile(analysis.NewFile(analysis.URIOf(abs), abs, 0, text))
	}
	return snap, nil
}

// roots are the folders of the projects that files and paths belong to, sorted.
func roots(paths, files []string) ([]string, error) {
	var roots []string
	for _, path := range slices.Concat(paths, files) {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, "x")
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		if root := rootOf(abs); !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	if len(roots) == 0 {
		here, err := filepath.Abs("x")
		if err != nil {
			return nil, err
		}
		roots = append(roots, rootOf(here))
	}
	slices.Sort(roots)
	return roots, nil
}

// maxIndexed is how large a file is, in bytes, that is known to others.
const maxIndexed = 2 << 20

// Configure adds to a configuration what the files with settings in folders say.
func Configure(c *analysis.Config, folders []string) (*analysis.Config, error) {
	var faults []error
	for _, folder := range folders {
		var err error
		if c, err = c.WithFolder(folder); err != nil {
			faults = append(faults, err)
		}
	}
	return c, errors.Join(faults...)
}
