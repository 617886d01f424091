package memory

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/llmspell/llmspell/memory/text"
)

// Keeper is a Backend that also keeps a tenant's indexes for the next process: that of turns, and that of the chunks of
// documents. What it keeps is made of texts, so it ends when one of these rows is dropped: before the
// Write that drops it returns.
type Keeper interface {
	// KeptIndex returns what was kept last; nil: nothing is.
	KeptIndex(of Owner, tenant string) ([]byte, error)
	// KeepIndex keeps data in place of what it kept; nil: nothing. The error is
	// ErrForgotten, and data is not kept, if such a row of the tenant's was dropped after at.
	KeepIndex(ctx context.Context, of Owner, tenant string, data []byte, at Cursor) error
}

// ErrForgotten means that an index was not kept, because it may have words of what was forgotten.
var ErrForgotten = errors.New("something in the index was forgotten")

// Keeping keeps the index of a tenant's rows of one kind for the next process, and remembers how much of it is not kept.
// Changed and MuchChanged are called while the caller holds what guards the index.
type Keeping struct {
	backend Backend
	tenant  string
	rows    KeptRows

	one    sync.Mutex // the index is kept by one at a time
	unkept int        // changes since it was kept
	gone   bool       // what was kept is not there any more
}

// KeptRows are those that an index is of.
type KeptRows struct {
	Of      Owner
	Cursor  func(Reader) (Cursor, error)
	Removed func(Reader, int64) (rows []int64, upTo int64, err error)
	// Print tells a row from another that has got its number: in a backup that was put back, or after a
	// power failure. nil: it is not there, or damaged.
	Print func(Reader, int64) ([]byte, error)
}

// KeptAt says what rows a kept index is of: those up to a cursor, of which the last has a print.
type KeptAt struct {
	Cursor Cursor
	Last   int64
	Print  []byte
}

// NewKeeping makes the Keeping of a tenant's rows.
func NewKeeping(b Backend, tenant string, rows KeptRows) *Keeping {
	return &Keeping{backend: b, tenant: tenant, rows: rows}
}

// Load returns what decode has made of the index that is kept, if it is one of the rows that there are. If not, it is
// kept no longer, and the index must be built anew.
func Load[T any](ctx context.Context, k *Keeping, decode func(data []byte) (index *T, at KeptAt)) (*T, error) {
	keeper, ok := k.backend.(Keeper)
	if !ok {
		return nil, nil
	}
	data, err := keeper.KeptIndex(k.rows.Of, k.tenant)
	if err != nil || data == nil {
		return nil, nil // it is built anew
	}
	if index, at := decode(data); index != nil && k.fits(ctx, at) {
		return index, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_ = keeper.KeepIndex(ctx, k.rows.Of, k.tenant, nil, Cursor{}) // it is not trusted the next time either
	return nil, nil
}

// fits tells whether an index is one of the rows that there are, or were before others came.
func (k *Keeping) fits(ctx context.Context, at KeptAt) (ok bool) {
	err := k.backend.Read(ctx, k.tenant, func(r Reader) error {
		now, err := k.rows.Cursor(r)
		if err != nil || now.Row < at.Cursor.Row || now.Removed < at.Cursor.Removed || at.Last > at.Cursor.Row {
			return err
		}
		removed, _, err := k.rows.Removed(r, at.Cursor.Removed)
		if err != nil || len(removed) > 0 {
			return err
		}
		print, err := k.rows.Print(r, at.Last)
		ok = err == nil && print != nil && bytes.Equal(print, at.Print)
		return err
	})
	return ok && err == nil
}

// Changed notes so many changes; dropped, that rows were dropped, with which what was kept of them is gone.
func (k *Keeping) Changed(n int, dropped bool) {
	k.unkept += n
	k.gone = k.gone || dropped
}

// fewChanges are never worth to keep the index again.
const fewChanges = 250

// MuchChanged tells whether to read the changes again would take longer than to keep an index of so many.
func (k *Keeping) MuchChanged(size int) bool { return k.unkept >= fewChanges+size/20 }

// Due is MuchChanged at the end of a process, when what is not there any more is worth to be kept again, too.
func (k *Keeping) Due(size int) bool { return k.MuchChanged(size) || k.gone && size >= fewChanges }

// Keep saves the index. last is its last row, 0 if it is not to be kept; encode is what is to be kept, with the print of that row. Both are called while mu is held.
func (k *Keeping) Keep(ctx context.Context, mu *sync.RWMutex, last func() int64, encode func(print []byte) (data []byte, at Cursor, err error)) error {
	keeper, ok := k.backend.(Keeper)
	if !ok {
		return nil
	}
	k.one.Lock()
	defer k.one.Unlock()
	mu.RLock()
	row := last()
	mu.RUnlock()
	if row == 0 {
		return nil
	}
	var print []byte
	err := k.backend.Read(ctx, k.tenant, func(r Reader) (err error) {
		print, err = k.rows.Print(r, row)
		return err
	})
	if err != nil || print == nil {
		return err
	}
	mu.RLock()
	if last() != row { // it has changed meanwhile: the next search keeps it
		mu.RUnlock()
		return nil
	}
	unkept := k.unkept
	data, at, err := encode(print)
	mu.RUnlock()
	if err != nil {
		return err
	}
	err = keeper.KeepIndex(ctx, k.rows.Of, k.tenant, data, at)
	mu.Lock()
	defer mu.Unlock()
	k.unkept -= unkept // also if it failed: it is not tried at every search
	k.gone = k.gone && err != nil
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Pack is the form in which words are kept with a head: the length of the head, the head, and the words, whose generation
// is the head's checksum.
func Pack(head any, words *text.Index) ([]byte, error) {
	var front, out bytes.Buffer
	if err := gob.NewEncoder(&front).Encode(head); err != nil {
		return nil, fmt.Errorf("save an index: %w", err)
	}
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(front.Len())))
	out.Write(front.Bytes())
	err := words.Save(&out, uint64(crc32.Checksum(front.Bytes(), castagnoli)))
	return out.Bytes(), err
}

// Unpack reads what Pack has made. nil: it is damaged, or made by another version.
func Unpack(data []byte, head any, params text.Params) *text.Index {
	if len(data) < 8 {
		return nil
	}
	size, data := binary.LittleEndian.Uint64(data), data[8:]
	if size > uint64(len(data)) {
		return nil
	}
	front, rest := data[:size], data[size:]
	words, generation, err := text.Load(bytes.NewReader(rest), params)
	if err != nil || generation != uint64(crc32.Checksum(front, castagnoli)) || gob.NewDecoder(bytes.NewReader(front)).Decode(head) != nil {
		return nil
	}
	return words
}

// Names gives strings numbers, for a head.
type Names struct {
	List    []string
	numbers map[string]int32
}

// Number is that of a name.
func (n *Names) Number(name string) int32 {
	i, ok := n.numbers[name]
	if !ok {
		if n.numbers == nil {
			n.numbers = map[string]int32{}
		}
		i = int32(len(n.List))
		n.numbers[name], n.List = i, append(n.List, name)
	}
	return i
}
