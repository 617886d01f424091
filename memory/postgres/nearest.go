package postgres

import (
	"context"
	"errors"
	"fmt"

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
)

// errBehind means that vectors were stored by a kernel that does not know pgvector, or not the tables of this owner.
var errBehind = errors.New("vectors are not copied yet")

// Nearest has the server find the nearest vectors.
func (s *Store) Nearest(ctx context.Context, tenant, model string, vec []float32, limit int, a memory.Among) (hits []vector.Hit, ok bool, err error) {
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
			hits, err = r.nearest(ext, model, vec, limit, a)
			ok = err == nil
			return err
		})
		if errors.Is(err, errBehind) {
			if err = s.fill(ctx, a.Of, tenant); err == nil {
				continue
			}
		}
		if s.losePgvector(err) {
			return nil, false, nil
		}
		return hits, ok, err
	}
}

// collection is where the vectors of an owner of a model are that have one length; 0: there are none. vector.ErrDimension: all have another length.
func (r *reader) collection(of memory.Owner, model string, dimension int) (id int, err error) {
	err = r.row(fmt.Sprintf(`select coalesce(max(c.id) filter (where c.dimension = $3), 0) from nearest_collections c where c.tenant = $1 and c.model = $2
		and exists (select from %s n where n.collection = c.id and n.tenant = c.tenant) having count(*) filter (where c.dimension <> $3) = 0`, nearestTable(of)), r.id, encode(model), dimension).Scan(&id)
	if missing(err) {
		return 0, vector.ErrDimension
	}
	return id, err
}

func (r *reader) nearest(ext *pgvector, model string, vec []float32, limit int, a memory.Among) ([]vector.Hit, error) {
	upto, err := r.upto(a.Of)
	if err != nil {
		return nil, err
	}
	if upto != r.vectors[a.Of] {
		return nil, errBehind
	}
	collection, err := r.collection(a.Of, model, len(vec))
	if err != nil || collection == 0 || limit == 0 {
		return nil, err
	}
	filter, args, err := r.among(a)
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("%s where collection = %d and tenant = %d%s", nearestTable(a.Of), collection, r.id, filter)
	indexed := false
	if len(vec) <= maxIndexed {
		if err := r.row("select exists (select from pg_index where indexrelid = to_regclass($1) and indisvalid)", r.s.quoted+"."+indexName(a.Of, collection)).Scan(&indexed); err != nil {
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
