package filesystem

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"

	"github.com/llmspell/llmspell/tools/tool"
)

func archiveFormats() []string {
	return []string{"zip", "tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2", "gz", "xz", "zst", "bz2"}
}

// formatOfName returns the format that a file's name ends in, or "".
func formatOfName(name string) string {
	name = strings.ToLower(name)
	for short, format := range map[string]string{".tgz": "tar.gz", ".txz": "tar.xz", ".tzst": "tar.zst", ".tbz2": "tar.bz2", ".tbz": "tar.bz2"} {
		if strings.HasSuffix(name, short) {
			return format
		}
	}
	best := ""
	for _, f := range archiveFormats() {
		if strings.HasSuffix(name, "."+f) && len(f) > len(best) {
			best = f
		}
	}
	return best
}

// window bounds the memory that a compressed stream can ask for.
const window = 64 << 20

// decompress undoes one compression: gz, xz, zst or bz2.
func decompress(kind string, r io.Reader) (io.Reader, func(), error) {
	none := func() {}
	switch kind {
	case "gz":
		z, err := gzip.NewReader(r)
		return z, none, err
	case "xz":
		z, err := xz.NewReader(r, window)
		return z, none, err
	case "zst":
		// One goroutine less to end, and memory that is known beforehand.
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(2*window))
		if err != nil {
			return nil, none, err
		}
		return z, z.Close, nil
	}
	return bzip2.NewReader(r), none, nil
}

// archive is an archive that was opened for reading.
type archive struct {
	format string
	budget *budget
	each   func(do func(*entry) error) error // calls do for each entry, in order
	close  func()
}

// openArchive finds out by its content what an archive is.
func openArchive(b *budget, f *os.File, path string) (*archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b.packed = info.Size()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	kind := compressionOf(head)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")), bytes.HasPrefix(head, []byte("PK\x07\x08")):
		return openZip(b, f)
	case kind != "":
		return openCompressed(b, f, kind, path)
	case isTar(head):
		return openTar(b, "tar", f, func() {}), nil
	case bytes.HasPrefix(head, []byte("7z\xbc\xaf\x27\x1c")), bytes.HasPrefix(head, []byte("Rar!")):
		return nil, tool.Errorf(tool.Unsupported, "%q is a 7z or rar archive, which this tool cannot read; use zip or tar", path)
	case formatOfName(path) == "zip": // one with something in front, such as a program
		return openZip(b, f)
	}
	return nil, tool.Errorf(tool.ExecutionFailed, "%q is no archive of a known format: %s", path, strings.Join(archiveFormats(), ", "))
}

func compressionOf(head []byte) string {
	for kind, magic := range map[string]string{"gz": "\x1f\x8b\x08", "xz": "\xfd7zXZ\x00", "zst": "\x28\xb5\x2f\xfd", "bz2": "BZh"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return kind
		}
	}
	return ""
}

// isTar looks for a header whose checksum is right, or for 512 zero bytes,
// which are the end of an empty archive.
func isTar(head []byte) bool {
	if len(head) < 512 {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(head)).Next()
	return err == nil || errors.Is(err, io.EOF) || bytes.HasPrefix(head[257:], []byte("ustar"))
}

// openCompressed opens a compressed tar archive, or a single compressed file.
func openCompressed(b *budget, f *os.File, kind, path string) (*archive, error) {
	raw, end, err := decompress(kind, tool.Reader(b.ctx, bufio.NewReaderSize(f, 64<<10)))
	if err != nil {
		return nil, damaged(path, err)
	}
	r := bufio.NewReader(b.stream(raw))
	head, err := r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		end()
		return nil, damaged(path, err)
	}
	if isTar(head) && !(formatOfName(path) == kind && bytes.Count(head, []byte{0}) == len(head)) {
		return openTar(b, "tar."+kind, r, end), nil
	}
	return openSingle(b, kind, path, r, end), nil
}

// damaged explains an error of a reader, unless it is one of ours.
func damaged(path string, err error) error {
	if te := (*tool.Error)(nil); errors.As(err, &te) {
		return err
	}
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		return tool.Errorf(tool.Unsupported, "%q is compressed in a way that this tool cannot undo; it knows deflate, bzip2 and zstd: %w", path, err)
	case errors.Is(err, xz.ErrMemlimit), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return tool.Errorf(tool.LimitExceeded, "%q needs more than %d MB of memory to be decompressed: %w", path, window>>20, err)
	}
	return fmt.Errorf("%q is damaged, or not what it seems: %w", path, err)
}
