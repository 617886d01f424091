package postgres

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

var (
	_ memory.VectorReader = (*reader)(nil)
	_ memory.VectorTx     = (*writer)(nil)
)

// vectorTable is where the vectors of an owner are, and rowTable where its rows are.
func vectorTable(of memory.Owner) string { return [...]string{"vectors", "chunk_vectors"}[of] }
func rowTable(of memory.Owner) string    { return [...]string{"episodes", "chunks"}[of] }

func encodeVector(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

func decodeVector(numbers []byte) []float32 {
	if len(numbers) == 0 {
		return nil
	}
	v := make([]float32, len(numbers)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
	}
	return v
}

// Vectors reads the vectors of a model.
func (r *reader) Vectors(of memory.Owner, model string, after int64, each func(row int64, vec []float32) error, bad func(row int64)) (int64, error) {
	if r.vectors[of] == after {
		return after, nil
	}
	err := r.each(func(rows pgx.CollectableRow) error {
		var row int64
		var numbers []byte
		if err := rows.Scan(&row, &numbers); err != nil {
			return err
		}
		if len(numbers)%4 != 0 {
			bad(row)
			return nil
		}
		return each(row, decodeVector(numbers))
	}, "select row, numbers from "+vectorTable(of)+" where tenant = $1 and model = $2 and (tenant, model, seq) > ($1, $2, $3) order by seq", r.id, encode(model), after)
	return r.vectors[of], err
}

// VectorOf finds the vector of a text.
func (r *reader) VectorOf(of memory.Owner, model string, text []byte) ([]float32, error) {
	var numbers []byte
	err := r.row("select numbers from "+vectorTable(of)+" where tenant = $1 and model = $2 and text = $3 limit 1", r.id, encode(model), text).Scan(&numbers)
	if missing(err) {
		return nil, nil
	}
	return decodeVector(numbers), err
}

// VectorLength looks at one vector.
func (r *reader) VectorLength(of memory.Owner, model string) (n int, err error) {
	return n, r.row("select coalesce((select octet_length(numbers)/4 from "+vectorTable(of)+" where tenant = $1 and model = $2 and octet_length(numbers) > 0 limit 1), 0)", r.id, encode(model)).Scan(&n)
}

// Lacking lists rows without a vector.
func (r *reader) Lacking(of memory.Owner, model string, after int64, limit int) ([]int64, error) {
	// The limit has each row looked up: without statistics the server compares all rows with all vectors.
	return r.numbers(fmt.Sprintf(`select e.row from %s e left join lateral (select true as has from %s v where v.row = e.row and v.model = $3 and v.tenant = $1 limit 1) v on true
		where e.tenant = $1 and (e.tenant, e.row) > ($1, $2) and v.has is null order by e.row limit %d`,
		rowTable(of), vectorTable(of), limit), r.id, after, encode(model))
}

// VectorCounts counts the vectors of each model.
func (r *reader) VectorCounts(of memory.Owner) (map[string]int, error) {
	counts := map[string]int{}
	err := r.each(func(row pgx.CollectableRow) error {
		var model string
		var n int
		err := row.Scan(&model, &n)
		counts[decode(model)] = n
		return err
	}, "select model, count(*) from "+vectorTable(of)+" where tenant = $1 group by model", r.id)
	return counts, err
}

// SetVectors stores vectors of episodes that are there.
func (w *writer) SetVectors(of memory.Owner, model string, list []memory.RowVector) error {
	rows := make([]int64, len(list))
	for i, v := range list {
		rows[i] = v.Row
	}
	if err := w.DropVectors(of, model, rows...); err != nil {
		return err
	}
	var batch pgx.Batch
	var stored []copied
	for _, v := range list {
		text := v.Text
		if text == nil {
			text = []byte{}
		}
		batch.Queue("insert into "+vectorTable(of)+" (tenant, row, model, text, numbers) select tenant, row, $3, $4, $5 from "+rowTable(of)+" where tenant = $1 and row = $2 returning seq",
			w.id, v.Row, encode(model), text, encodeVector(v.Vector)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				c := copied{row: v.Row, numbers: v.Vector}
				if err := rows.Scan(&c.seq); err != nil {
					return err
				}
				stored = append(stored, c)
			}
			return rows.Err()
		})
	}
	if err := w.tx.SendBatch(w.ctx, &batch).Close(); err != nil || len(stored) == 0 {
		return err
	}
	w.added[vectorTable(of)] += len(stored)
	before := w.vectors[of]
	for _, c := range stored {
		w.vectors[of] = max(w.vectors[of], c.seq)
	}
	ext := w.s.pgvector.Load()
	if ext == nil {
		return nil
	}
	err := w.copyBehind(ext, of, model, stored, before)
	w.s.losePgvector(err)
	return err
}

// DropVectors removes vectors of a model.
func (w *writer) DropVectors(of memory.Owner, model string, rows ...int64) error {
	if rows == nil {
		_, err := w.exec("delete from "+vectorTable(of)+" where tenant = $1 and model = $2", w.id, encode(model))
		return err
	}
	_, err := w.exec("delete from "+vectorTable(of)+" where tenant = $1 and model = $2 and row = any($3)", w.id, encode(model), rows)
	return err
}
