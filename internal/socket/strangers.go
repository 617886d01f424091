package socket

import (
	"container/list"
	"sync"
	"time"
)

// WrongTokenDelay is how long a connection that has shown a wrong token waits for its
// answer. Only that connection waits: all clients of this machine have the same
// address, so anybody could keep those with the right token away.
const WrongTokenDelay = time.Second

// MaxStrangers is how many Strangers there may be.
const MaxStrangers = 32

// Strangers are the connections that have not shown the token yet. They may be
// anybody's, so they take no place from others: when there are more than
// MaxStrangers, the one that has waited longest must go. The zero value works.
type Strangers struct {
	mu   sync.Mutex
	list list.List // of func(), the oldest first
}

// Enter counts a connection until known is called, which may be more than once. evict
// is called if the connection must go; it must not wait.
func (s *Strangers) Enter(evict func()) (known func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list.Len() >= MaxStrangers {
		oldest := s.list.Front()
		s.list.Remove(oldest)
		oldest.Value.(func())()
	}
	e := s.list.PushBack(evict)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.list.Remove(e) // nothing, if it is not there any more
	}
}
