package memory

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// AddAlias gives an entity another name, by which it is found and claims can name it. ErrExists: the
// name is taken, by another entity or as an alias; Merge makes two entities one.
func (m *Memory) AddAlias(ctx context.Context, name, alias string) error {
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		id, err := named(tx, name)
		if err != nil {
			return err
		}
		now, err := tx.Now()
		if err != nil {
			return err
		}
		return addAlias(tx, id, alias, 0, now)
	})
}

func addAlias(tx Tx, id int64, alias string, source int64, now Instant) error {
	key, err := nameKey(alias)
	if err != nil {
		return err
	}
	e, err := tx.EntityNamed(key)
	switch {
	case err != nil:
		return err
	case e != nil && e.ID == id:
		return nil
	case e != nil:
		return fmt.Errorf("%q is a name of %q: %w", alias, e.Name, ErrExists)
	}
	return tx.AddAlias(Alias{Entity: id, Name: strings.TrimSpace(alias), Source: source, Created: now}, key)
}

// DropAlias takes a name from an entity. ErrNotFound: it is no alias.
func (m *Memory) DropAlias(ctx context.Context, alias string) error {
	key, err := nameKey(alias)
	if err != nil {
		return err
	}
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		ok, err := tx.DropAlias(key)
		if err == nil && !ok {
			err = fmt.Errorf("alias %q: %w", alias, ErrNotFound)
		}
		return err
	})
}

// Merge makes one entity of two that turned out to be the same: what is believed of from, and its names,
// pass to into, where they do not take the place of what is believed there. The history of from is dropped.
func (m *Memory) Merge(ctx context.Context, into, from string) error {
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		to, err := named(tx, into)
		if err != nil {
			return err
		}
		id, err := named(tx, from)
		if err != nil {
			return err
		}
		if to == id {
			return fmt.Errorf("%q and %q are one entity already", into, from)
		}
		return merge(tx, to, id)
	})
}

func merge(tx Tx, to, from int64) error {
	now, err := tx.Now()
	if err != nil {
		return err
	}
	list, err := tx.Entities(to, from)
	if err != nil {
		return err
	}
	if len(list) != 2 {
		return errors.New("an entity that is damaged cannot be merged: forget it")
	}
	all, err := tx.Facts(FactQuery{Subject: from})
	if err != nil {
		return err
	}
	about, err := tx.Facts(FactQuery{Object: &Object{Entity: from}})
	if err != nil {
		return err
	}
	aliases, err := tx.Aliases(from)
	if err != nil {
		return err
	}
	if err := tx.DropEntity(from); err != nil {
		return err
	}
	for _, e := range list {
		if e.ID == from {
			aliases = append(aliases, Alias{Name: e.Name})
		}
	}
	for _, a := range aliases {
		if err := addAlias(tx, to, a.Name, a.Source, now); err != nil {
			return err
		}
	}
	for _, f := range append(all, about...) {
		if f.Subject == from {
			f.Subject = to
		}
		if f.Object.Entity == from {
			f.Object.Entity = to
		}
		if f.Known.To != Forever || f.Subject == f.Object.Entity {
			continue // no longer believed, or of it and itself
		}
		if err := fillIn(tx, now, f); err != nil {
			return err
		}
	}
	return nil
}

// fillIn believes a fact where nothing else is believed of its subject and predicate. Where it is believed already it has more sources.
func fillIn(tx Tx, now Instant, f Fact) error {
	current, err := concerned(tx, &f)
	if err != nil {
		return err
	}
	free := []Span{f.Valid}
	for _, c := range current {
		free = withoutAll(free, c.Valid)
		if c.Object == f.Object && c.Valid.Overlaps(f.Valid) {
			if err := tx.SetSources(c.ID, Told(c.Sources, f.Sources)); err != nil {
				return err
			}
		}
	}
	for _, s := range free {
		piece := f
		piece.Valid, piece.Known = s, Span{now, Forever}
		if err := tx.AddFact(&piece); err != nil {
			return err
		}
	}
	return nil
}

// ForgetEntity removes an entity by one of its names, with all that is or was known of it, so that
// no trace is left. One that is damaged goes by the name that its row has, too. ErrNotFound: there is none.
func (m *Memory) ForgetEntity(ctx context.Context, name string) error {
	_, err := m.forgetKnowledge(ctx, func(tx Tx) (int, error) {
		ids, err := tx.EntityIDs(NameKey(name), name)
		if err == nil && len(ids) == 0 {
			if _, err = nameKey(name); err == nil {
				err = fmt.Errorf("entity %q: %w", name, ErrNotFound)
			}
		}
		if err != nil {
			return 0, err
		}
		for _, id := range ids {
			if err := tx.DropEntity(id); err != nil {
				return 0, err
			}
		}
		return len(ids), nil
	})
	return err
}

// ForgetFact removes a fact by its number, also a damaged one, so that no trace is left. ErrNotFound: there is none.
func (m *Memory) ForgetFact(ctx context.Context, id int64) error {
	_, err := m.forgetKnowledge(ctx, func(tx Tx) (int, error) {
		there, err := tx.DropFact(id)
		if err == nil && !there {
			err = fmt.Errorf("fact %d: %w", id, ErrNotFound)
		}
		return 1, err
	})
	return err
}

// ForgetAlias takes a name from an entity, also where the alias is damaged, so that no trace is left. ErrNotFound: none has it.
func (m *Memory) ForgetAlias(ctx context.Context, alias string) error {
	key, err := nameKey(alias)
	if err != nil {
		return err
	}
	_, err = m.forgetKnowledge(ctx, func(tx Tx) (int, error) {
		there, err := tx.DropAlias(key)
		if err == nil && !there {
			err = fmt.Errorf("alias %q: %w", alias, ErrNotFound)
		}
		return 1, err
	})
	return err
}

// ForgetKnowledge removes all entities and facts, also damaged ones, and tells how many entities there
// were. An error that comes with a number says what traces may be left.
func (m *Memory) ForgetKnowledge(ctx context.Context) (int, error) {
	return m.forgetKnowledge(ctx, Tx.DropKnowledge)
}

// forgetKnowledge drops something, and tells how much: nothing, if the transaction was undone.
func (m *Memory) forgetKnowledge(ctx context.Context, drop func(Tx) (int, error)) (n int, err error) {
	err = m.backend.Write(ctx, m.tenant, func(tx Tx) (err error) {
		n, err = drop(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, nil
	}
	if err := m.backend.Purge(ctx); err != nil {
		return n, fmt.Errorf("it was forgotten, but traces may be left: %w", err)
	}
	return n, nil
}
