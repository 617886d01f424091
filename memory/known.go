package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Known is an entity, and what is known of it.
type Known struct {
	Entity
	Aliases []string
	// Facts are those that it is the subject of, in the order in which they were believed.
	Facts []Statement
	Score float64 // greater is better; comparable within one query
}

// Statement is a fact with its names.
type Statement struct {
	Fact
	Name   string // of the subject
	Object any    // the name of an entity, or a text, number or boolean
}

// Text is the fact as a sentence of a kind.
func (s *Statement) Text() string {
	return fmt.Sprintf("%s %s %v", s.Name, PredicateText(s.Predicate), s.Object)
}

// PredicateText is a predicate as words.
func PredicateText(predicate string) string {
	return strings.Join(strings.FieldsFunc(predicate, func(r rune) bool { return r == '_' || r == ' ' }), " ")
}

// KnowledgeQuery is what Query looks for.
type KnowledgeQuery struct {
	// Text has the words to look for: in names, aliases, types, predicates and objects. "" means
	// all entities.
	Text  string
	Type  string // only entities of this type; "": any
	Limit int    // 0: 10
	// As is the moment that is asked for; nil: now, as it is believed now.
	As *AsOf
}

// Query returns the entities that fit the words of a query, the best first, each with what holds
// of it at the moment that is asked for.
func (m *Memory) Query(ctx context.Context, q KnowledgeQuery) (out []Known, err error) {
	hits, as, err := m.searchKnowledge(ctx, q)
	if err != nil {
		return nil, err
	}
	scores := map[int64]float64{}
	var ids []int64
	for _, h := range hits {
		if _, ok := scores[h.entity]; !ok && len(ids) < q.limit() {
			scores[h.entity], ids = h.score, append(ids, h.entity)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		out, err = describe(r, ids, as)
		return err
	})
	for i := range out {
		out[i].Score = scores[out[i].ID]
	}
	return out, err
}

// FoundFact is a fact that Recall has found.
type FoundFact struct {
	Statement
	Score float64 // greater is better; comparable within one query
}

// Recall returns the facts that fit the words of a query, the best first. For a fact that is not found
// by itself, but by its subject, there is Query.
func (m *Memory) Recall(ctx context.Context, q KnowledgeQuery) (out []FoundFact, err error) {
	hits, as, err := m.searchKnowledge(ctx, q)
	if err != nil {
		return nil, err
	}
	hits = slices.DeleteFunc(hits, func(h knowledgeHit) bool { return h.fact == 0 })
	hits = hits[:min(len(hits), q.limit())]
	ids := make([]int64, len(hits))
	for i, h := range hits {
		ids[i] = h.fact
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var statements map[int64]Statement
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		statements, err = statementsOf(r, FactQuery{IDs: ids, As: as})
		return err
	})
	for _, h := range hits {
		if s, ok := statements[h.fact]; ok { // else it is damaged, or was forgotten meanwhile
			out = append(out, FoundFact{s, h.score})
		}
	}
	return out, err
}

// statementsOf are facts with their names, by their ids.
func statementsOf(r Reader, q FactQuery) (map[int64]Statement, error) {
	facts, err := r.Facts(q)
	if err != nil {
		return nil, err
	}
	var named []int64
	for _, f := range facts {
		if named = append(named, f.Subject); f.Object.Entity != 0 {
			named = append(named, f.Object.Entity)
		}
	}
	names, err := entityNames(r, named)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Statement, len(facts))
	for _, f := range facts {
		name, ok := names[f.Subject]
		if !ok {
			continue // its subject is damaged
		}
		object, err := objectOf(&f, names)
		if err != nil {
			return nil, err
		}
		out[f.ID] = Statement{Fact: f, Name: name, Object: object}
	}
	return out, nil
}

func (q *KnowledgeQuery) limit() int {
	if q.Limit == 0 {
		return defaultLimit
	}
	return q.Limit
}

// Know returns the entity with a name or alias, and what holds of it at a moment; as nil: all that
// was ever believed. ErrNotFound: there is none.
func (m *Memory) Know(ctx context.Context, name string, as *AsOf) (k *Known, err error) {
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		id, err := named(r, name)
		if err != nil {
			return err
		}
		list, err := describe(r, []int64{id}, as)
		if len(list) == 1 {
			k = &list[0]
		} else if err == nil {
			err = fmt.Errorf("entity %q: %w", name, ErrNotFound)
		}
		return err
	})
	return k, err
}

// describe returns entities in the order of ids, with what holds of them; as nil: all that was ever
// believed.
func describe(r Reader, ids []int64, as *AsOf) ([]Known, error) {
	list, err := r.Entities(ids...)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	aliases, err := r.Aliases(ids...)
	if err != nil {
		return nil, err
	}
	by := map[int64]*Known{}
	var objects []int64
	for _, e := range list {
		k := &Known{Entity: e}
		for _, a := range aliases {
			if a.Entity == e.ID {
				k.Aliases = append(k.Aliases, a.Name)
			}
		}
		facts, err := r.Facts(FactQuery{Subject: e.ID, As: as})
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			k.Facts = append(k.Facts, Statement{Fact: f, Name: e.Name})
			if f.Object.Entity != 0 {
				objects = append(objects, f.Object.Entity)
			}
		}
		by[e.ID] = k
	}
	names, err := entityNames(r, objects)
	if err != nil {
		return nil, err
	}
	out := make([]Known, 0, len(ids))
	for _, id := range ids {
		k := by[id]
		if k == nil {
			continue // forgotten meanwhile, or damaged
		}
		for i := range k.Facts {
			if k.Facts[i].Object, err = objectOf(&k.Facts[i].Fact, names); err != nil {
				return nil, err
			}
		}
		out = append(out, *k)
	}
	return out, nil
}

// entityNames are the names of some entities.
func entityNames(r Reader, ids []int64) (map[int64]string, error) {
	names := map[int64]string{}
	if len(ids) == 0 {
		return names, nil
	}
	slices.Sort(ids)
	list, err := r.Entities(slices.Compact(ids)...)
	for _, e := range list {
		names[e.ID] = e.Name
	}
	return names, err
}

// objectOf is a fact's object for people: a name or a value.
func objectOf(f *Fact, names map[int64]string) (any, error) {
	if f.Object.Entity == 0 {
		return DecodeValue(f.Object.Value)
	}
	if name, ok := names[f.Object.Entity]; ok {
		return name, nil
	}
	return "?", nil // its row is damaged
}
