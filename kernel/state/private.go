package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/llmspell/llmspell/kernel/db"
)

// A session that is on no disk has a scope of its own, which ends with it. Where its
// process is killed nothing can delete what is there, so that the scope names a file
// that the process holds a lock on: who opens the store next sees that nobody does,
// and deletes the scope. Such a scope belongs to one process at one time, so it is in
// no export, and comes from none.

// liveExt is what the folder of these files has behind the database's name.
const liveExt = ".live"

// What private scopes have in common, for the index.
const (
	privateFrom = "session:live:"
	privateEnd  = "session:live;"
)

// Private tells whether the scope is that of one session in memory, made by
// Store.PrivateScope: its values end with that session or its process.
func (s Scope) Private() bool {
	return s.Kind == Session && isPrivate(s.String())
}

// isPrivate is Scope.Private of a scope's text.
func isPrivate(scope string) bool {
	_, is := privateMark(scope)
	return is
}

// privateMark reads session:live:MARK.NUMBER:SESSION. Earlier versions have written
// session:live:SESSION:RANDOM, which has no mark. Any other scope is its user's.
func privateMark(scope string) (mark string, is bool) {
	rest, is := strings.CutPrefix(scope, privateFrom)
	if !is {
		return "", false
	}
	first, session, _ := strings.Cut(rest, ":")
	mark, number, _ := strings.Cut(first, ".")
	if isText(mark, markSize) && number != "" && strings.Trim(number, "0123456789") == "" && session != "" {
		return mark, true
	}
	last := strings.LastIndexByte(rest, ':')
	return "", last > 0 && isText(rest[last+1:], 8)
}

// markSize is how many characters a mark has.
const markSize = 16

// isText tells whether a text has n characters of crypto/rand.Text, as small letters.
func isText(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// marks are what shows others that the process of a store lives.
type marks struct {
	mu     sync.Mutex
	name   string // of the file; "": there is none yet
	lock   *flock.Flock
	scopes int
	// pending tells that the file could not be made: the store could only be read.
	pending atomic.Bool
}

// PrivateScope makes a scope that no other session has, for one that is not on disk.
// Clear it when the session ends. If the process ends before, who opens the store next
// does so. The session's ID is there for those who look at scopes.
func (s *Store) PrivateScope(session string) (Scope, error) {
	m := &s.marks
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.name == "" {
		if err := s.mark(); err != nil {
			return Scope{}, fmt.Errorf("make the scope of session %s: %w", session, err)
		}
	}
	m.scopes++
	return Scope{Session, fmt.Sprintf("live:%s.%d:%s", m.name, m.scopes, session)}, nil
}

// mark makes the file of this store, and locks it.
func (s *Store) mark() error {
	m := &s.marks
	for range 10 {
		name := strings.ToLower(rand.Text()[:markSize])
		if s.db.Path() == db.Memory { // nobody else sees it
			m.name = name
			return nil
		}
		if s.db.ReadOnly() { // nothing can be there
			m.name = name
			m.pending.Store(true)
			return nil
		}
		lock, err := s.lockMark(name)
		if err != nil {
			return err
		}
		if lock != nil {
			m.name, m.lock = name, lock
			return nil
		}
	}
	return fmt.Errorf("others keep removing the files in %s", s.liveFolder())
}

// lockMark makes the file of a name, and locks it; nil: others were faster.
func (s *Store) lockMark(name string) (*flock.Flock, error) {
	folder := s.liveFolder()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, s.db.Failed("make the folder "+folder, err)
	}
	path := filepath.Join(folder, name)
	lock := flock.New(path, flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the folder is gone again
	}
	if err != nil {
		return nil, s.db.Failed("lock "+path, err)
	}
	// Between its making and its lock somebody may have taken it for a dead one's.
	if _, err := os.Lstat(path); ok && err == nil {
		return lock, nil
	}
	_ = lock.Close() // it holds nothing
	return nil, nil
}

// markAgain makes the file that could not be made, when the store was written.
func (s *Store) markAgain() {
	m := &s.marks
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.pending.Load() {
		return
	}
	if lock, err := s.lockMark(m.name); err == nil && lock != nil {
		m.lock = lock
		m.pending.Store(false)
	}
}

// unmark ends what mark began.
func (s *Store) unmark() {
	m := &s.marks
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lock == nil {
		return
	}
	// Removed first: an unlocked one would be another's to remove. Windows removes it
	// only after it was closed.
	path := m.lock.Path()
	_ = os.Remove(path)
	_ = m.lock.Close()
	_ = os.Remove(path)
	_ = os.Remove(filepath.Dir(path)) // if it is empty
	m.lock = nil
}

// liveFolder is beside the file itself, however it was named.
func (s *Store) liveFolder() string {
	path := s.db.Path()
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path + liveExt
}

// sweepTime is how long an open may wait for other writers to delete what dead
// processes have left.
const sweepTime = time.Second

// sweepPrivate deletes the private scopes of processes that no longer live. What it
// cannot delete now, the next one does.
func (s *Store) sweepPrivate(ctx context.Context) {
	if s.db.Path() == db.Memory || s.db.ReadOnly() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	dead := map[string]*flock.Flock{}
	files, _ := os.ReadDir(s.liveFolder()) // usually there is no such folder
	for _, f := range files {
		lock := flock.New(filepath.Join(s.liveFolder(), f.Name()), flock.SetFlag(os.O_RDWR))
		switch ok, err := lock.TryLock(); {
		case ok:
			dead[f.Name()] = lock
		case errors.Is(err, fs.ErrNotExist):
		default:
			_ = lock.Close()
			dead[f.Name()] = nil // it lives, or nobody can tell
		}
	}
	err := s.clearDead(ctx, dead)
	for _, lock := range dead {
		if lock == nil {
			continue
		}
		if err == nil {
			_ = os.Remove(lock.Path())
		}
		_ = lock.Close()
		if err == nil {
			_ = os.Remove(lock.Path()) // where it could not be removed while it was open
		}
	}
	if len(dead) > 0 {
		_ = os.Remove(s.liveFolder()) // if it is empty
	}
}

// clearDead clears the private scopes that name no file, or one of those that have a
// lock in files.
func (s *Store) clearDead(ctx context.Context, files map[string]*flock.Flock) error {
	var all []string
	if err := s.db.Look(ctx, func(tx *db.Tx) (err error) {
		all, err = privateScopes(tx)
		return err
	}); err != nil || len(all) == 0 {
		return err
	}
	gone := all[:0]
	for _, scope := range all {
		mark, _ := privateMark(scope)
		if lock, there := files[mark]; there && lock == nil {
			continue
		} else if !there && s.marked(mark) { // made since
			continue
		}
		gone = append(gone, scope)
	}
	if len(gone) == 0 {
		return nil
	}
	return s.clearTexts(ctx, gone)
}

// marked tells whether there is a file of that name.
func (s *Store) marked(mark string) bool {
	if mark == "" {
		return false
	}
	_, err := os.Lstat(filepath.Join(s.liveFolder(), mark))
	return !errors.Is(err, fs.ErrNotExist)
}

// privateScopes lists the private scopes that have rows.
func privateScopes(tx *db.Tx) (out []string, err error) {
	err = tx.Each(func(rows *sql.Rows) error {
		var scope string
		if err := rows.Scan(&scope); err != nil {
			return err
		}
		if isPrivate(scope) {
			out = append(out, scope)
		}
		return nil
	}, "select scope from entries where scope >= ? and scope < ? union select scope from history where scope >= ? and scope < ?",
		privateFrom, privateEnd, privateFrom, privateEnd)
	return out, err
}
