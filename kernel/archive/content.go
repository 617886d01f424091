package archive

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/blake3"

	"github.com/llmspell/llmspell/kernel/db"
)

// chunkSize is how much of a content one row holds, before compression.
const chunkSize = 1 << 20

// How a chunk, or a value, is written in its row.
const (
	encodedRaw     = 0 // contents, whose hash tells of damage, and what older versions wrote
	encodedZstd    = 1 // has a checksum of its own
	encodedChecked = 2 // as it is, and the four bytes of its CRC-32C
)

// castagnoli is the polynomial of encodedChecked, for which processors have an instruction.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// codec compresses what is large enough. The encoder and the decoder, which take
// memory, are made when they are first needed.
type codec struct {
	from int // bytes from which it pays to try; negative: never

	mu  sync.Mutex
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// pack returns data as it is written: compressed if that saves a tenth.
func (c *codec) pack(data []byte) ([]byte, int, error) {
	if c.from < 0 || len(data) < c.from {
		return data, encodedRaw, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.enc == nil {
		var err error
		if c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(chunkSize)); err != nil {
			return nil, 0, err
		}
	}
	if out := c.enc.EncodeAll(data, nil); len(out) < len(data)-len(data)/10 {
		return out, encodedZstd, nil
	}
	return data, encodedRaw, nil
}

// packValue is pack for what has no hash: what is not compressed gets a checksum.
func (c *codec) packValue(data []byte) ([]byte, int, error) {
	out, encoding, err := c.pack(data)
	if err != nil || encoding != encodedRaw {
		return out, encoding, err
	}
	checked := make([]byte, 0, len(data)+crc32.Size)
	return binary.BigEndian.AppendUint32(append(checked, data...), crc32.Checksum(data, castagnoli)), encodedChecked, nil
}

// maxUnpacked bounds what one row can grow to.
const maxUnpacked = 64 << 20

func (c *codec) unpack(data []byte, encoding int) ([]byte, error) {
	switch encoding {
	case encodedRaw:
		return data, nil
	case encodedChecked:
		end := len(data) - crc32.Size
		if end < 0 || crc32.Checksum(data[:end], castagnoli) != binary.BigEndian.Uint32(data[end:]) {
			return nil, errors.New("its checksum is another one than when it was written")
		}
		return data[:end:end], nil
	case encodedZstd:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.dec == nil {
			var err error
			if c.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpacked)); err != nil {
				return nil, err
			}
		}
		return c.dec.DecodeAll(data, nil)
	}
	return nil, fmt.Errorf("encoding %d is not known", encoding)
}

func (c *codec) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.enc != nil {
		_ = c.enc.Close() // nothing was written through it
	}
	if c.dec != nil {
		c.dec.Close()
	}
	c.enc, c.dec = nil, nil
}

// Hash returns the hash by which a content is found: BLAKE3 in 64 hexadecimal
// digits.
func Hash(data []byte) string {
	sum := blake3.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// contentOf returns the id of a small content, which is written if it is new.
func (s *Store) contentOf(tx *db.Tx, data []byte) (id int64, err error) {
	hash := Hash(data)
	err = tx.Row(`SELECT id FROM contents WHERE hash = ?`, hash).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	res, err := tx.Exec(`INSERT INTO contents (hash, size, stored, touched) VALUES (?, ?, 0, ?)`, hash, len(data), s.now())
	if err != nil {
		return 0, err
	}
	if id, err = res.LastInsertId(); err != nil {
		return 0, err
	}
	for n := 0; n*chunkSize < len(data); n++ {
		c, err := s.pack(data[n*chunkSize : min((n+1)*chunkSize, len(data))])
		if err != nil {
			return 0, err
		}
		if err := s.addChunk(tx, id, n, c); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// chunk is a piece of a content as it is written.
type chunk struct {
	size, encoding int
	data           []byte
}

func (s *Store) pack(data []byte) (c chunk, err error) {
	c.size = len(data)
	c.data, c.encoding, err = s.codec.pack(data)
	return c, err
}

// addChunk appends to a content.
func (s *Store) addChunk(tx *db.Tx, id int64, sequence int, c chunk) error {
	res, err := tx.Exec(`UPDATE contents SET stored = stored + ?, touched = ? WHERE id = ?`, len(c.data), s.now(), id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return errf(ErrNotFound, "what was written so far is gone: it was taken for the rest of a write that was broken off; store it again")
	}
	_, err = tx.Exec(`INSERT INTO chunks (content, sequence, size, encoding, data) VALUES (?, ?, ?, ?, ?)`,
		id, sequence, c.size, c.encoding, c.data)
	return err
}

// staged is a content that has been read, and is in the database unless it fits
// into one chunk. Nothing refers to it yet.
type staged struct {
	data []byte // the whole content, if id is 0
	id   int64
	hash string
	size int64
	head []byte // the beginning, to tell the type by
}

// stage reads a content. A large one is written in transactions of one chunk, so
// that others write in between; what is broken off is collected later. whole says
// that a small one may stay in memory.
func (s *Store) stage(ctx context.Context, r io.Reader, limit int64, whole bool) (_ *staged, err error) {
	st := &staged{}
	h := blake3.New()
	defer func() {
		if err != nil {
			s.unstage(st)
		}
	}()
	buf := make([]byte, chunkSize)
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		got, readErr := io.ReadFull(r, buf)
		if readErr != nil && readErr != io.EOF && readErr != io.ErrUnexpectedEOF {
			return nil, fmt.Errorf("read the content: %w", readErr)
		}
		st.size += int64(got)
		if limit >= 0 && st.size > limit {
			return nil, errf(ErrLimit, "the content has more than %d bytes, which is the most that one artifact may have", limit)
		}
		_, _ = h.Write(buf[:got]) // never fails
		if n == 0 {
			st.head = bytes.Clone(buf[:min(got, 512)])
			if readErr != nil && (whole || got == 0) {
				st.data, st.hash = buf[:got:got], hex.EncodeToString(h.Sum(nil))
				return st, nil
			}
		}
		if got > 0 {
			if err := s.stageChunk(ctx, st, n, buf[:got]); err != nil {
				return nil, err
			}
		}
		if readErr != nil {
			st.hash = hex.EncodeToString(h.Sum(nil))
			return st, nil
		}
	}
}

func (s *Store) stageChunk(ctx context.Context, st *staged, n int, data []byte) error {
	c, err := s.pack(data) // before others have to wait
	if err != nil {
		return err
	}
	id := st.id
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if id = st.id; id == 0 {
			res, err := tx.Exec(`INSERT INTO contents (hash, size, stored, touched) VALUES (NULL, 0, 0, ?)`, s.now())
			if err != nil {
				return err
			}
			if id, err = res.LastInsertId(); err != nil {
				return err
			}
		}
		return s.addChunk(tx, id, n, c)
	})
	if err == nil {
		st.id = id
	}
	return err
}

// unstage drops what stage has written.
func (s *Store) unstage(st *staged) {
	if st.id == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// What cannot be dropped now is collected later.
	_ = s.db.Free(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM contents WHERE id = ? AND hash IS NULL`, st.id)
		return err
	})
}

// settle gives a staged content its hash, and returns the id to refer to it by. If
// there is such a content already, that one is used.
func (s *Store) settle(tx *db.Tx, st *staged) (int64, error) {
	if st.id == 0 {
		return s.contentOf(tx, st.data)
	}
	var id int64
	err := tx.Row(`SELECT id FROM contents WHERE hash = ?`, st.hash).Scan(&id)
	switch {
	case err == nil:
		_, err = tx.Exec(`DELETE FROM contents WHERE id = ? AND hash IS NULL`, st.id)
		return id, err
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	res, err := tx.Exec(`UPDATE contents SET hash = ?, size = ?, touched = ? WHERE id = ? AND hash IS NULL`, st.hash, st.size, s.now(), st.id)
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return 0, errf(ErrNotFound, "the content is gone: it was taken for the rest of a write that was broken off; store it again")
	}
	return st.id, nil
}

// unused is true of contents that nothing refers to.
const unused = `NOT EXISTS (SELECT 1 FROM artifacts WHERE content = contents.id)
	AND NOT EXISTS (SELECT 1 FROM executions WHERE source = contents.id)
	AND NOT EXISTS (SELECT 1 FROM executions WHERE variables = contents.id AND variables IS NOT NULL)
	AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE variables = contents.id)`

// dropUnused deletes those of some contents that nothing refers to any more.
func dropUnused(tx *db.Tx, ids ...int64) error {
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM contents WHERE id = ? AND `+unused, id); err != nil {
			return err
		}
	}
	return nil
}

// stale is how long a content may be written without growing before it is taken
// for one whose writer has died.
const stale = time.Hour

// Collect deletes contents that nothing refers to: those of writers that have
// died more than an hour ago. It returns how many there were, and their bytes in
// the database.
func (s *Store) Collect(ctx context.Context) (n int, stored int64, err error) {
	err = s.db.Free(ctx, func(tx *db.Tx) error {
		now := s.opts.Now()
		// A time in the future is from before a change of the clock.
		where := `(touched < ? OR touched > ?) AND ` + unused
		args := []any{now.Add(-stale).UnixMicro(), now.Add(stale).UnixMicro()}
		if err := tx.Row(`SELECT count(*), coalesce(sum(stored), 0) FROM contents WHERE `+where, args...).Scan(&n, &stored); err != nil || n == 0 {
			return err
		}
		_, err := tx.Exec(`DELETE FROM contents WHERE `+where, args...)
		return err
	})
	return n, stored, err
}

// contentReader reads a content chunk by chunk, and compares its hash at the end.
type contentReader struct {
	s    *Store
	look func(func(*db.Tx) error) error
	id   int64
	hash string
	size int64
	next int
	read int64
	rest []byte
	sum  *blake3.Hasher
	err  error
}

func (s *Store) openContent(ctx context.Context, id int64, hash string, size int64) *contentReader {
	look := func(fn func(*db.Tx) error) error { return s.db.Look(ctx, fn) }
	return &contentReader{s: s, look: look, id: id, hash: hash, size: size, sum: blake3.New()}
}

// Read reads on. At the end it fails with ErrDamaged if the content is not the one
// that was stored.
func (r *contentReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err == nil {
			r.err = r.fill()
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *contentReader) fill() error {
	if r.read == r.size {
		if got := hex.EncodeToString(r.sum.Sum(nil)); got != r.hash {
			return errf(ErrDamaged, "content %s is damaged: its hash is %s", r.hash, got)
		}
		return io.EOF
	}
	data, encoding, size, err := r.piece()
	if err != nil {
		return err
	}
	if data, err = r.s.codec.unpack(data, encoding); err != nil || len(data) != size || len(data) == 0 || r.read+int64(len(data)) > r.size {
		return errf(ErrDamaged, "content %s: piece %d is damaged", r.hash, r.next)
	}
	r.next++
	r.read += int64(len(data))
	_, _ = r.sum.Write(data) // never fails
	r.rest = data
	return nil
}

// piece reads the next row of chunks.
func (r *contentReader) piece() (data []byte, encoding, size int, err error) {
	if v := r.s.salvaged; v != nil {
		if data, encoding, size, err = v.piece(r.id, r.next); errors.Is(err, ErrDamaged) {
			err = errf(ErrDamaged, "content %s: piece %d: %v", r.hash, r.next, err)
		}
		return data, encoding, size, err
	}
	err = r.look(func(tx *db.Tx) error {
		return tx.Row(`SELECT data, encoding, size FROM chunks WHERE content = ? AND sequence = ?`, r.id, r.next).Scan(&data, &encoding, &size)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = errf(ErrDamaged, "content %s: piece %d is missing; it is damaged, or was deleted while it was read", r.hash, r.next)
	}
	return data, encoding, size, err
}

// readContent reads a small content as a whole.
func (s *Store) readContent(ctx context.Context, id int64, limit int64) ([]byte, error) {
	var hash sql.NullString
	var size int64
	err := s.db.Look(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT hash, size FROM contents WHERE id = ?`, id).Scan(&hash, &size)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errf(ErrDamaged, "its content %d is missing; it is damaged, or was deleted while it was read", id)
	}
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, errf(ErrLimit, "the content has %d bytes, and %d are the most that can be taken as a whole", size, limit)
	}
	return io.ReadAll(s.openContent(ctx, id, hash.String, size))
}

// contentIn reads a content within a transaction.
func (s *Store) contentIn(tx *db.Tx, id int64) (hash string, size int64, r io.Reader, err error) {
	err = tx.Row(`SELECT hash, size FROM contents WHERE id = ?`, id).Scan(&hash, &size)
	if errors.Is(err, sql.ErrNoRows) {
		err = errf(ErrDamaged, "its content %d is missing", id)
	}
	if err != nil {
		return "", 0, nil, err
	}
	look := func(fn func(*db.Tx) error) error { return fn(tx) }
	return hash, size, &contentReader{s: s, look: look, id: id, hash: hash, size: size, sum: blake3.New()}, nil
}
