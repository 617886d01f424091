package kernel

import (
	"context"
	"errors"
	"sync"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/gather"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/tools"
)

// Services are what the sessions of a process share. Databases are opened when
// they are first asked for. Its methods may be called by any goroutine.
type Services struct {
	Events *events.Bus
	Hooks  *hooks.Registry
	// HookPoints are what the built-in hook of metrics has counted; nothing if it is
	// off.
	HookPoints hooks.Metrics
	// Tools are the figures of the tools of all sessions, also of those that are
	// closed.
	Tools tools.Totals
	// Tracer is told of executions; nil: nobody is. Set it before the first session
	// is made. Close ends it.
	Tracer Tracer
	// Learner learns patterns from what sessions do; nil: nobody does. Set it before the first
	// session is made. Close ends it.
	Learner *Learner

	state   lazy[*state.Store]
	archive lazy[*archive.Store]
	memory  lazy[*Memory]
	rest    archiveRest

	archiveUnused func() bool // Openers.ArchiveUnused
}

// Openers open the databases of Services, and say what its events and hooks are
// like. Nil functions: there is no such database.
type Openers struct {
	State   func() (*state.Store, error)
	Archive func() (*archive.Store, error)
	Memory  func() (*Memory, error)
	// ArchiveRest opens what can be read of the database that Archive could not open for
	// why, which wraps db.ErrCorrupt. Nil: nothing is.
	ArchiveRest func(ctx context.Context, why error) (*archive.Store, error)
	// StateUnused tells that State would make a new database: there is nothing in it
	// yet. Nil: not known.
	StateUnused func() bool
	// ArchiveUnused is the same of Archive: no session was ever kept. Nil: not known.
	ArchiveUnused func() bool
	Events        events.Options // Hooks is set to those of the Services
	Hooks         hooks.Options
	// KeepScopes leaves the values of sessions that are deleted in the State. It is for
	// sessions that are copies of others.
	KeepScopes bool
}

// NewServices makes services whose databases are opened by o.
func NewServices(o Openers) *Services {
	registry := hooks.New(o.Hooks)
	o.Events.Hooks = registry
	s := &Services{
		Events: events.New(o.Events), Hooks: registry,
		rest:  archiveRest{open: o.ArchiveRest},
		state: lazy[*state.Store]{open: o.State}, archive: lazy[*archive.Store]{open: o.Archive}, memory: lazy[*Memory]{open: o.Memory},
	}
	if o.Archive != nil && o.State != nil && !o.KeepScopes {
		s.connect(o)
	}
	return s
}

// State returns the store of values. Its error says why there is none.
func (s *Services) State() (*state.Store, error) { return s.state.get("state") }

// Archive returns the store of sessions and artifacts. Its error says why there
// is none.
func (s *Services) Archive() (*archive.Store, error) { return s.archive.get("sessions") }

// Memory returns what scripts and agents remember. Its error says why there is nothing.
func (s *Services) Memory() (*memory.Memory, error) {
	m, err := s.memory.get("memory")
	if err != nil {
		return nil, err
	}
	return m.Memory, nil
}

// Library returns the documents of RAG. Its error says why there are none.
func (s *Services) Library() (*rag.Library, error) {
	m, err := s.memory.get("memory")
	if err != nil {
		return nil, err
	}
	return m.Library, nil
}

// Contexts returns what makes contexts of memory and documents. Its error says why there are none.
func (s *Services) Contexts() (*gather.Gatherer, error) {
	m, err := s.memory.get("memory")
	if err != nil {
		return nil, err
	}
	return m.Contexts, nil
}

// StateOperations counts what was done with the store of values; none if it was
// not opened.
func (s *Services) StateOperations() []state.OperationCount {
	if store, ok := s.state.peek(); ok {
		return store.Operations()
	}
	return nil
}

// Shrink gives back the memory that the databases keep to be faster the next time.
func (s *Services) Shrink(ctx context.Context) {
	if store, ok := s.state.peek(); ok {
		store.Shrink(ctx)
	}
	if store, ok := s.archive.peek(); ok {
		store.Shrink(ctx)
	}
	if m, ok := s.memory.peek(); ok {
		if b, ok := m.Backend.(interface{ Shrink(context.Context) }); ok {
			b.Shrink(ctx)
		}
	}
}

// Close closes what was opened, and ends the Tracer.
func (s *Services) Close() error {
	s.Events.Close()
	var learned error
	if s.Learner != nil {
		learned = s.Learner.Close()
	}
	err := errors.Join(learned, s.state.close(), s.archive.close(), s.memory.close(), s.rest.close())
	if s.Tracer != nil {
		err = errors.Join(err, s.Tracer.Shutdown(context.Background()))
	}
	return err
}

// lazy is something that is opened once. A failure is not kept: the next call
// tries again.
type lazy[T interface{ Close() error }] struct {
	open func() (T, error)

	mu     sync.Mutex
	value  T
	opened bool
	closed bool
}

func (l *lazy[T]) get(what string) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.opened:
		return l.value, nil
	case l.closed:
		return l.value, errors.New("the kernel has shut down: its " + what + " can no longer be reached")
	case l.open == nil:
		return l.value, errors.New("this kernel keeps no " + what)
	}
	v, err := l.open()
	if err == nil {
		l.value, l.opened = v, true
	}
	return v, err
}

// peek returns what was opened, and is not closed.
func (l *lazy[T]) peek() (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.opened
}

func (l *lazy[T]) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if !l.opened {
		return nil
	}
	l.opened = false
	return l.value.Close()
}
