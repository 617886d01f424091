package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	// Folder is the run folder, if its lock is held by what does not seem to be a kernel, and
	// Lockers are the processes that hold it, as far as the system tells.
	Folder  string
	Lockers []int
}

// Error implements error.
func (e *TakenError) Error() string {
	if e.Folder != "" && len(e.Lockers) == 0 {
		return fmt.Sprintf("the run folder %s of the kernel %q is locked by a process that does not say who it is: use another --id, or end that process (lsof %[1]s %[1]s/%[3]s may find it)", e.Folder, e.ID, lockFile)
	}
	if e.Folder != "" {
		pids := strings.Trim(fmt.Sprint(e.Lockers), "[]")
		return fmt.Sprintf("the run folder %s of the kernel %q is locked by the process %s, which is no kernel that says who it is: use another --id, or end that process: kill %[3]s", e.Folder, e.ID, pids)
	}
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
	// replaced is what had the names of the kernel's files, and was removed.
	replaced []string

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
			in := &Instance{id: id, dir: dir, self: self, lock: lock, activated: activated, written: map[string]written{}}
			if err := in.tidy(); err != nil {
				lock.Close()
				return nil, Explain(err)
			}
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
			if !errors.Is(err, errLocked) {
				return nil, unsettled(dir)
			}
			return nil, takenBy(id, dir)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// unsettled is the error for a folder that goes on changing while it is to be locked.
func unsettled(dir string) error {
	return fmt.Errorf("the run folder %s, or the file %s in it, is removed or replaced again and again: end what does that, or remove the folder, and try again", dir, lockFile)
}

// takenBy is the error for a lock whose holder has not said who it is.
func takenBy(id, dir string) error {
	e := &TakenError{ID: id, Holder: claimed(dir).Process}
	if e.Holder.PID > 0 {
		return e
	}
	e.Folder = dir
	for _, path := range []string{dir, filepath.Join(dir, lockFile)} {
		for _, pid := range lockers(path) {
			if !slices.Contains(e.Lockers, pid) {
				e.Lockers = append(e.Lockers, pid)
			}
		}
	}
	return e
}

// tidy removes what an earlier kernel, or anybody, has left where this one's files belong.
func (i *Instance) tidy() error {
	clear(i.dir, i.activated)
	if i.lock.replaced != "" {
		i.replaced = append(i.replaced, i.lock.replaced)
	}
	for _, name := range []string{recordFile, tokenFile, socketFile} {
		if name == socketFile && i.activated {
			continue
		}
		removed, err := straighten(i.dir, name)
		if err != nil {
			return err
		}
		if removed != "" {
			i.replaced = append(i.replaced, removed)
		}
	}
	return nil
}

// Replaced says what was of another kind at the paths of the kernel's files, and was removed.
func (i *Instance) Replaced() []string { return i.replaced }

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
