package memory

import (
	"errors"
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/memory/extract"
)

// wrote is what a turn has changed: entities by their ids.
type wrote struct {
	added, changed map[int64]bool
	merged         int
}

// turn believes what a turn says, and marks it as read. ErrNotFound: the turn is not there any more.
func (w *wrote) turn(tx Tx, e *Episode, found []extract.Finding) error {
	there, err := tx.EpisodesAt([]int64{e.Row})
	if err != nil {
		return err
	}
	if len(there) == 0 {
		return ErrNotFound
	}
	now, err := tx.Now()
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.From.IsZero() {
			f.From = e.Time
		}
		if f.Kind == extract.Alias {
			err = w.alias(tx, now, e.Row, f)
		} else {
			err = w.fact(tx, now, e.Row, f)
		}
		if err != nil {
			return err
		}
	}
	return tx.MarkProcessed([]int64{e.Row})
}

// entity finds an entity, and makes it where there is none.
func (w *wrote) entity(tx Tx, name, kind string, now Instant) (int64, error) {
	key, err := nameKey(name)
	if err != nil {
		return 0, err
	}
	before, err := tx.EntityNamed(key)
	if err != nil {
		return 0, err
	}
	id, err := entity(tx, name, kind, now)
	if before == nil && err == nil {
		w.added[id] = true
	}
	return id, err
}

// change notes that more is known of an entity.
func (w *wrote) change(id int64) {
	if !w.added[id] {
		w.changed[id] = true
	}
}

// fact believes a fact, or that it holds no longer, if its turn has not said so before.
func (w *wrote) fact(tx Tx, now Instant, row int64, f extract.Finding) error {
	if err := checkPredicate(f.Predicate); err != nil {
		return err
	}
	if f.Kind == extract.Ends {
		return w.end(tx, now, f)
	}
	subject, err := w.entity(tx, f.Subject, f.SubjectType, now)
	if err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	fact := Fact{Subject: subject, Predicate: f.Predicate, Sources: Sources(row), Confidence: f.Confidence}
	if !(fact.Confidence > 0 && fact.Confidence <= 1) {
		fact.Confidence = 1
	}
	if f.Entity != "" {
		fact.Object.Entity, err = w.entity(tx, f.Entity, f.EntityType, now)
	} else {
		fact.Object.Value, err = EncodeValue(f.Value)
	}
	if err != nil {
		return fmt.Errorf("object: %w", err)
	}
	q := FactQuery{Subject: subject, Predicate: f.Predicate}
	if fact.Object.Entity != 0 { // no other is the same; of words others may be
		q.Object = &fact.Object
	}
	all, err := tx.Facts(q)
	if err != nil {
		return err
	}
	for _, have := range all {
		if sameObject(have.Object, fact.Object) {
			if slices.Contains(have.Sources, row) {
				return nil
			}
			fact.Object = have.Object // in the words that are there
		}
	}
	changed, err := apply(tx, now, &fact, change{valid: Span{At(f.From), Forever}, open: true, fact: &fact})
	if changed {
		w.change(subject)
	}
	return err
}

// end stops believing that a fact holds.
func (w *wrote) end(tx Tx, now Instant, f extract.Finding) error {
	key, err := nameKey(f.Subject)
	if err != nil {
		return err
	}
	subject, err := tx.EntityNamed(key)
	if err != nil || subject == nil {
		return err
	}
	var object Object
	if f.Entity != "" {
		key, err := nameKey(f.Entity)
		if err != nil {
			return err
		}
		e, err := tx.EntityNamed(key)
		if err != nil || e == nil {
			return err
		}
		object.Entity = e.ID
	} else if object.Value, err = EncodeValue(f.Value); err != nil {
		return err
	}
	all, err := believed(tx, FactQuery{Subject: subject.ID, Predicate: f.Predicate})
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(have Fact) bool { return !sameObject(have.Object, object) })
	changed, err := carryOut(tx, now, all, change{valid: Span{At(f.From), Forever}, open: true})
	if changed {
		w.change(subject.ID)
	}
	return err
}

// sameObject tells whether two objects are one: texts without their ways of writing.
func sameObject(a, b Object) bool {
	if a == b {
		return true
	}
	if a.Entity != 0 || b.Entity != 0 {
		return false
	}
	x, err := DecodeValue(a.Value)
	y, err2 := DecodeValue(b.Value)
	s, ok := x.(string)
	t, ok2 := y.(string)
	return errors.Join(err, err2) == nil && ok && ok2 && NameKey(s) == NameKey(t) && NameKey(s) != ""
}

// alias gives the subject another name, unless that is of somebody of whom something is known.
func (w *wrote) alias(tx Tx, now Instant, row int64, f extract.Finding) error {
	subject, err := w.entity(tx, f.Subject, f.SubjectType, now)
	if err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	key, err := nameKey(f.Entity)
	if err != nil {
		return fmt.Errorf("alias: %w", err)
	}
	other, err := tx.EntityNamed(key)
	switch {
	case err != nil:
		return err
	case other == nil:
		w.change(subject)
		return addAlias(tx, subject, f.Entity, row, now)
	case other.ID == subject:
		return nil
	}
	facts, err := tx.Facts(FactQuery{Subject: other.ID})
	if err != nil || len(facts) > 0 || f.SubjectType != other.Type && other.Type != "" {
		return err // it may be another with the same name
	}
	w.merged++
	w.change(subject)
	delete(w.added, other.ID)
	delete(w.changed, other.ID)
	return merge(tx, subject, other.ID)
}
