package rescue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Kinds of pages in the pointer map.
const (
	ofRoot      = 1 // of a tree
	ofFree      = 2
	ofOverflow1 = 3 // the first of a chain; its parent is a page of a tree
	ofOverflow2 = 4 // a later one; its parent is the one before
	ofTree      = 5 // its parent is a page of the tree
)

const (
	headerSize      = 100 // of the file, at the beginning of page 1
	defaultPageSize = 4096
	pendingByte     = 1 << 30 // SQLite locks here: no page of it holds anything
)

// File is a database that is read page by page. One goroutine uses it.
type File struct {
	f        *os.File
	log      *os.File         // nil: there is none
	frames   map[uint32]int64 // pages in the log, with where they are
	pageSize int
	usable   int // of a page
	pages    uint32
	vacuum   bool            // it has a pointer map
	maps     map[uint32]bool // pages of the pointer map that were looked at: are they sound?
	noted    map[string]bool
	damage   []Damage
	lost     bool // page 1 has no header
}

// Damage is a place that cannot be read.
type Damage struct {
	Page  int
	Tree  string // the table or index that it is of; "": nobody knows
	Index bool   // it is of an index: no row is lost with it
	Why   string
}

func (d Damage) String() string {
	kind := "the table"
	switch {
	case d.Tree == "":
		return fmt.Sprintf("page %d (%s)", d.Page, d.Why)
	case d.Index:
		kind = "the index"
	}
	return fmt.Sprintf("page %d of %s %s (%s)", d.Page, kind, d.Tree, d.Why)
}

// Open opens the database in a file, with its log.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &File{f: f, maps: map[uint32]bool{}, noted: map[string]bool{}}
	if err := r.begin(path); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close closes the file.
func (r *File) Close() error {
	err := r.f.Close()
	if r.log != nil {
		err = errors.Join(err, r.log.Close())
	}
	return err
}

// begin reads the log and the header.
func (r *File) begin(path string) error {
	info, err := r.f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, headerSize)
	if _, err := r.f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.pageSize = pageSizeIn(head)
	pages, err := r.readLog(path + "-wal")
	if err != nil {
		return err
	}
	if r.pageSize == 0 {
		r.pageSize = defaultPageSize
	}
	// What the log says counts, as far as there can be so many.
	inFile := uint32(min(info.Size()/int64(r.pageSize), 1<<31))
	if r.pages = min(pages, inFile+uint32(len(r.frames))); pages == 0 {
		r.pages = inFile
	}
	r.usable, r.vacuum = r.pageSize, true
	first, err := r.page(1)
	if err != nil {
		return fmt.Errorf("it has no whole page: %w", err)
	}
	if size := pageSizeIn(first); size != r.pageSize {
		r.lost = true
		r.note(Damage{Page: 1, Tree: "sqlite_schema", Why: "it has no header"})
		return nil
	}
	r.usable = r.pageSize - int(first[20])
	if r.usable < 480 {
		r.usable = r.pageSize
	}
	r.vacuum = binary.BigEndian.Uint32(first[52:]) != 0
	return nil
}

// pageSizeIn is what the header of a file says of its pages; 0: it is no header.
func pageSizeIn(head []byte) int {
	if len(head) < headerSize || !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return 0
	}
	n := int(binary.BigEndian.Uint16(head[16:]))
	if n == 1 {
		return 1 << 16
	}
	if n < 512 || n&(n-1) != 0 {
		return 0
	}
	return n
}

// page reads a page: from the log, if it is there.
func (r *File) page(n uint32) ([]byte, error) {
	if n == 0 || n > r.pages {
		return nil, fmt.Errorf("there is no page %d", n)
	}
	buf := make([]byte, r.pageSize)
	if at, ok := r.frames[n]; ok {
		_, err := r.log.ReadAt(buf, at)
		return buf, err
	}
	_, err := r.f.ReadAt(buf, int64(n-1)*int64(r.pageSize))
	return buf, err
}

// note remembers a damage, once.
func (r *File) note(d Damage) {
	if key := fmt.Sprint(d.Page, d.Tree); !r.noted[key] {
		r.noted[key] = true
		r.damage = append(r.damage, d)
	}
}

// Damage returns what could not be read so far, in the order in which it was found.
func (r *File) Damage() []Damage { return r.damage }

// mapOf is the page of the pointer map that has the entry of page n.
func (r *File) mapOf(n uint32) uint32 {
	per := uint32(r.usable/5) + 1
	m := (n-2)/per*per + 2
	if m == uint32(pendingByte/r.pageSize)+1 {
		m++
	}
	return m
}

// parent is what the pointer map says of a page: 0 if that is damaged, or there is none.
func (r *File) parent(n uint32) (kind byte, parent uint32) {
	if !r.vacuum || n < 3 || n > r.pages {
		return 0, 0
	}
	m := r.mapOf(n)
	if m >= n {
		return 0, 0
	}
	page, err := r.page(m)
	if err != nil {
		return 0, 0
	}
	sound, looked := r.maps[m]
	if !looked {
		sound = r.soundMap(m, page)
		r.maps[m] = sound
		if !sound {
			r.note(Damage{Page: int(m), Why: "it is of the pointer map"})
		}
	}
	if !sound {
		return 0, 0
	}
	at := 5 * int(n-m-1)
	return page[at], binary.BigEndian.Uint32(page[at+1:])
}

// soundMap tells whether each entry of a page of the pointer map can be one.
func (r *File) soundMap(m uint32, page []byte) bool {
	for i := 0; i < r.usable/5; i++ {
		n := m + 1 + uint32(i)
		if n > r.pages {
			return true
		}
		if n == uint32(pendingByte/r.pageSize)+1 {
			continue
		}
		kind, parent := page[5*i], binary.BigEndian.Uint32(page[5*i+1:])
		if kind < ofRoot || kind > ofTree || parent > r.pages || (parent == 0) != (kind == ofRoot || kind == ofFree) {
			return false
		}
	}
	return true
}
