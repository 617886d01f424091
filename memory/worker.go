package memory

import (
	"context"
	"time"
)

// worker makes vectors in the background.
type worker struct {
	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

const (
	gather   = 100 * time.Millisecond // so long it waits for more rows
	firstGap = 5 * time.Second        // so long after a failure, then twice as long each time
	longGap  = 5 * time.Minute
)

// InBackground has vectors made soon after rows were added, and of those that a process before has left without.
// It is called once, before anything else; EndWork ends it.
func (m *Meaning) InBackground() {
	if m == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &worker{wake: make(chan struct{}, 1), stop: stop, done: make(chan struct{})}
	m.worker = w
	w.notify()
	go func() {
		defer close(w.done)
		gap := firstGap
		for w.wait(ctx) {
			_, err := m.Embed(ctx, nil)
			if err == nil {
				gap = firstGap
				continue
			}
			select {
			case <-ctx.Done():
			case <-time.After(gap):
				gap = min(2*gap, longGap)
				w.notify()
			}
		}
	}()
}

// notify says that there is something to do.
func (w *worker) notify() {
	if w == nil {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// wait waits until there is something to do, and for what comes soon after. false: it is to end.
func (w *worker) wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-w.wake:
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(gather):
		return true
	}
}

// EndWork ends what goes on in the background. What lacks a vector gets it later.
func (m *Meaning) EndWork() {
	if m == nil || m.worker == nil {
		return
	}
	m.worker.stop()
	<-m.worker.done
}

// Notify says that there may be rows that lack a vector.
func (m *Meaning) Notify() {
	if m != nil {
		m.worker.notify()
	}
}
