package state

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/kernel/db"
)

// spool keeps rows that are to be written at once until they are: an import or a
// migration may be larger than what should be in memory. It is a file without a
// name, beside the database.
type spool struct {
	file *os.File
	w    *bufio.Writer
	n    int       // rows
	last [2]string // scope and key of the last
	// ordered: each comes behind the one before it, by scope and key.
	ordered bool
	err     error
}

// spooled is a row that waits. The fields behind ttl are for migrations.
type spooled struct {
	scope, key string
	value      []byte
	ttl        int64 // ms
	revision   int64 // that the row has had
	gone       bool  // it is to be deleted
	// by are the places of the migrations that change it, in their chain.
	by []int64
}

// newSpool makes an empty one. Close it.
func (s *Store) newSpool() (*spool, error) {
	folder := ""
	if s.db.Path() != db.Memory {
		folder = filepath.Dir(s.db.Path())
	}
	file, err := os.CreateTemp(folder, ".state-*")
	if err != nil {
		return nil, s.db.Failed("keep what is to be written", err)
	}
	_ = os.Remove(file.Name()) // now it goes with the process; Windows lets close do it
	return &spool{ordered: true, file: file, w: bufio.NewWriterSize(file, 1<<16)}, nil
}

func (p *spool) close() {
	_ = p.file.Close() // nobody needs what is in it
	_ = os.Remove(p.file.Name())
}

// add adds a row. An error stays, and is that of each, too.
func (p *spool) add(r *spooled) error {
	var buf [binary.MaxVarintLen64]byte
	number := func(n int64) {
		if p.err == nil {
			_, p.err = p.w.Write(buf[:binary.PutVarint(buf[:], n)])
		}
	}
	text := func(s string) {
		number(int64(len(s)))
		if p.err == nil {
			_, p.err = p.w.WriteString(s)
		}
	}
	if p.last[0] > r.scope || p.last[0] == r.scope && p.last[1] >= r.key {
		p.ordered = false
	}
	p.last = [2]string{r.scope, r.key}
	text(r.scope)
	text(r.key)
	number(int64(len(r.value)))
	if p.err == nil {
		_, p.err = p.w.Write(r.value)
	}
	gone := int64(0)
	if r.gone {
		gone = 1
	}
	for _, n := range []int64{r.ttl, r.revision, gone, int64(len(r.by))} {
		number(n)
	}
	for _, v := range r.by {
		number(v)
	}
	p.n++
	return p.err
}

// each visits the rows in the order in which they came. The row is used again.
func (p *spool) each(visit func(*spooled) error) error {
	if p.err == nil {
		p.err = p.w.Flush()
	}
	if p.err == nil {
		_, p.err = p.file.Seek(0, io.SeekStart)
	}
	if p.err != nil {
		return p.err
	}
	in := bufio.NewReaderSize(p.file, 1<<16)
	var r spooled
	for range p.n {
		if err := r.read(in); err != nil {
			return err
		}
		if err := visit(&r); err != nil {
			return err
		}
	}
	return nil
}

func (r *spooled) read(in *bufio.Reader) (err error) {
	number := func() (n int64) {
		if err == nil {
			n, err = binary.ReadVarint(in)
		}
		return n
	}
	bytes := func(into []byte) []byte {
		n := number()
		if n < 0 {
			err = errors.New("a length is negative")
		}
		if err != nil {
			return nil
		}
		if int64(cap(into)) < n {
			into = make([]byte, n)
		}
		_, err = io.ReadFull(in, into[:n])
		return into[:n]
	}
	r.scope, r.key = string(bytes(nil)), string(bytes(nil))
	r.value = bytes(r.value[:0])
	r.ttl, r.revision = number(), number()
	r.gone = number() == 1
	r.by = r.by[:0]
	for range number() {
		r.by = append(r.by, number())
	}
	if err != nil {
		return fmt.Errorf("read back what is to be written: %w", err)
	}
	return nil
}
