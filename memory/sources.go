package memory

import (
	"context"
	"slices"
)

// A fact is forgotten with the last of its sources: the episodes that tell it. What somebody has asserted, which
// is the source 0, is no episode's, and stays. A fact that has nothing but that has no sources at all.

// Asserted tells whether somebody has asserted the fact, so that it stays whatever turns are forgotten.
func (f *Fact) Asserted() bool { return len(f.Sources) == 0 || f.Sources[0] == 0 }

// Told are the sources of a fact that others tell, too.
func Told(have, others []int64) []int64 {
	all := make([]int64, 0, len(have)+len(others)+1)
	for _, list := range [][]int64{have, others} {
		if all = append(all, list...); len(list) == 0 {
			all = append(all, 0)
		}
	}
	return Sources(all...)
}

// SourcesLeft are those that are left of some when episodes are forgotten; false: the fact is forgotten with them.
func SourcesLeft(sources []int64, gone func(row int64) bool) (left []int64, ok bool) {
	for _, row := range sources {
		if row == 0 || !gone(row) {
			left = append(left, row)
		}
	}
	return Sources(left...), len(left) > 0 || len(sources) == 0
}

// Sources are those of a fact that episodes of some rows tell, as Fact has them.
func Sources(rows ...int64) []int64 {
	list := slices.Clone(rows)
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 || len(list) == 1 && list[0] == 0 {
		return nil
	}
	return list
}

// TurnName names an episode.
type TurnName struct {
	Session string `json:"session"`
	ID      string `json:"id"`
}

// TurnsOf names the episodes that tell facts, by the numbers of these. Those that were forgotten, while what they told was kept, are left out.
func (m *Memory) TurnsOf(ctx context.Context, facts ...Fact) (map[int64][]TurnName, error) {
	var rows []int64
	for _, f := range facts {
		rows = append(rows, f.Sources...)
	}
	out := map[int64][]TurnName{}
	if rows = Sources(rows...); len(rows) == 0 {
		return out, nil
	}
	names := map[int64]TurnName{}
	err := m.backend.Read(ctx, m.tenant, func(r Reader) error {
		turns, err := r.EpisodesAt(rows)
		for _, e := range turns {
			names[e.Row] = TurnName{e.Session, e.ID}
		}
		return err
	})
	for _, f := range facts {
		for _, row := range f.Sources {
			if name, ok := names[row]; ok {
				out[f.ID] = append(out[f.ID], name)
			}
		}
	}
	return out, err
}
