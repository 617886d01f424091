package memory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Claim says something of a subject, in a time.
type Claim struct {
	Subject     string // the name of an entity, which is made if there is none
	SubjectType string // its type, if nobody has said it yet
	Predicate   string
	// Entity names the entity that is the object; "": the object is Value, a text, a
	// number or a boolean.
	Entity     string
	EntityType string
	Value      any
	// From and To are when it holds. Without From it holds from now on; without To until
	// something else is known to begin.
	From, To   time.Time
	Source     int64   // the row of the episode that says so; 0: nobody but the caller
	Confidence float64 // 0: 1
}

// singles are the predicates that have one object at a time, unless SetSingle says
// otherwise.
var singles = map[string]bool{"name": true, "age": true, "email": true, "phone": true, "status": true, "title": true, "birthday": true, "born_on": true, "born_in": true,
	"lives_in": true, "works_at": true, "works_for": true, "works_as": true, "studies_at": true, "comes_from": true, "diet": true, "marital_status": true, "grew_up_in": true, "children": true,
	"wife": true, "husband": true, "spouse": true, "mother": true, "father": true, "boss": true, "located_in": true, "married_to": true, "capital": true, "version": true, "price": true}

// SingleByDefault tells whether a predicate has one object at a time if nobody has said.
func SingleByDefault(predicate string) bool {
	return singles[predicate] || strings.HasPrefix(predicate, "favourite_")
}

// SetSingle says whether a predicate has one object at a time. Facts that are there stay.
func (m *Memory) SetSingle(ctx context.Context, predicate string, single bool) error {
	if err := checkPredicate(predicate); err != nil {
		return err
	}
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error { return tx.SetSingle(predicate, single) })
}

func checkPredicate(p string) error {
	if p == "" || len(p) > MaxName || !utf8.ValidString(p) {
		return fmt.Errorf("a predicate is a text of 1 to %d bytes in UTF-8", MaxName)
	}
	return nil
}

// Assert believes a claim from now on. For a predicate with one object at a time
// it takes the place of what was believed of that time. A claim of the past, without an
// end, leaves alone what is known of later times.
func (m *Memory) Assert(ctx context.Context, c Claim) error { return m.claim(ctx, c, false) }

// Correct is Assert for a claim that takes the place of all that was believed of its
// time, whatever is known to begin in it. Without To its time is all that comes.
func (m *Memory) Correct(ctx context.Context, c Claim) error { return m.claim(ctx, c, true) }

func (m *Memory) claim(ctx context.Context, c Claim, correct bool) error {
	if err := checkPredicate(c.Predicate); err != nil {
		return err
	}
	if c.Confidence == 0 {
		c.Confidence = 1
	}
	if !(c.Confidence > 0 && c.Confidence <= 1) {
		return errors.New("the confidence is not more than 0 and at most 1")
	}
	return m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		now, err := tx.Now()
		if err != nil {
			return err
		}
		ch, err := m.changeOf(c, now)
		if err != nil {
			return err
		}
		ch.open = ch.open && !correct
		subject, err := entity(tx, c.Subject, c.SubjectType, now)
		if err != nil {
			return fmt.Errorf("subject: %w", err)
		}
		f := Fact{Subject: subject, Predicate: c.Predicate, Sources: Sources(c.Source), Confidence: c.Confidence}
		if f.Object, err = object(tx, c, now); err != nil {
			return fmt.Errorf("object: %w", err)
		}
		ch.fact = &f
		_, err = apply(tx, now, &f, ch)
		return err
	})
}

// changeOf is when a claim holds, in a transaction of a time. Without From that is from now on as this process's clock has it, by which
// it is asked for, too. The time of transactions is ahead of it where the clock was set back, and where another kernel's is fast:
// what begins until then is what was believed before.
func (m *Memory) changeOf(c Claim, now Instant) (ch change, err error) {
	begins := min(now, At(m.clock()))
	if c.From.IsZero() {
		ch.begun = now
	}
	ch.open = c.To.IsZero()
	ch.valid, err = span(c.From, c.To, begins)
	return ch, err
}

// apply changes what is believed of a fact's subject and predicate, and tells whether anything has.
func apply(tx Tx, now Instant, f *Fact, c change) (bool, error) {
	current, err := concerned(tx, f)
	if err != nil {
		return false, err
	}
	return carryOut(tx, now, current, c)
}

// concerned are the facts that are believed of a fact's subject and predicate; if that has several objects at a time,
// those with its object.
func concerned(r Reader, f *Fact) ([]Fact, error) {
	single, err := r.Single(f.Predicate)
	if err != nil {
		return nil, err
	}
	q := FactQuery{Subject: f.Subject, Predicate: f.Predicate}
	if !single {
		q.Object = &f.Object
	}
	return believed(r, q)
}

// believed are the facts that no later transaction has ended.
func believed(r Reader, q FactQuery) (out []Fact, err error) {
	all, err := r.Facts(q)
	for _, f := range all {
		if f.Known.To == Forever {
			out = append(out, f)
		}
	}
	return out, err
}

func carryOut(tx Tx, now Instant, current []Fact, c change) (changed bool, err error) {
	end, begin, told := plan(current, c)
	for _, f := range told {
		if err := tx.SetSources(f.ID, f.Sources); err != nil {
			return false, err
		}
	}
	for _, f := range end {
		if err := tx.EndFact(f.ID, now); err != nil {
			return false, err
		}
	}
	for _, f := range begin {
		f.Known = Span{now, Forever}
		if err := tx.AddFact(&f); err != nil {
			return false, err
		}
	}
	return len(end)+len(begin) > 0, nil
}

// entity finds an entity, and makes it where there is none.
func entity(tx Tx, name, kind string, now Instant) (int64, error) {
	key, err := nameKey(name)
	if err != nil {
		return 0, err
	}
	e, err := tx.EntityNamed(key)
	switch {
	case err != nil:
		return 0, err
	case e == nil:
		e = &Entity{Name: name, Type: kind, Created: now}
		err := tx.AddEntity(e, key)
		return e.ID, err
	case e.Type == "" && kind != "":
		e.Type = kind
		return e.ID, tx.SetEntity(*e)
	}
	return e.ID, nil
}

func nameKey(name string) (string, error) {
	key := NameKey(name)
	if key == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return "", fmt.Errorf("%q is no name: it needs a letter or digit, and has at most %d bytes of UTF-8", name, MaxName)
	}
	return key, nil
}

// named finds an entity by its name.
func named(r Reader, name string) (int64, error) {
	key, err := nameKey(name)
	if err != nil {
		return 0, err
	}
	e, err := r.EntityNamed(key)
	if err != nil {
		return 0, err
	}
	if e == nil {
		return 0, fmt.Errorf("entity %q: %w", name, ErrNotFound)
	}
	return e.ID, nil
}

// object finds the object of a claim, and makes its entity where there is none.
func object(tx Tx, c Claim, now Instant) (o Object, err error) {
	switch {
	case c.Entity != "" && c.Value != nil:
		return o, errors.New("it is both an entity and a value")
	case c.Entity != "":
		o.Entity, err = entity(tx, c.Entity, c.EntityType, now)
		return o, err
	case c.Value == nil:
		return o, errors.New("there is neither an entity nor a value")
	}
	o.Value, err = EncodeValue(c.Value)
	return o, err
}
