package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/memory/text"
)

// knowing is the index of the words of entities and facts: those that are believed now. It follows the
// rows, as the index of episodes does.
type knowing struct {
	refreshing sync.Mutex // one refresh at a time
	cursor     KnowledgeCursor
	built      bool

	mu       sync.RWMutex
	words    *text.Index
	entities map[int64]*knownEntity
	facts    map[int64]knownFact
}

type knownEntity struct {
	kind  string
	facts []int64
}

type knownFact struct {
	entity int64
	valid  Span
}

// knowledgeHit is an entity, or one of its facts, that was found.
type knowledgeHit struct {
	entity, fact int64 // fact 0: the entity's own words
	score        float64
}

// Documents of the index are entities and facts, which have ids of their own each.
func entityDocument(id int64) int64 { return 2 * id }
func factDocument(id int64) int64   { return 2*id + 1 }

// searchKnowledge finds entities and facts by words, so many at most, the best first, and says of which moment.
func (m *Memory) searchKnowledge(ctx context.Context, q KnowledgeQuery, most int) ([]knowledgeHit, *AsOf, error) {
	if q.Limit < 0 {
		return nil, nil, errors.New("the limit is negative")
	}
	if err := cmp.Or(CheckText("the query", q.Text), CheckText("the type", q.Type)); err != nil {
		return nil, nil, err
	}
	as := m.Now()
	if q.As != nil {
		as = *q.As
	}
	k := &m.knowing
	if as.Known == Forever {
		if err := m.refreshKnowing(ctx); err != nil {
			return nil, nil, err
		}
	} else { // the words of what was believed then are in no index
		k = &knowing{}
		if err := m.backend.Read(ctx, m.tenant, func(r Reader) error { return k.build(ctx, r, m.params, as.Known) }); err != nil {
			return nil, nil, err
		}
	}
	hits, err := k.search(q, as, most)
	return hits, &as, err
}

func (k *knowing) search(q KnowledgeQuery, as AsOf, most int) (out []knowledgeHit, err error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	keep := func(doc int64) bool {
		id := doc / 2
		if doc%2 == 1 {
			f := k.facts[id]
			if !f.valid.Holds(as.Valid) {
				return false
			}
			id = f.entity
		}
		e := k.entities[id]
		return e != nil && (q.Type == "" || strings.EqualFold(e.kind, q.Type))
	}
	if strings.TrimSpace(q.Text) == "" {
		for id := range k.entities {
			if keep(entityDocument(id)) {
				out = append(out, knowledgeHit{entity: id})
			}
		}
		slices.SortFunc(out, func(a, b knowledgeHit) int { return int(a.entity - b.entity) })
		return out, nil
	}
	hits, err := k.words.Search(q.Text, text.Options{K: most, Filter: keep})
	for _, h := range hits {
		found := knowledgeHit{entity: h.ID / 2, score: float64(h.Score)}
		if h.ID%2 == 1 {
			found.fact = h.ID / 2
			found.entity = k.facts[found.fact].entity
		}
		out = append(out, found)
	}
	return out, err
}

// refreshKnowing brings the index to where the rows are.
func (m *Memory) refreshKnowing(ctx context.Context) error {
	k := &m.knowing
	k.refreshing.Lock()
	defer k.refreshing.Unlock()
	return m.backend.Read(ctx, m.tenant, func(r Reader) error {
		now, err := r.Knowledge()
		if err != nil || k.built && now == k.cursor {
			return err
		}
		if !k.built || now.Past != k.cursor.Past {
			err = k.build(ctx, r, m.params, Forever)
		} else {
			err = k.renew(ctx, r)
		}
		if err == nil {
			k.built, k.cursor = true, now
		}
		return err
	})
}

// build reads all that was believed at an instant.
func (k *knowing) build(ctx context.Context, r Reader, params text.Params, known Instant) error {
	params.Near, params.Far = -1, -1 // one fact says nothing of the next
	words, err := text.New(params)
	if err != nil {
		return err
	}
	entities, err := r.Entities()
	if err != nil {
		return err
	}
	aliases, err := r.Aliases()
	if err != nil {
		return err
	}
	facts, err := r.Facts(FactQuery{})
	if err != nil {
		return err
	}
	facts = slices.DeleteFunc(facts, func(f Fact) bool { return !f.Known.Holds(known) })
	entities = slices.DeleteFunc(entities, func(e Entity) bool { return e.Created > known })
	k.mu.Lock()
	defer k.mu.Unlock()
	k.words, k.entities, k.facts = words, map[int64]*knownEntity{}, map[int64]knownFact{}
	names := map[int64]string{}
	for _, e := range entities {
		names[e.ID] = e.Name
	}
	return k.put(ctx, entities, aliases, facts, names)
}

// renew reads what has changed.
func (k *knowing) renew(ctx context.Context, r Reader) error {
	ids, err := r.Changed(k.cursor.Known)
	if err != nil || len(ids) == 0 {
		return err
	}
	entities, err := r.Entities(ids...)
	if err != nil {
		return err
	}
	aliases, err := r.Aliases(ids...)
	if err != nil {
		return err
	}
	var facts []Fact
	var objects []int64
	for _, id := range ids {
		list, err := believed(r, FactQuery{Subject: id})
		if err != nil {
			return err
		}
		for _, f := range list {
			facts, objects = append(facts, f), append(objects, f.Object.Entity)
		}
	}
	names, err := entityNames(r, append(objects, ids...))
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range ids {
		k.drop(id)
	}
	return k.put(ctx, entities, aliases, facts, names)
}

// drop takes an entity and its facts out.
func (k *knowing) drop(id int64) {
	e := k.entities[id]
	if e == nil {
		return
	}
	k.words.Delete(entityDocument(id))
	for _, f := range e.facts {
		k.words.Delete(factDocument(f))
		delete(k.facts, f)
	}
	delete(k.entities, id)
}

// put takes entities and their facts in.
func (k *knowing) put(ctx context.Context, entities []Entity, aliases []Alias, facts []Fact, names map[int64]string) error {
	also := map[int64][]string{}
	for _, a := range aliases {
		also[a.Entity] = append(also[a.Entity], a.Name)
	}
	for _, e := range entities {
		k.entities[e.ID] = &knownEntity{kind: e.Type}
		body := strings.Join(append([]string{e.Name, e.Type}, also[e.ID]...), " ")
		if err := k.words.Put(entityDocument(e.ID), text.Document{Session: strconv.FormatInt(e.ID, 10), Body: body}); err != nil {
			return err
		}
	}
	for _, f := range facts {
		e := k.entities[f.Subject]
		if e == nil {
			continue // its subject is damaged
		}
		object, err := objectOf(&f, names)
		if err != nil {
			return err
		}
		e.facts, k.facts[f.ID] = append(e.facts, f.ID), knownFact{f.Subject, f.Valid}
		d := text.Document{Session: strconv.FormatInt(f.Subject, 10), Speaker: names[f.Subject], Body: predicateWords(f.Predicate) + " " + fmt.Sprint(object)}
		if err := k.words.Put(factDocument(f.ID), d); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// predicateWords are the words by which a predicate is found.
func predicateWords(predicate string) string {
	return PredicateText(predicate) + " " + alsoAsked[predicate]
}

// alsoAsked are words that questions have for the predicates that consolidation makes.
var alsoAsked = map[string]string{
	"lives_in": "live living home city town address residence", "works_at": "working job work employer company", "works_as": "working job work profession occupation",
	"born_in": "birthplace birth", "born_on": "birthday birth", "birthday": "born", "age": "old years", "married_to": "wife husband spouse marriage",
	"studies_at": "school university student", "name": "called", "allergic_to": "allergy allergies", "moved_to": "move", "has_pet": "animal",
}
