package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/vector"
)

// The vectors of a tenant are kept as their indexes are, with a file for each kind of rows. It is as large as the vectors, so it is written before
// the transaction in which it gets its name.

var _ memory.VectorKeeper = (*Store)(nil)

// vectorHead is the first line of the file. The stream after it has UpTo as its generation.
type vectorHead struct {
	Format, Tenant, Model string
	UpTo                  int64
	vectorMark
}

const vectorFormat = "llmspell vectors 1"

// vectorMark tells a vector from another that has got its number: in a backup that was put back, or after a power failure.
type vectorMark struct{ Seq, Row, Sum int64 }

func (s *Store) vectorPath(of memory.Owner, tenant string) string {
	return s.indexPath(of, tenant) + ".vectors"
}

// mark is that of the last vector of a model up to a number.
func (r *reader) mark(of memory.Owner, model string, upTo int64) (m vectorMark, err error) {
	err = r.tx.Row("select seq, row, sum from "+vectorTable(of)+" where seq <= ? and tenant = ? and model = ? order by seq desc limit 1", upTo, r.tenant, model).Scan(&m.Seq, &m.Row, &m.Sum)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return m, err
}

// KeptVectors loads what was kept; a file that is damaged, or of other vectors, is removed.
func (s *Store) KeptVectors(ctx context.Context, of memory.Owner, tenant, model string) (*vector.Index, int64) {
	if s.Where() == db.Memory {
		return nil, 0
	}
	f, err := os.Open(s.vectorPath(of, tenant))
	if err != nil {
		return nil, 0
	}
	defer f.Close()
	index, upTo, err := s.loadVectors(ctx, of, tenant, model, f)
	if err == nil {
		return index, upTo
	}
	if ctx.Err() == nil && !s.db.ReadOnly() {
		_ = os.Remove(s.vectorPath(of, tenant)) // it is made anew
	}
	return nil, 0
}

// errOtherVectors means that a file is of other vectors than there are.
var errOtherVectors = errors.New("these are other vectors")

func (s *Store) loadVectors(ctx context.Context, of memory.Owner, tenant, model string, f io.Reader) (*vector.Index, int64, error) {
	in := bufio.NewReaderSize(f, 1<<20)
	line, err := in.ReadSlice('\n')
	var h vectorHead
	if err == nil {
		err = json.Unmarshal(line, &h)
	}
	if err != nil {
		return nil, 0, err
	}
	if h.Format != vectorFormat || h.Tenant != tenant || h.Model != model || h.Seq == 0 {
		return nil, 0, errOtherVectors
	}
	if err := s.Read(ctx, tenant, func(r memory.Reader) error {
		mark, err := r.(*reader).mark(of, model, h.UpTo)
		if err == nil && mark != h.vectorMark {
			err = errOtherVectors
		}
		return err
	}); err != nil {
		return nil, 0, err
	}
	index, err := vector.New(vector.Options{Model: model})
	if err == nil {
		err = index.Load(in)
	}
	if err == nil && index.Generation() != uint64(h.UpTo) { // the line was changed
		err = errOtherVectors
	}
	return index, h.UpTo, err
}

// KeepVectors keeps an index.
func (s *Store) KeepVectors(ctx context.Context, of memory.Owner, tenant, model string, index *vector.Index, upTo int64) error {
	if s.Where() == db.Memory || s.db.ReadOnly() {
		return nil
	}
	live := make(map[int64]bool, index.Len())
	h := vectorHead{Format: vectorFormat, Tenant: tenant, Model: model, UpTo: upTo}
	var at int64
	if err := s.Read(ctx, tenant, func(m memory.Reader) (err error) {
		r := m.(*reader)
		cursor, err := r.cursor([...]history{episodeHistory, documentHistory}[of])
		if err != nil {
			return err
		}
		at = cursor.Removed
		if h.vectorMark, err = r.mark(of, model, upTo); err != nil {
			return err
		}
		rows, err := r.ids("select row from "+vectorTable(of)+" indexed by "+vectorTable(of)+"_row where model = ?", model)
		for _, row := range rows {
			live[row] = true
		}
		return err
	}); err != nil || h.vectorMark.Seq == 0 {
		return err
	}
	index.Prune(func(row int64) bool { return live[row] })
	index.SetGeneration(uint64(upTo))
	path := s.vectorPath(of, tenant)
	if err := s.writeVectors(path+newExt, h, index); err != nil {
		return err
	}
	err := s.Write(ctx, tenant, func(tx memory.Tx) error {
		removed, _, err := removedOf(tx, of, at)
		if err != nil {
			return err
		}
		if mark, err := tx.(*writer).mark(of, model, upTo); err != nil || len(removed) > 0 || mark != h.vectorMark {
			return errors.Join(memory.ErrForgotten, err)
		}
		return os.Rename(path+newExt, path) // what was forgotten before has removed it
	})
	if err != nil {
		err = errors.Join(err, remove(path+newExt))
	}
	return err
}

// abandoned is how old a file is that nobody writes any more.
const abandoned = time.Hour

// writeVectors makes the file, unless another process is at it.
func (s *Store) writeVectors(made string, h vectorHead, index *vector.Index) error {
	if info, err := os.Stat(made); err == nil && time.Since(info.ModTime()) > abandoned {
		if err := remove(made); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(made, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return s.db.Failed("keep the vectors", err)
	}
	line, err := json.Marshal(h)
	if err == nil {
		out := bufio.NewWriterSize(f, 1<<20)
		_, err = fmt.Fprintf(out, "%s\n", line)
		err = errors.Join(err, index.Save(out), out.Flush())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(s.db.Failed("keep the vectors", err), remove(made))
	}
	return nil
}

// remove removes a file that may be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// dropKept removes all that was kept of a tenant's rows.
func (s *Store) dropKept(of memory.Owner, tenant string) error {
	return errors.Join(s.dropIndex(of, tenant), s.dropVectors(of, tenant))
}

// dropVectors removes the vectors that were kept.
func (s *Store) dropVectors(of memory.Owner, tenant string) error {
	if s.Where() == db.Memory {
		return nil
	}
	path := s.vectorPath(of, tenant)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return remove(path + newExt)
	}
	if err := errors.Join(remove(path+newExt), remove(path)); err != nil {
		return fmt.Errorf("remove the vectors that were kept, some of which are of what is forgotten: %w", err)
	}
	return db.SyncFolder(filepath.Dir(path))
}
