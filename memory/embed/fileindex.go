package embed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// wordIndex says where the words of a file stand.
type wordIndex struct {
	binary    bool
	dimension int
	entries   []wordEntry // by hash, then by rank
	harmonic  float64     // the sum of 1/rank
}

// wordEntry is where a word stands: the first byte of it, and how many stand before it.
type wordEntry struct {
	hash   uint64
	offset int64
	rank   uint32
}

func hashOf(word []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(word)
	return h.Sum64()
}

// finish sorts the entries.
func (x *wordIndex) finish() {
	slices.SortFunc(x.entries, func(a, b wordEntry) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.rank, b.rank)) })
	x.harmonic = math.Log(float64(len(x.entries))) + 0.5772156649
}

// find is where a word can stand: most often once.
func (x *wordIndex) find(word string) []wordEntry {
	hash := hashOf([]byte(word))
	from, _ := slices.BinarySearchFunc(x.entries, hash, func(e wordEntry, h uint64) int { return cmp.Compare(e.hash, h) })
	to := from
	for to < len(x.entries) && x.entries[to].hash == hash {
		to++
	}
	return x.entries[from:to]
}

// fingerprint tells a file's contents from others, without reading all of it.
func fingerprint(f io.ReaderAt, size int64) ([]byte, error) {
	const front, back = 1 << 20, 64 << 10
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", size)
	for _, part := range []*io.SectionReader{io.NewSectionReader(f, 0, min(front, size)), io.NewSectionReader(f, max(0, size-back), back)} {
		if _, err := io.Copy(h, part); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

// A kept index, all numbers little-endian: the format's name, the file's print, its size and time, whether it is binary,
// the dimension, the number of words; for each the hash, the offset and the rank; CRC-32C of all that.
const (
	indexFormat = "llmspell words 1\n"
	indexHead   = len(indexFormat) + sha256.Size + 1 + 4 + 8
	entryBytes  = 8 + 8 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// indexPath is where the index of a file is kept; "" if it is not.
func indexPath(o FileOptions) string {
	abs, err := filepath.Abs(o.Path)
	if o.CacheDir == "" || err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(o.CacheDir, fmt.Sprintf("words-%x.index", sum[:8]))
}

// keptIndex reads the index of a file with a print; nil if there is none that can be used.
func keptIndex(o FileOptions, print []byte) *wordIndex {
	path := indexPath(o)
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) < indexHead+4 {
		return nil
	}
	body := data[:len(data)-4]
	if binary.LittleEndian.Uint32(data[len(body):]) != crc32.Checksum(body, castagnoli) || string(body[:len(indexFormat)]) != indexFormat {
		return nil
	}
	body = body[len(indexFormat):]
	if !slices.Equal(body[:sha256.Size], print) {
		return nil
	}
	body = body[sha256.Size:]
	x := &wordIndex{binary: body[0] == 1, dimension: int(binary.LittleEndian.Uint32(body[1:]))}
	n := binary.LittleEndian.Uint64(body[5:])
	if body = body[13:]; uint64(len(body)) != n*entryBytes || n == 0 || x.dimension < 1 || x.dimension > maxDimension {
		return nil
	}
	x.entries = make([]wordEntry, n)
	for i := range x.entries {
		b := body[i*entryBytes:]
		x.entries[i] = wordEntry{binary.LittleEndian.Uint64(b), int64(binary.LittleEndian.Uint64(b[8:])), binary.LittleEndian.Uint32(b[16:])}
	}
	x.finish()
	return x
}

// keepIndex keeps an index for the next process. If that fails the file is read through again.
func keepIndex(o FileOptions, print []byte, x *wordIndex) {
	path := indexPath(o)
	if path == "" || os.MkdirAll(o.CacheDir, 0o700) != nil {
		return
	}
	data := make([]byte, 0, indexHead+len(x.entries)*entryBytes+4)
	data = append(append(data, indexFormat...), print...)
	kind := byte(0)
	if x.binary {
		kind = 1
	}
	data = binary.LittleEndian.AppendUint32(append(data, kind), uint32(x.dimension))
	data = binary.LittleEndian.AppendUint64(data, uint64(len(x.entries)))
	for _, e := range x.entries {
		data = binary.LittleEndian.AppendUint64(data, e.hash)
		data = binary.LittleEndian.AppendUint64(data, uint64(e.offset))
		data = binary.LittleEndian.AppendUint32(data, e.rank)
	}
	data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
	f, err := os.CreateTemp(o.CacheDir, filepath.Base(path)+".*")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if f.Close() != nil || err != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name())
	}
}

// buildIndex reads a file through.
func buildIndex(ctx context.Context, f io.ReaderAt, size int64) (*wordIndex, error) {
	s := &wordScanner{ctx: ctx, r: newSection(f, size), x: &wordIndex{}}
	if err := s.scan(); err != nil {
		return nil, err
	}
	s.x.finish()
	return s.x, nil
}
