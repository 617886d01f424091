package vector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A stream of vectors, all numbers little-endian:
//
//	head    "llmspvec", u32 version, u32 metric, u32 dimension, u32 flags, u64 rows, u64 generation,
//	        u32 length of the model's name, the name; CRC-32C of all that
//	rows    in pieces of rowsAtOnce(dimension): u64 ids, u8 each whether it is gone, f32 numbers; CRC-32C
//	graph   if the flags have it: its head, CRC-32C; in pieces of linksAtOnce rows: u32 length, links, CRC-32C
const (
	magic       = "llmspvec"
	version     = 1
	flagGraph   = 1
	fixedHead   = len(magic) + 4*4 + 2*8 + 4
	maxModel    = 1024 // bytes of a model's name
	linksAtOnce = 4096
)

// Sentinel errors of Load.
var (
	// ErrStream is a stream that Save has not written, or not wholly, or that was damaged since.
	ErrStream = errors.New("not a whole stream of vectors")
	// ErrStale is a stream of vectors that do not belong to this index.
	ErrStale = errors.New("vectors of another index")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// rowsAtOnce is how many rows a piece has: about a megabyte.
func rowsAtOnce(dimension int) int { return max(1, 1<<18/dimension) }

// head is what a stream begins with.
type head struct {
	metric     Metric
	dimension  int // 0 if there are no vectors and never were
	graph      bool
	rows       uint64
	generation uint64
	model      string
}

func (h head) write(w io.Writer) error {
	buf := []byte(magic)
	flags := uint32(0)
	if h.graph {
		flags = flagGraph
	}
	for _, n := range []uint32{version, uint32(h.metric), uint32(h.dimension), flags} {
		buf = binary.LittleEndian.AppendUint32(buf, n)
	}
	buf = binary.LittleEndian.AppendUint64(buf, h.rows)
	buf = binary.LittleEndian.AppendUint64(buf, h.generation)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(h.model)))
	return writeSum(w, append(buf, h.model...))
}

func readHead(r io.Reader) (h head, err error) {
	buf := make([]byte, fixedHead)
	if err := read(r, buf); err != nil {
		return h, err
	}
	if string(buf[:len(magic)]) != magic {
		return h, fmt.Errorf("%w: it begins with %q", ErrStream, buf[:len(magic)])
	}
	n := buf[len(magic):]
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(n[4*i:]) }
	if u32(0) != version {
		return h, fmt.Errorf("%w: its version is %d, and %d is known", ErrStream, u32(0), version)
	}
	name := u32(8)
	if name > maxModel {
		return h, fmt.Errorf("%w: the model's name has %d bytes", ErrStream, name)
	}
	buf = append(buf, make([]byte, name)...)
	if err := read(r, buf[fixedHead:]); err != nil {
		return h, err
	}
	if err := checkSum(r, buf, "the head"); err != nil {
		return h, err
	}
	h = head{
		metric: Metric(u32(1)), dimension: int(u32(2)), graph: u32(3)&flagGraph != 0,
		rows: binary.LittleEndian.Uint64(n[16:]), generation: binary.LittleEndian.Uint64(n[24:]),
		model: string(buf[fixedHead:]),
	}
	if h.metric >= metrics || h.dimension > MaxDimension || u32(3)&^flagGraph != 0 || h.dimension == 0 && h.rows > 0 || h.rows >= 1<<32 {
		return h, fmt.Errorf("%w: %d rows of %d numbers by %v", ErrStream, h.rows, h.dimension, h.metric)
	}
	return h, nil
}

// writeSum writes bytes and their checksum.
func writeSum(w io.Writer, buf []byte) error {
	sum := crc32.Checksum(buf, castagnoli)
	if _, err := w.Write(buf); err != nil {
		return err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum))
	return err
}

// checkSum reads the checksum of bytes and compares it.
func checkSum(r io.Reader, buf []byte, of string) error {
	var sum [4]byte
	if err := read(r, sum[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(sum[:]) != crc32.Checksum(buf, castagnoli) {
		return fmt.Errorf("%w: %s was damaged, its checksum differs", ErrStream, of)
	}
	return nil
}

// read fills buf.
func read(r io.Reader, buf []byte) error {
	_, err := io.ReadFull(r, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrStream)
	}
	return err
}
