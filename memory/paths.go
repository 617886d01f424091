package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// MaxHops is how far paths go.
const MaxHops = 10

// maxFrontier is how many entities a search for paths visits at most.
const maxFrontier = 1 << 20

// Now is this moment on both clocks: what is believed now, of now.
func (m *Memory) Now() AsOf { return AsOf{Valid: At(m.clock()), Known: Forever} }

// Entity returns the entity with a name. ErrNotFound: there is none.
func (m *Memory) Entity(ctx context.Context, name string) (out *Entity, err error) {
	key, err := nameKey(name)
	if err != nil {
		return nil, err
	}
	err = m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		if out, err = r.EntityNamed(key); err == nil && out == nil {
			err = fmt.Errorf("entity %q: %w", name, ErrNotFound)
		}
		return err
	})
	return out, err
}

// Facts returns those that are meant.
func (m *Memory) Facts(ctx context.Context, q FactQuery) (out []Fact, err error) {
	err = m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		out, err = r.Facts(q)
		return err
	})
	return out, err
}

// Near is an entity that is so many facts away.
type Near struct {
	Entity Entity
	Hops   int
}

// Around returns the entities that at most hops facts lead to from one, each by its shortest
// way, the nearest first.
func (m *Memory) Around(ctx context.Context, name string, hops int, as AsOf) (out []Near, err error) {
	err = m.walk(ctx, name, hops, as, func(_ Reader, from source, s *search) error {
		out = nil
		for len(s.frontier) > 0 && s.hops < hops {
			if err := s.step(ctx, from); err != nil {
				return err
			}
			if len(s.frontier) == 0 {
				break
			}
			found, err := from.entitiesOf(s.frontier)
			for _, e := range found {
				out = append(out, Near{e, s.hops})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Path returns the facts of a shortest way from one entity to another, in their order; nil
// if there is none of at most hops.
func (m *Memory) Path(ctx context.Context, from, to string, hops int, as AsOf) (out []Edge, err error) {
	err = m.walk(ctx, from, hops, as, func(r Reader, edges source, ahead *search) error {
		out = nil
		end, err := named(r, to)
		if err != nil || end == ahead.start {
			return err
		}
		// Both ends search, the one that has less to look at first: half the way reaches far fewer entities
		// than the whole. Where they first meet is on a shortest way, since nothing shorter has met before.
		back := newSearch(end, true)
		for ahead.hops+back.hops < hops && len(ahead.frontier) > 0 && len(back.frontier) > 0 {
			s, other := ahead, back
			if len(back.frontier) < len(ahead.frontier) {
				s, other = back, ahead
			}
			if err := s.step(ctx, edges); err != nil {
				return err
			}
			if i := slices.IndexFunc(s.frontier, other.reached); i >= 0 {
				out = join(ahead, back, s.frontier[i])
				return nil
			}
		}
		return nil
	})
	return out, err
}

// join is the way through an entity that two searches have reached.
func join(ahead, back *search, middle int64) (out []Edge) {
	for at := middle; at != ahead.start; at = ahead.by[at].From {
		out = append(out, ahead.by[at])
	}
	slices.Reverse(out)
	for at := middle; at != back.start; at = back.by[at].To {
		out = append(out, back.by[at])
	}
	return out
}

// walk begins a search at an entity, in the links that are held, or else in the rows.
func (m *Memory) walk(ctx context.Context, from string, hops int, as AsOf, fn func(Reader, source, *search) error) error {
	if hops < 1 || hops > MaxHops {
		return fmt.Errorf("a path has 1 to %d hops, not %d", MaxHops, hops)
	}
	a := &m.adjacent
	a.refreshing.Lock() // before the view is made: what is held never goes back
	followed := sync.OnceFunc(a.refreshing.Unlock)
	defer followed()
	return m.backend.Read(ctx, m.tenant, func(r Reader) error {
		start, err := named(r, from)
		if err != nil {
			return err
		}
		held, err := a.follow(ctx, r, as)
		if err != nil {
			return err
		}
		if held {
			a.mu.RLock()
			defer a.mu.RUnlock()
			followed()
			return fn(r, fromLinks{a, as.Valid}, newSearch(start, false))
		}
		followed()
		rows := &fromRows{r: r, as: as}
		err = fn(r, rows, newSearch(start, false))
		a.read.Add(int64(rows.read))
		return err
	})
}

// search goes through a graph, one hop after the other.
type search struct {
	start    int64
	back     bool           // against the direction of facts
	frontier []int64        // the entities that are hops away
	by       map[int64]Edge // the last edge to each entity that was reached
	hops     int
}

func newSearch(start int64, back bool) *search {
	return &search{start: start, back: back, frontier: []int64{start}, by: map[int64]Edge{start: {}}}
}

func (s *search) reached(id int64) bool {
	_, ok := s.by[id]
	return ok
}

// step goes one hop further.
func (s *search) step(ctx context.Context, from source) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ids := s.frontier
	s.frontier = nil
	s.hops++
	return from.edges(ctx, ids, s.back, func(e Edge) error {
		next := e.To
		if s.back {
			next = e.From
		}
		if s.reached(next) {
			return nil
		}
		if len(s.by) >= maxFrontier {
			return fmt.Errorf("more than %d entities are in reach within %d hops: ask for fewer", maxFrontier, s.hops)
		}
		s.by[next] = e
		s.frontier = append(s.frontier, next)
		return nil
	})
}
