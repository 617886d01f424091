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
	lock *hold
	// activated says that the socket is systemd's.
	activated bool

	mu        sync.Mutex
	published Record
	written   map[string]written // what this kernel has written into the folder
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
		var lock *hold
		err := r.prepare(dir)
		if err == nil {
			lock, err = tryLock(dir, true)
		}
		switch {
		case err == nil:
			clear(dir, activated)
			in := &Instance{id: id, dir: dir, self: self, lock: lock, activated: activated, written: map[string]written{}}
			in.writeClaim()
			return in, nil
		case errors.Is(err, errLocked):
			if rec, ok := r.identify(ctx, dir); ok {
				return nil, &TakenError{ID: rec.ID, Holder: rec.Process, Address: rec.Reach()}
			}
		case errors.Is(err, errVanished):
		default:
			return nil, Explain(err)
		}
		if time.Now().After(end) {
			return nil, &TakenError{ID: id, Holder: claimed(dir).Process}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// clear removes what a kernel has left in its folder, except the lock, which the
// caller holds. It keeps the socket if that is systemd's.
func clear(dir string, activated bool) {
	if rec, err := readRecord(dir); err == nil {
		rec.removeFiles()
	}
	if readClaim(dir).Activated {
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
	i.mu.Lock()
	defer i.mu.Unlock()
	return filepath.Join(i.dir, tokenFile), i.write(tokenFile, []byte(token+"\n"))
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
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.write(recordFile, append(text, '\n')); err != nil {
		rec.removeFiles()
		return rec, err
	}
	i.published = rec
	return rec, nil
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
		i.lock.Close()
		return
	}
	clear(i.dir, i.activated)
	removeFolder(i.dir, i.lock)
}

// removeFolder removes a run folder whose lock is held, and lets go of it.
func removeFolder(dir string, lock *hold) {
	// While it is held: who opens the file now notices that it has gone. Windows does
	// not allow that; there the file is removed if nobody has it by then.
	path := filepath.Join(dir, lockFile)
	if os.Remove(path) == nil {
		_ = os.Remove(dir) // not if there is something of somebody else's
		lock.Close()
		return
	}
	lock.Close()
	_ = os.Remove(path)
	_ = os.Remove(dir)
}
