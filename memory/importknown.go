package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// numbered is what is known by a line.
type numbered struct {
	knownLine
	n int
}

// storeKnown believes what lines say, as it was believed when they were written, and tells how many say something
// new. What differs from what is believed here is an error, and nothing of these lines is stored.
func (m *Memory) storeKnown(ctx context.Context, list []numbered) (added int, err error) {
	err = m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		added = 0
		now, err := tx.Now()
		if err != nil {
			return err
		}
		bulk := newBulkTx(tx)
		for _, l := range list {
			isNew, err := l.store(bulk, now)
			if err != nil {
				return &LineError{l.n, err}
			}
			if isNew {
				added++
			}
		}
		return ctx.Err()
	})
	return added, err
}

// store believes what a line says, and tells whether it is new.
func (l *knownLine) store(tx Tx, now Instant) (bool, error) {
	switch {
	case l.Predicate != nil:
		before, err := tx.Singles()
		if have, ok := before[l.Predicate.Name]; err != nil || ok && have == l.Predicate.Single {
			return false, err
		}
		return true, tx.SetSingle(l.Predicate.Name, l.Predicate.Single)
	case l.Entity != nil:
		return l.Entity.store(tx, now)
	case l.Fact != nil:
		return l.Fact.store(tx, now)
	}
	return l.Pattern.store(tx)
}

// row is the episode that a line names.
func (t *TurnName) row(tx Tx) (row int64, err error) {
	if t == nil {
		return 0, nil
	}
	err = tx.Episodes(Filter{Sessions: []string{t.Session}, IDs: []string{t.ID}}, func(e *Episode) error { row = e.Row; return nil })
	if err == nil && row == 0 {
		err = fmt.Errorf("its source, episode %q of session %q, is not there", t.ID, t.Session)
	}
	return row, err
}

func (l *entityLine) store(tx Tx, now Instant) (bool, error) {
	key, err := nameKey(l.Name)
	if err != nil {
		return false, err
	}
	e, err := tx.EntityNamed(key)
	if err != nil {
		return false, err
	}
	isNew := e == nil
	switch {
	case isNew:
		e = &Entity{Name: l.Name, Type: l.Type}
		if e.Created, err = instant(l.Created, now); err != nil {
			return false, err
		}
		if e.Created > now {
			return false, errors.New("it was created at a time that is to come")
		}
		if err := tx.AddEntity(e, key); err != nil {
			return false, err
		}
	case e.Type == "" && l.Type != "":
		e.Type, isNew = l.Type, true
		if err := tx.SetEntity(*e); err != nil {
			return false, err
		}
	}
	for _, a := range l.Aliases {
		row, err := a.Source.row(tx)
		if err != nil {
			return false, err
		}
		created, err := instant(a.Created, now)
		if err != nil {
			return false, err
		}
		key, err := nameKey(a.Name)
		if err != nil {
			return false, err
		}
		if have, err := tx.EntityNamed(key); err != nil || have != nil && have.ID == e.ID {
			if err != nil {
				return false, err
			}
			continue
		}
		if err := addAlias(tx, e.ID, a.Name, row, min(created, now)); err != nil {
			return false, err
		}
		isNew = true
	}
	return isNew, nil
}

func (l *factLine) store(tx Tx, now Instant) (bool, error) {
	f, err := l.fact()
	if err != nil {
		return false, err
	}
	if f.Known.From == Beginning { // the line does not say it
		f.Known.From = now
	}
	if f.Known.From > now || f.Known.To != Forever && f.Known.To > now || f.Known.From >= f.Known.To {
		return false, errors.New("it is believed from a time, or to a time, that is to come")
	}
	if f.Sources, err = l.sources(tx); err != nil {
		return false, err
	}
	if f.Subject, err = entity(tx, l.Subject, "", f.Known.From); err != nil {
		return false, err
	}
	if l.Entity != "" {
		if f.Object.Entity, err = entity(tx, l.Entity, "", f.Known.From); err != nil {
			return false, err
		}
	}
	single, err := tx.Single(f.Predicate)
	if err != nil {
		return false, err
	}
	all, err := tx.Facts(FactQuery{Subject: f.Subject, Predicate: f.Predicate})
	if err != nil {
		return false, err
	}
	for _, have := range all {
		if have.Object == f.Object && have.Valid == f.Valid && have.Known.To == f.Known.To && (have.Known.From == f.Known.From || l.KnownFrom == "") {
			sources := Told(have.Sources, f.Sources)
			if slices.Equal(sources, have.Sources) {
				return false, nil
			}
			return true, tx.SetSources(have.ID, sources)
		}
		if (single || have.Object == f.Object) && have.Valid.Overlaps(f.Valid) && have.Known.Overlaps(f.Known) {
			return false, fmt.Errorf("something else is believed of %s of %q in that time: %w", f.Predicate, l.Subject, ErrExists)
		}
	}
	return true, tx.AddFact(&f)
}

// store counts a pattern up to what the line says: the same line again changes nothing.
func (l *patternLine) store(tx Tx) (bool, error) {
	p, err := l.pattern()
	if err != nil {
		return false, err
	}
	have, err := tx.Patterns(PatternQuery{Sessions: []string{p.Session}, Kind: p.Kind, About: p.About, From: &p.From, Damaged: func(h *Pattern, why error) error {
		if h.To != p.To {
			return nil
		}
		return why
	}})
	if err != nil {
		return false, err
	}
	for _, h := range have {
		if h.To == p.To && h.Session == p.Session && h.About == p.About {
			p.Count, p.Failed = p.Count-h.Count, max(0, p.Failed-h.Failed)
		}
	}
	if p.Count <= 0 {
		return false, nil
	}
	return true, tx.CountPatterns([]Pattern{p})
}
