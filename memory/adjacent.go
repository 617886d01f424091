package memory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/memory/links"
)

// adjacent holds the facts between entities that are believed now, and the entities, so that walks of many hops need not
// ask for each of these. Like the index of words it follows the rows: each walk first looks whether they have changed.
type adjacent struct {
	refreshing sync.Mutex // one at a time looks whether it has to follow
	cursor     KnowledgeCursor
	full       bool         // there are more than maxLinks
	read       atomic.Int64 // facts that walks have read from rows since it was of no use

	mu       sync.RWMutex
	links    *links.Graph // nil: it is of no use
	entities map[int64]Entity
}

const (
	// worthLinks is how many facts walks read before all of them are read: a script that asks for one short way need not wait for that.
	worthLinks = 4096
	// maxLinks is how many facts are held: about 40 bytes each. Walks through more read the rows.
	maxLinks = 4 << 20
)

// errManyLinks ends the reading of more than maxLinks.
var errManyLinks = errors.New("too many")

// follow brings the links to where the rows are, and tells whether they are of use for a moment. The caller holds refreshing.
func (a *adjacent) follow(ctx context.Context, r Reader, as AsOf) (bool, error) {
	now, err := r.Knowledge()
	if err != nil || as.Known < now.Known { // what was believed then may be believed no longer
		return false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.links != nil && now == a.cursor:
		return true, nil
	case a.links != nil && now.Past == a.cursor.Past:
		err = a.renew(ctx, r)
	case a.links == nil && !a.full && a.read.Load() >= worthLinks:
		err = a.build(ctx, r)
	default:
		if a.links != nil {
			a.links, a.entities = nil, nil
			a.read.Store(0)
		}
		return false, nil
	}
	if errors.Is(err, errManyLinks) {
		a.full, err = true, nil
		a.links, a.entities = nil, nil
	}
	if err != nil {
		a.links, a.entities = nil, nil
		return false, err
	}
	a.cursor = now
	return a.links != nil, nil
}

// build reads all links and entities.
func (a *adjacent) build(ctx context.Context, r Reader) error {
	g := &links.Graph{}
	if err := r.Links(Beginning, adding(ctx, g)); err != nil {
		return err
	}
	g.Ready()
	entities, err := r.Entities()
	if err != nil {
		return err
	}
	a.links, a.entities = g, make(map[int64]Entity, len(entities))
	a.know(entities)
	return nil
}

// renew reads what has changed.
func (a *adjacent) renew(ctx context.Context, r Reader) error {
	var unknown []int64
	add := adding(ctx, a.links)
	err := r.Links(a.cursor.Known, func(l Link) error {
		for _, id := range []int64{l.From, l.To} {
			if _, ok := a.entities[id]; !ok {
				unknown = append(unknown, id)
			}
		}
		return add(l)
	})
	if err != nil || len(unknown) == 0 {
		return err
	}
	entities, err := r.Entities(unknown...)
	a.know(entities)
	return err
}

func (a *adjacent) know(list []Entity) {
	for _, e := range list {
		a.entities[e.ID] = e
	}
}

// adding puts links into a graph, and takes those out that have ended.
func adding(ctx context.Context, g *links.Graph) func(Link) error {
	return func(l Link) error {
		k := links.Link{From: l.From, To: l.To, Name: l.Predicate, Begin: int64(l.Valid.From), End: int64(l.Valid.To)}
		if l.Ended {
			g.Remove(k)
			return nil
		}
		if g.Len() >= maxLinks || !g.Add(k) {
			return errManyLinks
		}
		if g.Len()%1024 == 0 {
			return ctx.Err()
		}
		return nil
	}
}

// source is where a walk finds edges and entities: the links, or the rows.
type source interface {
	// edges calls each for those that begin, or, back, end at one of some entities.
	edges(ctx context.Context, ids []int64, back bool, each func(Edge) error) error
	// entitiesOf returns entities in the order of their ids.
	entitiesOf(ids []int64) ([]Entity, error)
}

// fromLinks is a source for a moment of which the links are.
type fromLinks struct {
	*adjacent
	valid Instant
}

func (s fromLinks) edges(ctx context.Context, ids []int64, back bool, each func(Edge) error) error {
	at := int64(min(s.valid, Forever-1)) // what holds for ever holds at the end of time
	for i, id := range ids {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		if !s.links.Each(id, at, back, func(from, to int64, name string) bool {
			err = each(Edge{From: from, To: to, Predicate: name})
			return err == nil
		}) {
			return err
		}
	}
	return nil
}

func (s fromLinks) entitiesOf(ids []int64) ([]Entity, error) {
	out := make([]Entity, 0, len(ids))
	for _, id := range ids {
		if e, ok := s.entities[id]; ok { // else it is damaged
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Entity) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// fromRows is a source for any moment. It counts what it reads.
type fromRows struct {
	r    Reader
	as   AsOf
	read int
}

func (s *fromRows) edges(_ context.Context, ids []int64, back bool, each func(Edge) error) error {
	return s.r.Edges(ids, s.as, back, func(e Edge) error {
		s.read++
		return each(e)
	})
}

func (s *fromRows) entitiesOf(ids []int64) ([]Entity, error) { return s.r.Entities(ids...) }
