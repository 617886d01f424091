package rpc

import (
	"context"
	"sync"
)

// queue passes messages from the goroutine that reads to one that works with them.
// Up to limit bytes wait; then put waits, or the oldest is dropped.
type queue[T any] struct {
	limit int
	drop  bool

	mu      sync.Mutex
	items   []queuedItem[T]
	size    int
	dropped uint64
	closed  bool
	wake    chan struct{} // to get: items or closed has changed
	room    sync.Cond     // to put: size has shrunk, or closed
}

type queuedItem[T any] struct {
	value T
	size  int
}

func newQueue[T any](limit int, drop bool) *queue[T] {
	q := &queue[T]{limit: limit, drop: drop, wake: make(chan struct{}, 1)}
	q.room.L = &q.mu
	return q
}

// put adds a message, if the queue is not closed.
func (q *queue[T]) put(v T, size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.size > 0 && q.size+size > q.limit && !q.closed {
		if !q.drop {
			q.room.Wait()
			continue
		}
		q.size -= q.items[0].size
		q.items = q.items[1:]
		q.dropped++
	}
	if q.closed {
		return
	}
	q.items = append(q.items, queuedItem[T]{v, size})
	q.size += size
	q.signal()
}

func (q *queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns all that waits, and whether more can come.
func (q *queue[T]) take() (items []queuedItem[T], more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items, q.size = q.items, nil, 0
	q.room.Broadcast()
	return items, !q.closed
}

// get waits for a message. False: there is none, and none comes.
func (q *queue[T]) get(ctx context.Context) (v T, ok bool, err error) {
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			item := q.items[0]
			q.items = q.items[1:]
			q.size -= item.size
			q.room.Broadcast()
			if len(q.items) > 0 || q.closed {
				q.signal()
			}
			q.mu.Unlock()
			return item.value, true, nil
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			q.signal() // for the next
			return v, false, nil
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return v, false, context.Cause(ctx)
		}
	}
}

// close lets what waits be taken, and nothing be added.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.room.Broadcast()
	q.signal()
}
