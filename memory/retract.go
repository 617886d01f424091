package memory

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrNotBelieved means that a retraction has changed nothing, since nothing of the kind was believed.
var ErrNotBelieved = errors.New("nothing of the kind is believed")

// Retract stops believing that a claim holds in its time; without an object, that anything does.
// ErrNotFound: there is no such subject. ErrNotBelieved: nothing of the kind was believed; the error says what is.
func (m *Memory) Retract(ctx context.Context, c Claim) error {
	if err := checkPredicate(c.Predicate); err != nil {
		return err
	}
	if c.Entity != "" && c.Value != nil {
		return errors.New("object: it is both an entity and a value")
	}
	var nothing error
	err := m.backend.Write(ctx, m.tenant, func(tx Tx) error {
		nothing = nil
		now, err := tx.Now()
		if err != nil {
			return err
		}
		ch, err := m.changeOf(c, now)
		if err != nil {
			return err
		}
		subject, err := named(tx, c.Subject)
		if err != nil {
			return err
		}
		all, err := believed(tx, FactQuery{Subject: subject, Predicate: c.Predicate})
		if err != nil {
			return err
		}
		meant, err := c.meant(tx, all)
		if err != nil {
			return err
		}
		changed, err := carryOut(tx, now, meant, change{valid: ch.valid})
		if err == nil && !changed {
			nothing, err = notBelieved(tx, c, all)
		}
		return err
	})
	if err != nil {
		return err
	}
	return nothing
}

// meant are the facts that have the claim's object; all, if it has none.
func (c *Claim) meant(r Reader, all []Fact) (out []Fact, err error) {
	var o Object
	switch {
	case c.Entity != "":
		key, err := nameKey(c.Entity)
		if err != nil {
			return nil, fmt.Errorf("object: %w", err)
		}
		e, err := r.EntityNamed(key)
		if err != nil || e == nil {
			return nil, err
		}
		o.Entity = e.ID
	case c.Value != nil:
		if o.Value, err = EncodeValue(c.Value); err != nil {
			return nil, fmt.Errorf("object: %w", err)
		}
	default:
		return all, nil
	}
	for _, f := range all {
		if f.Object == o {
			out = append(out, f)
		}
	}
	return out, nil
}

// notBelieved says what is believed where a claim is not. all is what is of its subject and predicate.
func notBelieved(r Reader, c Claim, all []Fact) (told, err error) {
	if len(all) == 0 {
		return fmt.Errorf("%q %s: %w", c.Subject, c.Predicate, ErrNotBelieved), nil
	}
	var objects []int64
	for _, f := range all {
		objects = append(objects, f.Object.Entity)
	}
	names, err := entityNames(r, objects)
	if err != nil {
		return nil, err
	}
	var holds []string
	for _, f := range all[:min(len(all), maxTold)] {
		object := fmt.Sprintf("%q", names[f.Object.Entity])
		if f.Object.Entity == 0 {
			object = f.Object.Value
		}
		if f.Valid.From != Beginning {
			object += " from " + written(f.Valid.From)
		}
		if f.Valid.To != Forever {
			object += " to " + written(f.Valid.To)
		}
		holds = append(holds, object)
	}
	if more := len(all) - len(holds); more > 0 {
		holds = append(holds, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%q %s: %w in that time; what is: %s", c.Subject, c.Predicate, ErrNotBelieved, strings.Join(holds, ", ")), nil
}
