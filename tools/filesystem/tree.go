package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// errNotDir is what asking for a/b gives when a is a file.
const errNotDir = syscall.ENOTDIR

// maxEntries bounds what list_dir returns.
const maxEntries = 10_000

func dirOf(name string) string { return filepath.Dir(name) }

// describe gives what listings and metadata say of a file.
func describe(path string, info fs.FileInfo) map[string]any {
	kind := "other"
	switch {
	case info.Mode().IsRegular():
		kind = "file"
	case info.IsDir():
		kind = "directory"
	case info.Mode()&os.ModeSymlink != 0:
		kind = "symlink"
	}
	return map[string]any{
		"name": filepath.Base(path), "type": kind, "size": info.Size(), "modified": info.ModTime().UTC().Format(time.RFC3339),
	}
}

func list(ctx context.Context, call *tool.Call, p *sandbox.Place) (*tool.Result, error) {
	info, err := p.Root.Stat(p.Name)
	if err != nil {
		return nil, p.Explain(err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%q is not a folder; use metadata for a file", p.Path)
	}
	entries := []any{}
	truncated, err := collect(ctx, p, "", call.Params.Bool("recursive"), &entries)
	if err != nil {
		return nil, p.Explain(err)
	}
	value := map[string]any{"path": p.Path, "entries": entries, "count": len(entries), "truncated": truncated}
	if err := p.Root.CheckTree(p.Name); err != nil { // what the policy denies is not among the entries
		value["denied"] = err.Error()
	}
	return tool.Value(value), nil
}

// collect adds what is in the folder rel under the place; it does not follow
// links, which may lead in circles.
func collect(ctx context.Context, p *sandbox.Place, rel string, recursive bool, out *[]any) (truncated bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	entries, err := p.Root.ReadDir(filepath.Join(p.Name, rel))
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if len(*out) == maxEntries {
			return true, nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			continue
		}
		if err != nil {
			return false, err
		}
		path := filepath.Join(rel, e.Name())
		item := describe(path, info)
		item["path"] = filepath.ToSlash(path)
		*out = append(*out, item)
		if recursive && e.IsDir() {
			if truncated, err := collect(ctx, p, path, true, out); truncated || err != nil {
				return truncated, err
			}
		}
	}
	return false, nil
}

// copyOrMove finds the two places and lets do transfer one to the other; do
// returns how many files there were.
func copyOrMove(ctx context.Context, call *tool.Call, do func(context.Context, *tool.Call, *sandbox.Place, *sandbox.Place) (int, error)) (*tool.Result, error) {
	from := call.Params.String("source_path")
	if from == "" {
		if from = call.Params.String("path"); from == "" {
			return nil, call.Missing("source_path")
		}
	}
	to, err := call.Need("target_path")
	if err != nil {
		return nil, err
	}
	src, err := call.Sandbox.Place(sandbox.Read, from)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if err := src.Root.CheckTree(src.Name); err != nil {
		return nil, err
	}
	dst, err := call.Sandbox.Place(sandbox.Write, to)
	if err != nil {
		return nil, err
	}
	defer dst.Close()

	if _, err := src.Root.Stat(src.Name); err != nil {
		return nil, src.Explain(err)
	}
	if info, err := dst.Root.Stat(dst.Name); err == nil && info.IsDir() {
		dst.Enter(filepath.Base(src.Path))
	}
	if src.Path == dst.Path {
		return nil, fmt.Errorf("%q: source and target are the same", src.Path)
	}
	if strings.HasPrefix(dst.Path, src.Path+string(filepath.Separator)) {
		return nil, fmt.Errorf("the target %q lies inside the source %q; choose a target outside", dst.Path, src.Path)
	}
	files, err := do(ctx, call, src, dst)
	if err != nil {
		return nil, err
	}
	return &tool.Result{
		Message: fmt.Sprintf("%s: %s to %s", call.Operation, src.Path, dst.Path),
		Value:   map[string]any{"source_path": src.Path, "target_path": dst.Path, "files": files},
	}, nil
}

func copyTree(ctx context.Context, call *tool.Call, src, dst *sandbox.Place) (int, error) {
	info, err := src.Root.Stat(src.Name)
	if err != nil {
		return 0, src.Explain(err)
	}
	if !info.IsDir() {
		return 1, copyFile(ctx, src, dst, info.Mode().Perm())
	}
	if !call.Params.Bool("recursive") {
		return 0, fmt.Errorf("%q is a folder; set recursive to copy it with all that is inside", src.Path)
	}
	if err := dst.Root.MkdirAll(dst.Name, 0o755); err != nil {
		return 0, dst.Explain(err)
	}
	entries, err := src.Root.ReadDir(src.Name)
	if err != nil {
		return 0, src.Explain(err)
	}
	files := 0
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return files, err
		}
		if !e.IsDir() && !e.Type().IsRegular() {
			return files, fmt.Errorf("%q is not a regular file (%s), which cannot be copied", filepath.Join(src.Path, e.Name()), e.Type())
		}
		n, err := copyTree(ctx, call, src.Child(e.Name()), dst.Child(e.Name()))
		files += n
		if err != nil {
			return files, err
		}
	}
	return files, nil
}

func copyFile(ctx context.Context, src, dst *sandbox.Place, perm fs.FileMode) error {
	f, err := src.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	return dst.Replace(func(w io.Writer) error {
		_, err := io.Copy(w, tool.Reader(ctx, f))
		return err
	}, perm)
}

// moveTree renames where both places lie on one disk, and copies and deletes
// where they do not.
func moveTree(ctx context.Context, call *tool.Call, src, dst *sandbox.Place) (int, error) {
	if src.IsFolder() {
		return 0, tool.Errorf(tool.PermissionDenied, "%q is an allowed folder itself, which cannot be moved; move what is inside", src.Path)
	}
	err := call.Sandbox.Rename(src.Path, dst.Path)
	if !errors.Is(err, syscall.EXDEV) { // they are on two disks
		return 1, src.Explain(err)
	}
	all := *call
	all.Params = tool.Params{"recursive": true}
	files, err := copyTree(ctx, &all, src, dst)
	if err != nil {
		return files, err
	}
	old, err := call.Sandbox.Place(sandbox.Write, src.Path)
	if err != nil {
		return files, err
	}
	defer old.Close()
	return files, old.RemoveAll(ctx)
}
