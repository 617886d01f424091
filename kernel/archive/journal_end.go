package archive

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// An execution that has ended, and cannot be journaled so, would keep its session from being
// deleted for as long as its process lives: in a kernel, for good.

// endings are executions that have ended, which the database does not know yet. They are
// noted when that is possible.
type endings struct {
	every time.Duration // how long to wait before the next try

	trying sync.Mutex // one try at a time; before mu

	mu     sync.Mutex
	list   map[*Recorder]func(context.Context) error
	timer  *time.Timer
	closed bool
}

// endEvery is how often a missing end is tried again.
const endEvery = 2 * time.Second

// endLater notes that the execution has ended, of which the journal could not be written for
// why: what takes least room, and as what is deleted on a full disk.
func (r *Recorder) endLater(ctx context.Context, e End, took int64, dropped int, why error) {
	text := "not everything could be kept: " + unhinted(why).Error()
	if e.Error != "" {
		text = e.Error + "; besides, " + text
	}
	note := func(ctx context.Context) error {
		return r.s.db.Free(ctx, func(tx *db.Tx) error {
			if _, err := r.standing(tx); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE executions SET duration = ?, outcome = ?, error = ?, dropped = ? WHERE session = ? AND sequence = ?`,
				took, string(e.Outcome), validText(text, maxError), dropped, r.session, r.sequence)
			return err
		})
	}
	if ctx.Err() != nil || !ended(note(ctx)) {
		r.s.endings.add(r, note)
	}
}

// ended tells whether there is nothing left to note: it was noted, or there is no place for
// it any more.
func ended(err error) bool {
	return err == nil || errors.Is(err, ErrLost) || errors.Is(err, db.ErrClosed)
}

// add has note called until it works.
func (n *endings) add(r *Recorder, note func(context.Context) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if n.list == nil {
		n.list = map[*Recorder]func(context.Context) error{}
	}
	n.list[r] = note
	n.plan()
}

// plan makes sure that there will be another try. n.mu is held.
func (n *endings) plan() {
	if n.timer == nil && !n.closed && len(n.list) > 0 {
		n.timer = time.AfterFunc(n.every, n.try)
	}
}

// try notes what can be noted.
func (n *endings) try() {
	n.trying.Lock()
	defer n.trying.Unlock()
	n.tryAll()
}

// tryAll is try by who holds n.trying.
func (n *endings) tryAll() {
	n.mu.Lock()
	n.timer = nil
	notes := make(map[*Recorder]func(context.Context) error, len(n.list))
	for r, note := range n.list {
		notes[r] = note
	}
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	for r, note := range notes {
		if ended(note(ctx)) {
			n.mu.Lock()
			delete(n.list, r)
			n.mu.Unlock()
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.plan()
}

// has tells whether an execution of this process has ended, whatever the database says.
func (n *endings) has(session string, sequence int, process string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for r := range n.list {
		if r.session == session && r.sequence == sequence && process == thisProcess() {
			return true
		}
	}
	return false
}

// close tries a last time, and ends the tries.
func (n *endings) close() {
	n.mu.Lock()
	n.closed = true
	if n.timer != nil {
		n.timer.Stop()
	}
	n.mu.Unlock()
	n.trying.Lock() // a try that is under way has ended then
	defer n.trying.Unlock()
	n.tryAll()
}

// flushAll writes what the executions that have not ended have noted.
func (s *Store) flushAll() {
	s.mu.Lock()
	list := make([]*Recorder, 0, len(s.recorders))
	for r := range s.recorders {
		list = append(list, r)
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	for _, r := range list {
		r.mu.Lock()
		r.outputAt = time.Time{}
		r.mu.Unlock()
		_ = r.flush(ctx) // nobody is left to be told
		r.mu.Lock()
		r.ended = true
		if r.timer != nil {
			r.timer.Stop()
		}
		r.mu.Unlock()
	}
	s.endings.close()
}
