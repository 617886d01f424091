package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Asking is the root whose kernels are asked who they are when their files do not tell:
// ask is called with the path of a socket. Without it the lock has to tell, which knows
// less.
func (r Root) Asking(ask func(ctx context.Context, socket string) (Record, error)) Root {
	r.ask = ask
	return r
}

// askPatience is how long a kernel may take to say who it is.
const askPatience = 500 * time.Millisecond

// identify tells who has locked a run folder: by kernel.json, or else by asking on the
// socket. It is false if neither tells, as while a kernel starts.
func (r Root) identify(ctx context.Context, dir string) (Record, bool) {
	if rec, err := recordOf(dir); err == nil && rec.Alive() {
		return rec, true
	}
	if r.ask == nil {
		return Record{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	socket := filepath.Join(dir, socketFile)
	rec, err := r.ask(ctx, socket)
	if err != nil || !belongs(rec, dir) {
		return Record{}, false
	}
	rec.Protocol, rec.Folder = Protocol, dir
	if rec.Socket == "" {
		rec.Socket = socket
	}
	return rec, true
}

// surmise is what is known of a kernel that does not say who it is: it may be hung, or
// live in another container.
func surmise(dir string) (Record, bool) {
	if rec, err := recordOf(dir); err == nil {
		return rec, true
	}
	c := claimed(dir)
	rec := Record{ID: c.ID, Process: c.Process, Protocol: Protocol, Socket: filepath.Join(dir, socketFile), Activated: c.Activated, Folder: dir}
	return rec, c.PID > 0 && belongs(rec, dir) && exists(rec.Socket)
}

// recordOf reads the record in a run folder, if it is one of this folder's kernel.
func recordOf(dir string) (Record, error) {
	rec, err := readRecord(dir)
	if err == nil && !belongs(rec, dir) {
		err = errors.New("it is the record of another run folder")
	}
	return rec, err
}

// belongs tells whether a run folder is that of a kernel.
func belongs(rec Record, dir string) bool {
	own, err := RootAt(filepath.Dir(dir)).folder(rec.ID)
	return err == nil && own == dir
}

// claim is what the holder of a lock writes into it.
type claim struct {
	ID string `json:"id,omitempty"`
	Process
	Activated bool `json:"activated,omitempty"`
}

// claimed is what the lock says, if the process lives that has said it.
func claimed(dir string) claim {
	if c := readClaim(dir); c.Alive() {
		return c
	}
	return claim{}
}

func readClaim(dir string) claim {
	var c claim
	if text, err := readSmall(filepath.Join(dir, lockFile), maxRecord); err == nil && json.Unmarshal(text, &c) != nil {
		c = claim{}
	}
	return c
}

// exists tells whether there is something at a path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
