package dap

import (
	"os"
	"path/filepath"
	"strings"
)

// readable is what the engine asks before it reads a file to verify breakpoints.
// Who may run any code may read as well; the client of a read-only server may
// not, nor may one for which an operator has set limits.
func (r *run) readable() func(string) bool {
	if !r.session.server.opts.ReadOnly && r.box == nil {
		return nil
	}
	return func(path string) bool {
		real, err := filepath.EvalSymlinks(path)
		return err == nil && r.mayRead(real)
	}
}

// mayRead tells whether the source request may read a file that the script has
// not loaded: one in the program's folder, its working folder, or a folder of
// the workspace. path is real: no link in it leads elsewhere.
func (r *run) mayRead(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	// Who has started the server, or the script, has said what is allowed.
	if r.box != nil {
		f, err := r.box.OpenFile(path)
		if err != nil {
			return false
		}
		f.Close()
	}
	roots := []string{}
	if dir := r.args.Cwd; dir != "" {
		roots = append(roots, dir)
	} else if dir, err := filepath.Abs("."); err == nil {
		roots = append(roots, dir)
	}
	if filepath.IsAbs(r.args.Program) {
		roots = append(roots, filepath.Dir(r.args.Program))
	}
	// The client of a read-only server does not decide what it may see.
	if !r.session.server.opts.ReadOnly {
		for _, root := range r.args.WorkspaceRoots {
			if dir, err := r.translator.toServerPath(root); err == nil {
				roots = append(roots, dir)
			}
		}
	}
	for _, root := range roots {
		if real, err := filepath.EvalSymlinks(root); err == nil && filepath.IsAbs(real) && inside(path, real) {
			return true
		}
	}
	return false
}

// inside tells whether a path lies in a folder, both real and absolute.
func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) && !filepath.IsAbs(rel)
}
