package filesystem

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"

	"github.com/llmspell/llmspell/tools/tool"
)

// entry is what an archive says of one of its files.
type entry struct {
	name      string
	mode      fs.FileMode // with the bits of its type
	size      int64       // as the archive claims; -1 when it does not say
	packed    int64       // -1 when nobody knows
	modified  time.Time
	link      string // what a link leads to
	hard      bool   // it is a hard link
	encrypted bool
	open      func() (io.ReadCloser, error)
}

func (e *entry) kind() string {
	switch {
	case e.hard:
		return "hardlink"
	case e.mode.IsDir():
		return "directory"
	case e.mode&fs.ModeSymlink != 0:
		return "symlink"
	case e.mode.IsRegular():
		return "file"
	}
	return "other"
}

// contentSize returns the size, by reading everything where nothing else tells.
func (e *entry) contentSize() (int64, error) {
	if e.size >= 0 {
		return e.size, nil
	}
	r, err := e.open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(io.Discard, r)
}

// maxDirectory bounds what is read of a zip's list of entries, and so the
// memory that it takes.
const maxDirectory = 32 << 20

// directoryReader lets the list of a zip be read, and no more of it than that.
type directoryReader struct {
	b    *budget
	f    *os.File
	left int64 // -1: no limit
}

func (d *directoryReader) ReadAt(p []byte, off int64) (int, error) {
	if err := d.b.ctx.Err(); err != nil {
		return 0, err
	}
	if d.left >= 0 {
		if d.left -= int64(len(p)); d.left < 0 {
			return 0, tool.Errorf(tool.LimitExceeded, "the archive's list of entries is larger than %d MB", maxDirectory>>20)
		}
	}
	return d.f.ReadAt(p, off)
}

// guard returns a reader whose errors say that the archive is damaged.
func guard(name string, r io.Reader) io.ReadCloser { return &guarded{name, r} }

type guarded struct {
	name string
	r    io.Reader
}

func (g *guarded) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(g.name, err)
	}
	return n, err
}

func (g *guarded) Close() error {
	if c, ok := g.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func openZip(b *budget, f *os.File) (*archive, error) {
	at := &directoryReader{b: b, f: f, left: maxDirectory}
	z, err := zip.NewReader(at, b.packed)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, damaged(f.Name(), err)
	}
	at.left = -1
	z.RegisterDecompressor(12, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	z.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(2*window), zstd.WithDecoderLowmem(true)))
	if len(z.File) > b.maxEntries {
		b.entries = b.maxEntries
		return nil, b.entry()
	}
	for _, file := range z.File { // what it claims; what comes out is counted again
		b.total += int64(min(file.UncompressedSize64, 1<<62/maxArchiveEntries))
	}
	if err := b.check(b.total); err != nil {
		return nil, err
	}
	return &archive{format: "zip", budget: b, close: func() {}, each: func(do func(*entry) error) error {
		for _, file := range z.File {
			if err := b.entry(); err != nil {
				return err
			}
			if err := do(zipEntry(file)); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

func zipEntry(f *zip.File) *entry {
	name := f.Name
	if f.NonUTF8 && !utf8.ValidString(name) {
		name, _ = charmap.CodePage437.NewDecoder().String(name)
	}
	// Some programs of Windows write backslashes.
	e := &entry{name: strings.ReplaceAll(name, `\`, "/"), mode: f.Mode(), size: int64(min(f.UncompressedSize64, 1<<62)),
		packed: int64(min(f.CompressedSize64, 1<<62)), modified: f.Modified, encrypted: f.Flags&1 != 0}
	e.open = func() (io.ReadCloser, error) {
		r, err := f.Open()
		if err != nil {
			return nil, damaged(name, err)
		}
		return guard(name, r), nil
	}
	if strings.HasSuffix(e.name, "/") {
		e.mode |= fs.ModeDir
	}
	if e.mode&fs.ModeSymlink != 0 && !e.encrypted { // its content is where it leads
		if r, err := f.Open(); err == nil {
			target, _ := io.ReadAll(io.LimitReader(r, maxLinkTarget+1))
			r.Close()
			e.link = string(target)
		}
	}
	return e
}

func openTar(b *budget, format string, r io.Reader, end func()) *archive {
	return &archive{format: format, budget: b, close: end, each: func(do func(*entry) error) error {
		t := tar.NewReader(b.stream(r))
		for {
			h, err := t.Next()
			switch {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil && !errors.Is(err, tar.ErrInsecurePath):
				return damaged(b.call.Params.String("path"), err)
			}
			if err := b.entry(); err != nil {
				return err
			}
			e := &entry{name: h.Name, mode: h.FileInfo().Mode(), size: h.Size, packed: -1, modified: h.ModTime,
				open: func() (io.ReadCloser, error) { return guard(h.Name, t), nil }}
			switch h.Typeflag {
			case tar.TypeLink:
				e.hard, e.link = true, h.Linkname
			case tar.TypeSymlink:
				e.link = h.Linkname
			}
			if err := do(e); err != nil {
				return err
			}
		}
	}}
}

// openSingle makes a compressed file look like an archive of one entry.
func openSingle(b *budget, kind, file string, r io.Reader, end func()) *archive {
	name := filepath.Base(file)
	if ext := path.Ext(name); len(ext) > 1 && len(ext) < len(name) {
		name = strings.TrimSuffix(name, ext)
	} else {
		name += ".out"
	}
	return &archive{format: kind, budget: b, close: end, each: func(do func(*entry) error) error {
		if err := b.entry(); err != nil {
			return err
		}
		return do(&entry{name: name, mode: 0o644, size: -1, packed: b.packed, open: func() (io.ReadCloser, error) { return guard(file, r), nil }})
	}}
}

const (
	maxName       = 4096
	maxNameDepth  = 100
	maxLinkTarget = 4096
)

// trimName removes what stands around a name without meaning anything.
func trimName(name string) string { return path.Clean(strings.TrimPrefix(name, "./")) }

// safeName returns the path below the target folder that an entry's name
// means; "." is the folder itself. A name that means something else is an error.
func safeName(name string) (string, error) {
	unsafe := func(why string) (string, error) {
		return "", tool.Errorf(tool.PermissionDenied, "the archive is refused: its entry %.200q %s", name, why)
	}
	switch {
	case name == "":
		return unsafe("has no name")
	case len(name) > maxName:
		return unsafe("has a name of more than 4096 bytes")
	case strings.ContainsRune(name, 0):
		return unsafe("has a zero byte in its name")
	case name[0] == '/' || len(name) > 1 && name[1] == ':' && filepath.Separator == '\\':
		return unsafe("has an absolute path")
	}
	parts := strings.Split(name, "/")
	if len(parts) > maxNameDepth {
		return unsafe("lies more than 100 folders deep")
	}
	for _, part := range parts {
		if part == ".." {
			return unsafe("leads out of its folder")
		}
	}
	clean := path.Clean(name)
	if !filepath.IsLocal(filepath.FromSlash(clean)) {
		return unsafe("has a name that this system cannot hold")
	}
	return clean, nil
}

// safeLink says why a symbolic link must not be made, or "". Only leading ".."
// are counted exactly: after another link, ".." could lead anywhere.
func safeLink(rel, target string) string {
	if target == "" || len(target) > maxLinkTarget || strings.ContainsAny(target, "\x00") {
		return "is a link to nothing, or with a strange target"
	}
	if path.IsAbs(target) || strings.Contains(target, `\`) {
		return "is a link with an absolute target"
	}
	down := false
	for part := range strings.SplitSeq(target, "/") {
		if part == ".." && down {
			return `is a link whose target has ".." in its middle`
		}
		down = down || part != ".." && part != "." && part != ""
	}
	if !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(rel), target))) {
		return "is a link that leads out of the folder"
	}
	return ""
}
