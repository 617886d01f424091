package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/vector"
)

var _ memory.Finder = (*Store)(nil)

const (
	// exactMost is how many vectors of a model are compared one by one; of more there is an index.
	exactMost = 10_000
	// maxDimension is how many numbers a vector of pgvector has at most; longer ones our own index finds.
	maxDimension = 16_000
	// maxIndexed is how many numbers a vector in an index has at most; longer ones are compared one by one.
	maxIndexed = 2_000
	// fillBatch is how many vectors are copied in one transaction.
	fillBatch = 500
)

// errBehind means that vectors were stored by a kernel that does not know pgvector.
var errBehind = errors.New("vectors are not copied yet")

// Nearest has the server find the nearest vectors.
func (s *Store) Nearest(ctx context.Context, tenant, model string, vec []float32, limit int, f memory.Filter) (hits []vector.Hit, ok bool, err error) {
	if len(vec) == 0 || len(vec) > maxDimension {
		return nil, false, nil
	}
	for {
		err = s.read(ctx, tenant, func(r *reader) error {
			ext := s.pgvector.Load()
			if ext == nil {
				return nil
			}
			var err error
			hits, err = r.nearest(ext, model, vec, limit, f)
			ok = err == nil
			return err
		})
		if errors.Is(err, errBehind) {
			if err = s.fill(ctx, tenant); err == nil {
				continue
			}
		}
		if s.losePgvector(err) {
			return nil, false, nil
		}
		return hits, ok, err
	}
}

// collection is where the vectors of a model are that have one length; 0: there are none. vector.ErrDimension: all have another length.
func (r *reader) collection(model string, dimension int) (id int, err error) {
	err = r.row(`select coalesce(max(c.id) filter (where c.dimension = $3), 0) from nearest_collections c where c.tenant = $1 and c.model = $2
		and exists (select from nearest n where n.collection = c.id) having count(*) filter (where c.dimension <> $3) = 0`, r.id, encode(model), dimension).Scan(&id)
	if missing(err) {
		return 0, vector.ErrDimension
	}
	return id, err
}

func (r *reader) nearest(ext *pgvector, model string, vec []float32, limit int, f memory.Filter) ([]vector.Hit, error) {
	upto := int64(0)
	if err := r.row("select upto from nearest_upto where tenant = $1", r.id).Scan(&upto); err != nil && !missing(err) {
		return nil, err
	}
	if upto != r.vectors[memory.Turns] {
		return nil, errBehind
	}
	collection, err := r.collection(model, len(vec))
	if err != nil || collection == 0 || limit == 0 {
		return nil, err
	}
	all := r.filtered(f)
	if len(f.Metadata) > 0 { // which the database does not compare
		f.Limit, f.Order = 0, memory.ByRow
		rows := []int64{}
		f.Damaged = func(*memory.Episode, error) error { return nil } // it is not found
		if err := r.Episodes(f, func(e *memory.Episode) error { rows = append(rows, e.Row); return nil }); err != nil {
			return nil, err
		}
		all.where("row = any(?)", rows)
	}
	from := fmt.Sprintf("nearest where collection = %d", collection)
	var args []any
	if all.filters {
		args = all.args
		from += " and row in (select row from episodes where " + all.text + ")"
	}
	indexed := false
	if len(vec) <= maxIndexed {
		if err := r.row("select exists (select from pg_index where indexrelid = to_regclass($1) and indisvalid)", r.s.quoted+"."+indexName(collection)).Scan(&indexed); err != nil {
			return nil, err
		}
	}
	if indexed {
		hits, err := r.ordered(ext, from, fmt.Sprintf("embedding::%s.vector(%d)", ext.schema, len(vec)), args, vec, limit)
		if err != nil || len(hits) == limit {
			return hits, err
		}
		// The index has given up before it had enough: so few are left that they are compared one by one.
	}
	return r.ordered(ext, from, "embedding", args, vec, limit)
}

// scanSettings are those of searches by the index: so many candidates, and more of them while a filter leaves too few.
const scanSettings = `select set_config('hnsw.ef_search', '%d', true), set_config('hnsw.iterative_scan', 'strict_order', true),
	set_config('hnsw.max_scan_tuples', '200000', true), set_config('hnsw.scan_mem_multiplier', '8', true), set_config('jit', 'off', true), set_config('enable_sort', $1, true)`

// candidates is how many are looked at by the index.
const candidates = 400

// ordered reads rows in the order of an expression's nearness. The vectors have the length 1.
func (r *reader) ordered(ext *pgvector, from, expression string, args []any, vec []float32, limit int) (out []vector.Hit, err error) {
	n := len(args) + 1
	distance := fmt.Sprintf("%s operator(%s.<#>) $%d::text::%s.vector", expression, ext.schema, n, ext.schema)
	query := fmt.Sprintf("select row, -(%s) from %s order by %s, row limit %d", distance, from, distance, limit)
	if expression != "embedding" {
		// With a filter the server may find it faster to compare all that are left.
		if _, err := r.exec(fmt.Sprintf(scanSettings, max(candidates, min(limit, 1000))), map[bool]string{true: "off", false: "on"}[len(args) == 0]); err != nil {
			return nil, err
		}
		query = fmt.Sprintf("select row, -(%s) from %s order by %s limit %d", distance, from, distance, limit)
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var h vector.Hit
		var score float64
		err := row.Scan(&h.ID, &score)
		h.Score = float32(score)
		out = append(out, h)
		return err
	}, query, append(args[:len(args):len(args)], vectorText(vec))...)
	return out, err
}

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
func (w *writer) copy(ext *pgvector, model string, list []copied) error {
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
		if _, err := w.exec("insert into nearest (seq, tenant, row, collection, embedding) select s, $1, r, $2, e::"+ext.schema+".vector from unnest($3::bigint[], $4::bigint[], $5::text[]) t (s, r, e)",
			w.id, id, seqs, rows, texts); err != nil {
			return err
		}
		if err := w.noteGrown(id, dimension); err != nil {
			return err
		}
	}
	return nil
}

// copyBehind copies vectors that were stored now, if all before them were copied; else fill does so.
func (w *writer) copyBehind(ext *pgvector, model string, list []copied, before int64) error {
	upto := int64(0)
	if err := w.row("select upto from nearest_upto where tenant = $1", w.id).Scan(&upto); err != nil && !missing(err) {
		return err
	}
	if upto != before {
		return nil
	}
	if err := w.copy(ext, model, list); err != nil {
		return err
	}
	return w.upto(w.vectors[memory.Turns])
}

// upto notes how far the copies go.
func (w *writer) upto(seq int64) error {
	_, err := w.exec("insert into nearest_upto (tenant, upto) values ($1, $2) on conflict (tenant) do update set upto = excluded.upto", w.id, seq)
	return err
}

// fill copies the vectors that other kernels have stored without pgvector.
func (s *Store) fill(ctx context.Context, tenant string) error {
	for done := false; !done; {
		if err := s.write(ctx, tenant, func(w *writer) error {
			ext := s.pgvector.Load()
			if ext == nil {
				done = true
				return nil
			}
			at := int64(0)
			if err := w.row("select upto from nearest_upto where tenant = $1", w.id).Scan(&at); err != nil && !missing(err) {
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
			}, fmt.Sprintf("select seq, row, model, numbers from vectors where tenant = $1 and seq > $2 order by seq limit %d", fillBatch), w.id, at); err != nil {
				return err
			}
			for model, list := range models {
				if err := w.copy(ext, model, list); err != nil {
					return err
				}
			}
			if done = n < fillBatch; done {
				at = w.vectors[memory.Turns]
			}
			return w.upto(at)
		}); err != nil {
			return err
		}
	}
	return nil
}
