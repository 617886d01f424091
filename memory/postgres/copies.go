package postgres

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

// fillBatch is how many vectors are copied in one transaction.
const fillBatch = 500

// vectorText is a vector as pgvector reads it.
func vectorText(v []float32) string {
	out := []byte{'['}
	for i, x := range v {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendFloat(out, float64(x), 'g', -1, 32)
	}
	return string(append(out, ']'))
}

// storable tells whether pgvector takes a vector.
func storable(v []float32) bool {
	for _, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return false
		}
	}
	return len(v) > 0 && len(v) <= maxDimension
}

// copied is a stored vector, to be copied for pgvector.
type copied struct {
	seq, row int64
	numbers  []float32
}

// copy stores vectors of a model once more.
func (w *writer) copy(ext *pgvector, of memory.Owner, model string, list []copied) error {
	byLength := map[int][]copied{}
	for _, v := range list {
		if storable(v.numbers) {
			byLength[len(v.numbers)] = append(byLength[len(v.numbers)], v)
		}
	}
	for dimension, list := range byLength {
		var id int
		err := w.row(`with new as (insert into nearest_collections (tenant, model, dimension) values ($1, $2, $3) on conflict do nothing returning id)
			select id from new union all select id from nearest_collections where tenant = $1 and model = $2 and dimension = $3 limit 1`, w.id, encode(model), dimension).Scan(&id)
		if err != nil {
			return err
		}
		seqs, rows, texts := make([]int64, len(list)), make([]int64, len(list)), make([]string, len(list))
		for i, v := range list {
			seqs[i], rows[i], texts[i] = v.seq, v.row, vectorText(v.numbers)
		}
		if _, err := w.exec("insert into "+nearestTable(of)+" (seq, tenant, row, collection, embedding) select s, $1, r, $2, e::"+ext.schema+".vector from unnest($3::bigint[], $4::bigint[], $5::text[]) t (s, r, e)",
			w.id, id, seqs, rows, texts); err != nil {
			return err
		}
		if err := w.noteGrown(grown{of, id, dimension}); err != nil {
			return err
		}
	}
	return nil
}

// copyBehind copies vectors that were stored now, if all before them were copied; else fill does so.
func (w *writer) copyBehind(ext *pgvector, of memory.Owner, model string, list []copied, before int64) error {
	upto, err := w.upto(of)
	if err != nil || upto != before {
		return err
	}
	if err := w.copy(ext, of, model, list); err != nil {
		return err
	}
	return w.setUpto(of, w.vectors[of])
}

// upto tells how far the copies go.
func (r *reader) upto(of memory.Owner) (seq int64, err error) {
	if err = r.row("select upto from "+nearestTable(of)+"_upto where tenant = $1", r.id).Scan(&seq); missing(err) {
		return 0, nil
	}
	return seq, err
}

// setUpto notes how far the copies go.
func (w *writer) setUpto(of memory.Owner, seq int64) error {
	_, err := w.exec("insert into "+nearestTable(of)+"_upto (tenant, upto) values ($1, $2) on conflict (tenant) do update set upto = excluded.upto", w.id, seq)
	return err
}

// fill copies the vectors that other kernels have stored without pgvector.
func (s *Store) fill(ctx context.Context, of memory.Owner, tenant string) error {
	for done := false; !done; {
		if err := s.write(ctx, tenant, func(w *writer) error {
			ext := s.pgvector.Load()
			if ext == nil {
				done = true
				return nil
			}
			at, err := w.upto(of)
			if err != nil {
				return err
			}
			models := map[string][]copied{}
			n := 0
			if err := w.each(func(row pgx.CollectableRow) error {
				var v copied
				var model string
				var numbers []byte
				if err := row.Scan(&v.seq, &v.row, &model, &numbers); err != nil {
					return err
				}
				n, at = n+1, v.seq
				if len(numbers)%4 == 0 {
					v.numbers = decodeVector(numbers)
					models[decode(model)] = append(models[decode(model)], v)
				}
				return nil
			}, fmt.Sprintf("select seq, row, model, numbers from %s where tenant = $1 and seq > $2 order by seq limit %d", vectorTable(of), fillBatch), w.id, at); err != nil {
				return err
			}
			for model, list := range models {
				if err := w.copy(ext, of, model, list); err != nil {
					return err
				}
			}
			if done = n < fillBatch; done {
				at = w.vectors[of]
			}
			return w.setUpto(of, at)
		}); err != nil {
			return err
		}
	}
	return nil
}
