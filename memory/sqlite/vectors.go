package sqlite

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/memory"
)

var (
	_ memory.VectorReader = (*reader)(nil)
	_ memory.VectorTx     = (*writer)(nil)
)

// vectorsTable is the migration that adds vectors. The numbers are float32, the lowest byte first; none:
// the episode was seen, and has no vector. They stand last, so that those of other models are not read.
const vectorsTable = `
create table vectors (
	seq     integer primary key autoincrement,
	tenant  text not null,
	row     integer not null,
	model   text not null,
	text    blob not null, -- a hash of what it was made from
	sum     integer not null,
	numbers blob not null
);
create unique index vectors_row on vectors (row, model);
create index vectors_text on vectors (tenant, model, text);`

// chunkVectorsTable is the migration that adds vectors of chunks, as of turns.
const chunkVectorsTable = `
create table chunk_vectors (
	seq     integer primary key autoincrement,
	tenant  text not null,
	row     integer not null,
	model   text not null,
	text    blob not null,
	sum     integer not null,
	numbers blob not null
);
create unique index chunk_vectors_row on chunk_vectors (row, model);
create index chunk_vectors_text on chunk_vectors (tenant, model, text);`

// vectorTable is where the vectors of an owner are, and rowTable where its rows are.
func vectorTable(of memory.Owner) string { return [...]string{"vectors", "chunk_vectors"}[of] }
func rowTable(of memory.Owner) string    { return [...]string{"episodes", "chunks"}[of] }

// vectorSum covers all of a row of vectors but its number.
func vectorSum(tenant string, row int64, model string, text, numbers []byte) int64 {
	buf := binary.LittleEndian.AppendUint64(nil, uint64(row))
	for _, s := range []string{tenant, model, string(text)} {
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(len(s))), s...)
	}
	table := crc32.MakeTable(crc32.Castagnoli)
	return int64(crc32.Update(crc32.Checksum(buf, table), table, numbers))
}

func encodeVector(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// decodeVector reads numbers whose checksum was right, into buf if that is large enough.
func decodeVector(buf []float32, numbers []byte) []float32 {
	if len(numbers) == 0 {
		return nil
	}
	v := slices.Grow(buf[:0], len(numbers)/4)[:len(numbers)/4]
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
	}
	return v
}

// Vectors reads the vectors of a model, without those that are damaged.
func (r *reader) Vectors(of memory.Owner, model string, after int64, each func(row int64, vec []float32) error, bad func(row int64)) (upTo int64, err error) {
	if err := r.tx.Row("select coalesce((select seq from sqlite_sequence where name = ?), 0)", vectorTable(of)).Scan(&upTo); err != nil || upTo == after {
		return upTo, err
	}
	var text, numbers sql.RawBytes
	var row, sum int64
	var buf []float32
	err = r.tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(&row, &text, &sum, &numbers); err != nil {
			return err
		}
		if len(numbers)%4 != 0 || vectorSum(r.tenant, row, model, text, numbers) != sum {
			bad(row)
			return nil
		}
		if len(numbers) == 0 {
			return each(row, nil)
		}
		buf = decodeVector(buf, numbers)
		return each(row, buf)
	}, "select row, text, sum, numbers from "+vectorTable(of)+" where seq > ? and tenant = ? and model = ? order by seq", after, r.tenant, model)
	return upTo, err
}

// VectorOf finds the vector of a text.
func (r *reader) VectorOf(of memory.Owner, model string, text []byte) (v []float32, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var row, sum int64
		var numbers []byte
		if err := rows.Scan(&row, &sum, &numbers); err != nil {
			return err
		}
		if len(numbers)%4 == 0 && len(numbers) > 0 && vectorSum(r.tenant, row, model, text, numbers) == sum {
			v = decodeVector(nil, numbers)
		}
		return nil
	}, "select row, sum, numbers from "+vectorTable(of)+" where tenant = ? and model = ? and text = ? limit 1", r.tenant, model, text)
	return v, err
}

// VectorLength looks at one vector.
func (r *reader) VectorLength(of memory.Owner, model string) (n int, err error) {
	return n, r.tx.Row("select coalesce((select length(numbers)/4 from "+vectorTable(of)+" where tenant = ? and model = ? and length(numbers) > 0 limit 1), 0)", r.tenant, model).Scan(&n)
}

// Lacking lists rows without a vector.
func (r *reader) Lacking(of memory.Owner, model string, after int64, limit int) (out []int64, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var row int64
		err := rows.Scan(&row)
		out = append(out, row)
		return err
	}, lacking(of), after, r.tenant, model, limit)
	return out, err
}

func lacking(of memory.Owner) string {
	return "select e.row from " + rowTable(of) + " e not indexed where e.row > ? and e.tenant = ? and not exists (select 1 from " + vectorTable(of) + " v where v.row = e.row and v.model = ?) order by e.row limit ?"
}

// VectorCounts counts the vectors of each model.
func (r *reader) VectorCounts(of memory.Owner) (map[string]int, error) {
	counts := map[string]int{}
	err := r.tx.Each(func(rows *sql.Rows) error {
		var model string
		var n int
		err := rows.Scan(&model, &n)
		counts[model] = n
		return err
	}, "select model, count(*) from "+vectorTable(of)+" where tenant = ? group by model", r.tenant)
	return counts, err
}

// SetVectors stores vectors of episodes that are there.
func (w *writer) SetVectors(of memory.Owner, model string, list []memory.RowVector) error {
	for _, v := range list {
		if _, err := w.tx.Exec("delete from "+vectorTable(of)+" where row = ? and model = ? and tenant = ?", v.Row, model, w.tenant); err != nil {
			return err
		}
		text, numbers := v.Text, encodeVector(v.Vector)
		if text == nil {
			text = []byte{}
		}
		if _, err := w.tx.Exec("insert into "+vectorTable(of)+" (tenant, row, model, text, sum, numbers) select ?, row, ?, ?, ?, ? from "+rowTable(of)+" where row = ? and tenant = ?",
			w.tenant, model, text, vectorSum(w.tenant, v.Row, model, text, numbers), numbers, v.Row, w.tenant); err != nil {
			return err
		}
	}
	return nil
}

// DropVectors removes vectors of a model.
func (w *writer) DropVectors(of memory.Owner, model string, rows ...int64) error {
	if err := w.s.dropVectors(of, w.tenant); err != nil {
		return err
	}
	if rows == nil {
		_, err := w.tx.Exec("delete from "+vectorTable(of)+" where tenant = ? and model = ?", w.tenant, model)
		return err
	}
	for _, row := range rows {
		if _, err := w.tx.Exec("delete from "+vectorTable(of)+" where row = ? and model = ? and tenant = ?", row, model, w.tenant); err != nil {
			return err
		}
	}
	return nil
}

// checkVectors compares the checksums of all vectors of an owner, of all tenants.
func (r *reader) checkVectors(of memory.Owner) error {
	var damage []error
	err := r.tx.Each(func(rows *sql.Rows) error {
		var row, sum int64
		var tenant, model string
		var text, numbers sql.RawBytes
		if err := rows.Scan(&tenant, &row, &model, &text, &sum, &numbers); err != nil {
			return err
		}
		if len(numbers)%4 != 0 || vectorSum(tenant, row, model, text, numbers) != sum {
			damage = append(damage, fmt.Errorf("the vector of row %d of %s by %s", row, rowTable(of), strings.TrimSpace(model)))
		}
		return nil
	}, "select tenant, row, model, text, sum, numbers from "+vectorTable(of))
	if len(damage) > 0 {
		more := ""
		if n := len(damage) - 5; n > 0 {
			damage, more = damage[:5], fmt.Sprintf(" and of %d more", n)
		}
		return errors.Join(err, fmt.Errorf("%w%s: the checksum is wrong; llmspell memory embed makes them anew", errors.Join(damage...), more))
	}
	return err
}
