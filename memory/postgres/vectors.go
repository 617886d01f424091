package postgres

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/llmspell/llmspell/memory"
)

var (
	_ memory.VectorReader = (*reader)(nil)
	_ memory.VectorTx     = (*writer)(nil)
)

// vectorsTable is the migration that adds vectors. The numbers are float32, the lowest byte first; none: the episode was
// seen, and has no vector. Writers of a tenant wait for each other, so that seq tells the order in which they were committed.
const vectorsTable = `
create table vectors (
	seq     bigint generated always as identity,
	tenant  integer not null references tenants,
	row     bigint not null references episodes on delete cascade,
	model   text collate "C" not null,
	text    bytea not null, -- a hash of what it was made from
	numbers bytea not null,
	primary key (row, model)
);
alter table vectors alter column numbers set storage external;
create index vectors_seq on vectors (tenant, model, seq);
create index vectors_text on vectors (tenant, model, text);
alter table vectors enable row level security;
alter table vectors force row level security;
create policy tenant on vectors using (tenant = (select nullif(current_setting('llmspell.tenant', true), '')::integer));`

// numbersOf is a vector as the table holds it.
func numbersOf(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// vectorOf reads numbers into buf, if that is large enough; nil for none.
func vectorOf(buf []float32, numbers []byte) []float32 {
	if len(numbers) == 0 {
		return nil
	}
	v := slices.Grow(buf[:0], len(numbers)/4)[:len(numbers)/4]
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
	}
	return v
}

// Vectors reads the vectors of a model.
func (r *reader) Vectors(model string, after int64, each func(row int64, vec []float32) error, bad func(row int64)) (int64, error) {
	upTo := after
	var buf []float32
	err := r.each(func(row pgx.CollectableRow) error {
		var n int64
		var numbers pgtype.DriverBytes // valid until the next row
		if err := row.Scan(&upTo, &n, &numbers); err != nil {
			return err
		}
		switch {
		case len(numbers)%4 != 0:
			bad(n)
			return nil
		case len(numbers) == 0:
			return each(n, nil)
		}
		buf = vectorOf(buf, numbers)
		return each(n, buf)
	}, "select seq, row, numbers from vectors where tenant = $1 and model = $2 and seq > $3 order by seq", r.id, encode(model), after)
	return upTo, err
}

// VectorOf finds the vector of a text.
func (r *reader) VectorOf(model string, text []byte) ([]float32, error) {
	var numbers []byte
	err := r.row("select numbers from vectors where tenant = $1 and model = $2 and text = $3 and numbers <> '' limit 1", r.id, encode(model), text).Scan(&numbers)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return vectorOf(nil, numbers), err
}

// Lacking lists rows without a vector.
func (r *reader) Lacking(model string, after int64, limit int) (out []int64, err error) {
	err = r.each(func(row pgx.CollectableRow) error {
		var n int64
		err := row.Scan(&n)
		out = append(out, n)
		return err
	}, `select e.row from episodes e where e.tenant = $1 and e.row > $3 and not exists (select from vectors v where v.row = e.row and v.model = $2) order by e.row limit $4`,
		r.id, encode(model), after, limit)
	return out, err
}

// VectorCounts counts the vectors of each model.
func (r *reader) VectorCounts() (map[string]int, error) {
	counts := map[string]int{}
	err := r.each(func(row pgx.CollectableRow) error {
		var model string
		var n int
		err := row.Scan(&model, &n)
		counts[decode(model)] = n
		return err
	}, "select model, count(*) from vectors where tenant = $1 group by model", r.id)
	return counts, err
}

// SetVectors stores vectors of episodes that are there.
func (w *writer) SetVectors(model string, list []memory.RowVector) error {
	rows, texts, numbers := make([]int64, len(list)), make([][]byte, len(list)), make([][]byte, len(list))
	for i, v := range list {
		rows[i], texts[i], numbers[i] = v.Row, append([]byte{}, v.Text...), numbersOf(v.Vector)
	}
	if err := w.DropVectors(model, rows...); err != nil || len(list) == 0 {
		return err
	}
	_, err := w.exec(`insert into vectors (tenant, row, model, text, numbers) select $1, e.row, $2, t.text, t.numbers
		from unnest($3::bigint[], $4::bytea[], $5::bytea[]) with ordinality as t (row, text, numbers, n) join episodes e on e.row = t.row and e.tenant = $1 order by t.n`,
		w.id, encode(model), rows, texts, numbers)
	return err
}

// DropVectors removes vectors of a model.
func (w *writer) DropVectors(model string, rows ...int64) error {
	_, err := w.exec("delete from vectors where tenant = $1 and model = $2 and ($3::bigint[] is null or row = any($3))", w.id, encode(model), rows)
	return err
}
