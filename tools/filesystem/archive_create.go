package filesystem

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// packer collects what goes into a new archive, then writes it.
type packer struct {
	budget  *budget
	target  *sandbox.Place
	exclude globs
	items   []item
	names   map[string]bool
	files   int
	dirs    int
	links   int
	skipped []any
}

// item is a file, folder or link to put into an archive under a name.
type item struct {
	place    *sandbox.Place
	name     string
	mode     fs.FileMode
	modified time.Time
}

func createArchive(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	inputs := texts(call.Params["input"])
	if len(inputs) == 0 {
		return nil, call.Missing("input")
	}
	format := call.Params.String("format")
	if format == "" {
		if format = formatOfName(call.Params.String("path")); format == "" {
			return nil, &schema.FieldError{Path: "format", Problem: "is missing, and the name of path ends in none of the formats"}
		}
	}
	if format == "bz2" || format == "tar.bz2" {
		return nil, tool.Errorf(tool.Unsupported, "bzip2 archives can be read, not created; use tar.xz or tar.zst")
	}
	target, err := call.Sandbox.Place(sandbox.Write, call.Params.String("path"))
	if err != nil {
		return nil, err
	}
	defer target.Close()
	k := &packer{budget: newBudget(ctx, call), target: target, names: map[string]bool{}, skipped: []any{}}
	if k.exclude, err = globList(call.Params, "exclude"); err != nil {
		return nil, err
	}
	for _, input := range inputs {
		p, err := call.Sandbox.Place(sandbox.Read, input)
		if err != nil {
			return nil, err
		}
		defer p.Close()
		if err := k.collect(ctx, p, input); err != nil {
			return nil, err
		}
	}
	if len(k.items) == 0 {
		return nil, tool.Errorf(tool.ExecutionFailed, "there is nothing to put into the archive: the folders are empty, or exclude names everything")
	}
	var size countingWriter
	err = target.Replace(func(w io.Writer) error {
		size.w = w
		return k.write(format, &size)
	}, 0o644)
	if err != nil {
		return nil, err
	}
	return &tool.Result{
		Message: fmt.Sprintf("put %d files into %s", k.files, target.Path),
		Value: map[string]any{"path": target.Path, "format": format, "files": k.files, "directories": k.dirs, "links": k.links,
			"bytes": k.budget.written, "size": size.n, "skipped": k.skipped},
	}, nil
}

// collect notes an input, with what is below it.
func (k *packer) collect(ctx context.Context, p *sandbox.Place, input string) error {
	info, err := p.Root.Lstat(p.Name)
	if err != nil {
		return p.Explain(err)
	}
	name := filepath.ToSlash(filepath.Clean(input))
	if !filepath.IsLocal(input) {
		name = filepath.Base(p.Path)
	}
	if err := k.add(p, name, info); err != nil || !info.IsDir() {
		return err
	}
	return walk(ctx, p, maxNameDepth, func(rel string, e fs.DirEntry) error {
		if k.exclude.match(rel) {
			return skip(e)
		}
		info, err := e.Info()
		if err != nil { // deleted meanwhile
			return nil
		}
		return k.add(p.Child(rel), path.Join(name, rel), info)
	}, func(rel string, err error) { k.skip(path.Join(name, rel), p.Child(rel).Explain(err).Error()) })
}

func (k *packer) skip(name, reason string) {
	if len(k.skipped) < 1000 {
		k.skipped = append(k.skipped, map[string]any{"name": name, "reason": reason})
	}
}

func (k *packer) add(p *sandbox.Place, name string, info fs.FileInfo) error {
	switch {
	case p.Path == k.target.Path: // the archive itself
		return nil
	case name == ".":
		return nil
	case k.exclude.match(name):
		return nil
	case !info.IsDir() && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		k.skip(name, "it is a device, pipe or socket ("+info.Mode().Type().String()+")")
		return nil
	case k.names[name]:
		return &schema.FieldError{Path: "input", Problem: fmt.Sprintf("gives two files the name %q in the archive", name)}
	}
	if err := k.budget.entry(); err != nil {
		return err
	}
	k.names[name] = true
	if info.Mode().IsRegular() {
		if k.budget.total += info.Size(); k.budget.total > k.budget.maxBytes {
			return k.budget.check(k.budget.total)
		}
	}
	k.items = append(k.items, item{place: p, name: name, mode: info.Mode(), modified: info.ModTime()})
	return nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// write writes the whole archive. Closing a writer twice is harmless.
func (k *packer) write(format string, w io.Writer) (err error) {
	outer := io.WriteCloser(nil)
	switch path.Ext("." + format) {
	case ".gz":
		outer = gzip.NewWriter(w)
	case ".xz":
		outer, err = xz.NewWriter(w)
	case ".zst":
		outer, err = zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	if err != nil {
		return err
	}
	if outer != nil {
		defer outer.Close()
		w = outer
	}
	switch format {
	case "zip":
		err = k.zip(w)
	case "gz", "xz", "zst":
		err = k.single(format, w)
	default:
		err = k.tar(w)
	}
	if err == nil && outer != nil {
		err = outer.Close()
	}
	return err
}

// single writes the one file of a format that holds no more.
func (k *packer) single(format string, w io.Writer) error {
	if len(k.items) != 1 || !k.items[0].mode.IsRegular() {
		return &schema.FieldError{Path: "input", Problem: "is not one file, and the format " + format + " holds only one", Help: "use tar." + format + " for more"}
	}
	k.files++
	return k.copy(k.items[0], false, func(fs.FileInfo) (io.Writer, error) { return w, nil })
}

// copy opens a file and writes its content into what begin returns. exact: as
// many bytes as begin was told, or an error.
func (k *packer) copy(it item, exact bool, begin func(fs.FileInfo) (io.Writer, error)) error {
	f, err := it.place.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w, err := begin(info)
	if err != nil {
		return err
	}
	r := k.budget.content(f)
	if exact {
		r = io.LimitReader(r, info.Size())
	}
	n, err := io.Copy(w, r)
	if err == nil && exact && n < info.Size() {
		err = fmt.Errorf("%q became shorter while it was read; try again", it.place.Path)
	}
	return err
}

// link returns where a symbolic link leads, or "" for one that an extraction
// would refuse.
func (k *packer) link(it item) string {
	target, err := it.place.Root.Readlink(it.place.Name)
	if err != nil {
		k.skip(it.name, it.place.Explain(err).Error())
		return ""
	}
	if why := safeLink(it.name, filepath.ToSlash(target)); why != "" {
		k.skip(it.name, "it "+why)
		return ""
	}
	return filepath.ToSlash(target)
}

func (k *packer) tar(w io.Writer) error {
	t := tar.NewWriter(w)
	for _, it := range k.items {
		if err := k.budget.ctx.Err(); err != nil {
			return err
		}
		var err error
		switch {
		case it.mode.IsRegular():
			k.files++
			err = k.copy(it, true, func(info fs.FileInfo) (io.Writer, error) {
				return t, t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: it.name, Size: info.Size(), Mode: int64(info.Mode().Perm()), ModTime: info.ModTime()})
			})
		case it.mode.IsDir():
			k.dirs++
			err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: it.name + "/", Mode: int64(it.mode.Perm()), ModTime: it.modified})
		default:
			if to := k.link(it); to != "" {
				k.links++
				err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: it.name, Linkname: to, Mode: 0o777, ModTime: it.modified})
			}
		}
		if err != nil {
			return err
		}
	}
	return t.Close()
}

func (k *packer) zip(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, it := range k.items {
		if err := k.budget.ctx.Err(); err != nil {
			return err
		}
		h := &zip.FileHeader{Name: it.name, Method: zip.Deflate, Modified: it.modified}
		h.SetMode(it.mode)
		var err error
		switch {
		case it.mode.IsRegular():
			k.files++
			err = k.copy(it, false, func(info fs.FileInfo) (io.Writer, error) {
				h.SetMode(info.Mode().Perm())
				h.Modified = info.ModTime()
				return z.CreateHeader(h)
			})
		case it.mode.IsDir():
			k.dirs++
			h.Name, h.Method = it.name+"/", zip.Store
			_, err = z.CreateHeader(h)
		default:
			to := k.link(it)
			if to == "" {
				continue
			}
			k.links++
			h.Method = zip.Store
			var content io.Writer
			if content, err = z.CreateHeader(h); err == nil {
				_, err = io.WriteString(content, to)
			}
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}
