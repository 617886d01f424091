package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// TakenError says that a kernel of that id runs already.
type TakenError struct {
	ID string
	// Holder is the process that has it. Its PID is 0 if it is not known.
	Holder Process
	// Address is where it is reached, if it is ready.
	Address string
}

// Error implements error.
func (e *TakenError) Error() string {
	who := "another process"
	if e.Holder.PID > 0 {
		who = "process " + strconv.Itoa(e.Holder.PID)
	}
	where := ""
	if e.Address != "" {
		where = " at " + e.Address
	}
	return fmt.Sprintf("a kernel %q runs already: %s has it%s: use another --id, or stop it with: llmspell kernel stop %s", e.ID, who, where, e.ID)
}

// Instance is the run folder of the kernel in this process, locked.
type Instance struct {
	id   string
	dir  string
	self Process
	lock *flock.Flock
	// activated says that the socket is systemd's.
	activated bool

	mu        sync.Mutex
	published Record
	released  bool
}

// claimPatience is how long a lock may be held by somebody who does not say who it
// is: one that only looks, or one that is about to say it.
const claimPatience = 2 * time.Second

// Claim takes the run folder of an id for this process, and removes what an
// earlier kernel has left there. The error is a *TakenError if another process
// has it.
// activated says that the socket there is systemd's: it stays.
func (r Root) Claim(ctx context.Context, id string, activated bool) (*Instance, error) {
	dir, err := r.folder(id)
	if err != nil {
		return nil, err
	}
	self := Self()
	for end := time.Now().Add(claimPatience); ; {
		var lock *flock.Flock
		err := r.prepare(dir)
		if err == nil {
			lock, err = tryLock(dir, true)
		}
		switch {
		case err == nil:
			clear(dir, activated)
			// Who asks in the meantime is told who has it. On Windows nobody else can read
			// a locked file, and they are told later.
			text, _ := json.Marshal(claim{self, activated})
			_ = os.WriteFile(filepath.Join(dir, lockFile), text, 0o600)
			return &Instance{id: id, dir: dir, self: self, lock: lock, activated: activated}, nil
		case errors.Is(err, errLocked):
			rec, rerr := readRecord(dir)
			if rerr == nil && rec.Alive() {
				return nil, &TakenError{ID: rec.ID, Holder: rec.Process, Address: rec.Reach()}
			}
		case errors.Is(err, errVanished):
		default:
			return nil, Explain(err)
		}
		if time.Now().After(end) {
			return nil, &TakenError{ID: id, Holder: holder(dir)}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// claim is what the holder of a lock writes into it.
type claim struct {
	Process
	Activated bool `json:"activated,omitempty"`
}

func readClaim(dir string) (claim, error) {
	var c claim
	text, err := readSmall(filepath.Join(dir, lockFile), maxRecord)
	if err != nil {
		return c, err
	}
	err = json.Unmarshal(text, &c)
	return c, err
}

// holder is the process that says in the lock that it holds it.
func holder(dir string) Process {
	c, err := readClaim(dir)
	if err != nil || !c.Alive() {
		return Process{}
	}
	return c.Process
}

// clear removes what a kernel has left in its folder, except the lock, which the
// caller holds. It keeps the socket if that is systemd's.
func clear(dir string, activated bool) {
	if rec, err := readRecord(dir); err == nil {
		rec.removeFiles()
	}
	if c, err := readClaim(dir); err == nil && c.Activated {
		activated = true
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if name == recordFile || name == tokenFile || strings.HasPrefix(name, "."+recordFile+"-") ||
			strings.HasPrefix(name, "."+tokenFile+"-") || name == socketFile && !activated && e.Type()&fs.ModeSocket != 0 {
			_ = os.Remove(filepath.Join(dir, name)) // what cannot be removed shows when it is written
		}
	}
}

// Reach is the address that clients connect to: "unix:PATH".
func (r Record) Reach() string {
	if r.Socket == "" {
		return r.Address
	}
	return "unix:" + r.Socket
}

// Dir returns the run folder.
func (i *Instance) Dir() string { return i.dir }

// ID returns the id.
func (i *Instance) ID() string { return i.id }

// SocketPath is where the kernel's socket belongs.
func (i *Instance) SocketPath() string { return filepath.Join(i.dir, socketFile) }

// WriteToken keeps the token that clients show on TCP, and returns its file.
func (i *Instance) WriteToken(token string) (string, error) {
	path := filepath.Join(i.dir, tokenFile)
	return path, writeWhole(path, []byte(token+"\n"), Explain)
}

// Publish tells everybody where the kernel is reached. It fills in what is known
// here: the id, the process, the protocol. The connection and pid files that the
// record names are written too.
func (i *Instance) Publish(rec Record) (Record, error) {
	rec.ID, rec.Process, rec.Protocol, rec.Folder, rec.Activated = i.id, i.self, Protocol, i.dir, i.activated
	if rec.StartedAt.IsZero() {
		rec.StartedAt = time.Now()
	}
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return rec, fmt.Errorf("describe the kernel: %w", err)
	}
	if err := rec.writeFiles(); err != nil {
		return rec, err
	}
	if err := writeWhole(filepath.Join(i.dir, recordFile), append(text, '\n'), Explain); err != nil {
		rec.removeFiles()
		return rec, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.published = rec
	return rec, nil
}

// Owns tells whether the run folder is still this kernel's. When somebody has removed
// it, what is there now may be another kernel's.
func (i *Instance) Owns() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.owns()
}

func (i *Instance) owns() bool {
	if i.released {
		return false
	}
	named, err := os.Lstat(filepath.Join(i.dir, lockFile))
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // another error says nothing
	}
	held, err := i.lock.Stat()
	return err != nil || os.SameFile(held, named)
}

// Lost says why nobody finds the kernel any more, once it is published: its run folder,
// or the socket there, was removed. Nil: it is found.
func (i *Instance) Lost() error {
	if !i.Owns() {
		return fmt.Errorf("the run folder %s was removed: nobody finds this kernel any more", i.dir)
	}
	if _, err := os.Lstat(i.SocketPath()); errors.Is(err, fs.ErrNotExist) && !i.activated {
		return fmt.Errorf("the socket %s was removed: nobody reaches this kernel any more", i.SocketPath())
	}
	return nil
}

// Release removes what was published, and lets others have the id. The socket must
// be closed.
func (i *Instance) Release() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.released {
		return
	}
	owned := i.owns()
	i.released = true
	if !owned {
		i.published.removeFiles()
		_ = i.lock.Close()
		return
	}
	clear(i.dir, i.activated)
	removeFolder(i.dir, i.lock)
}

// removeFolder removes a run folder whose lock is held, and lets go of it.
func removeFolder(dir string, lock *flock.Flock) {
	// While it is held: who opens the file now notices that it has gone. Windows does
	// not allow that; there the file is removed if nobody has it by then.
	path := filepath.Join(dir, lockFile)
	early := os.Remove(path) == nil
	_ = lock.Close()
	if !early {
		_ = os.Remove(path)
	}
	_ = os.Remove(dir) // not if there is something of somebody else's
}
