package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Patterns returns those that are meant, each with its confidence: how often To came of all that came after From,
// with one more that was not seen, so that little that was seen gives little confidence. The most
// certain come first.
func (m *Memory) Patterns(ctx context.Context, q PatternQuery) (out []Pattern, err error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	type after struct{ session, kind, about, from string }
	totals := map[after]int{}
	key := func(p *Pattern) after { return after{p.Session, p.Kind, p.About, p.From} }
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		clear(totals)
		out = nil
		all, err := r.Patterns(PatternQuery{Sessions: q.Sessions, Kind: q.Kind, About: q.About, Damaged: q.Damaged})
		for i := range all {
			totals[key(&all[i])] += all[i].Count
			if q.Match(&all[i]) {
				out = append(out, all[i])
			}
		}
		return err
	})
	for i := range out {
		out[i].Confidence = float64(out[i].Count) / float64(totals[key(&out[i])]+1)
	}
	slices.SortStableFunc(out, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(b.Count, a.Count), cmp.Compare(b.Last, a.Last), cmp.Compare(a.ID, b.ID))
	})
	return out, err
}

// Learn adds to the counts of patterns. Those without times were seen now.
func (m *Memory) Learn(ctx context.Context, list []Pattern) error {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	for i := range list {
		p := &list[i]
		if err := p.validate(); err != nil {
			return err
		}
		if now := At(m.clock()); p.First == 0 && p.Last == 0 {
			p.First, p.Last = now, now
		}
	}
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		if err := tx.CountPatterns(list); err != nil {
			return err
		}
		if m.learned.Add(int64(len(list))) < pruneAfter {
			return nil
		}
		m.learned.Store(0)
		return prune(tx)
	})
}

// pruneAfter is after how many patterns that were counted it is looked whether there are too many.
const pruneAfter = 1000

// maxPatterns is how many a tenant has at most.
const maxPatterns = 10_000

// prune drops, where there are too many, a tenth: what was seen least, of these what was not seen for longest.
func prune(tx Tx) error {
	all, err := tx.Patterns(PatternQuery{})
	if err != nil || len(all) <= maxPatterns {
		return err
	}
	slices.SortFunc(all, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(a.Count, b.Count), cmp.Compare(a.Last, b.Last), cmp.Compare(a.ID, b.ID))
	})
	var q PatternQuery
	for _, p := range all[:len(all)-maxPatterns*9/10] {
		q.IDs = append(q.IDs, p.ID)
	}
	_, err = tx.DropPatterns(q)
	return err
}

// validate tells what is wrong with a pattern, before it is stored.
func (p *Pattern) validate() error {
	switch {
	case p.Kind != StatePattern && p.Kind != ToolPattern:
		return fmt.Errorf("a pattern is of the kind %q or %q", StatePattern, ToolPattern)
	case p.Count < 1 || p.Failed < 0 || p.Failed > p.Count:
		return errors.New("a pattern counts something, and of that what failed")
	}
	for _, text := range []string{p.Session, p.About, p.From, p.To} {
		if !utf8.ValidString(text) || len(text) > 2*MaxName {
			return fmt.Errorf("the parts of a pattern are texts in UTF-8 of at most %d bytes", 2*MaxName)
		}
	}
	return nil
}

// ForgetPattern removes one by its number, also a damaged one, so that no trace is left. ErrNotFound: there is none.
func (m *Memory) ForgetPattern(ctx context.Context, id int64) error {
	_, err := m.forgetKnowledge(ctx, func(tx Tx) (int, error) {
		n, err := tx.DropPatterns(PatternQuery{IDs: []int64{id}})
		if err == nil && n == 0 {
			err = fmt.Errorf("pattern %d: %w", id, ErrNotFound)
		}
		return n, err
	})
	return err
}

// ForgetPatterns removes those that are meant, so that no trace is left, and tells how many there were.
func (m *Memory) ForgetPatterns(ctx context.Context, q PatternQuery) (int, error) {
	if err := q.check(); err != nil {
		return 0, err
	}
	return m.forgetKnowledge(ctx, func(tx Tx) (int, error) { return tx.DropPatterns(q) })
}
