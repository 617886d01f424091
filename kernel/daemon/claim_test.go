//go:build unix

package daemon

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func claimOf(t *testing.T, r Root, id string) *Instance {
	t.Helper()
	in, err := r.Claim(t.Context(), id, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Release)
	return in
}

func TestPublishAndFind(t *testing.T) {
	root := testRoot(t)
	if list, err := root.List(); err != nil || len(list) != 0 {
		t.Fatalf("%v %v", list, err)
	}
	in := claimOf(t, root, "dev")
	outside := t.TempDir()
	token, err := in.WriteToken("secret")
	if err != nil {
		t.Fatal(err)
	}
	want := Record{
		Version: "1", Socket: in.SocketPath(), Address: "127.0.0.1:4711", TokenFile: token,
		ConnectionFile: outside + "/sub/connection.json", PIDFile: outside + "/kernel.pid",
	}
	if want, err = in.Publish(want); err != nil {
		t.Fatal(err)
	}
	got, err := root.Find("dev")
	if err != nil || got.PID != os.Getpid() || got.Address != want.Address || got.Protocol != Protocol || !got.StartedAt.Equal(want.StartedAt) {
		t.Errorf("%+v %v", got, err)
	}
	c, err := ReadConnection(want.ConnectionFile)
	if err != nil || c.IP != "127.0.0.1" || c.Port != 4711 || c.Token != "secret" || c.Socket != in.SocketPath() || c.Address() != "unix:"+in.SocketPath() {
		t.Errorf("connection file: %+v %v", c, err)
	}
	for _, path := range []string{want.ConnectionFile, want.PIDFile, token, filepath.Join(in.Dir(), recordFile), filepath.Join(in.Dir(), lockFile)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	in.Release()
	for _, path := range []string{in.Dir(), want.ConnectionFile, want.PIDFile} {
		if exists(path) {
			t.Errorf("%s is left", path)
		}
	}
	if _, err := root.Find("dev"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after the end: %v", err)
	}
}

// Files of another kernel are not removed, even where the paths are the same.
func TestReleaseKeepsOthersFiles(t *testing.T) {
	root, path := testRoot(t), t.TempDir()+"/k.pid"
	in := claimOf(t, root, "a")
	if _, err := in.Publish(Record{Socket: in.SocketPath(), PIDFile: path}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in.Release()
	if !exists(path) {
		t.Error("the pid file of another process was removed")
	}
}

func TestTaken(t *testing.T) {
	root := testRoot(t)
	in := claimOf(t, root, "dev")
	// Not published yet: the lock tells who has it, after a while.
	_, err := root.Claim(t.Context(), "dev", false)
	var taken *TakenError
	if !errors.As(err, &taken) || taken.Holder.PID != os.Getpid() {
		t.Errorf("while it starts: %v", err)
	}
	if _, err := in.Publish(Record{Socket: in.SocketPath()}); err != nil {
		t.Fatal(err)
	}
	_, err = root.Claim(t.Context(), "dev", false)
	if !errors.As(err, &taken) || taken.Address != "unix:"+in.SocketPath() || !strings.Contains(err.Error(), "llmspell kernel stop dev") {
		t.Errorf("while it runs: %v", err)
	}
	if list, err := root.List(); err != nil || len(list) != 1 {
		t.Errorf("list: %v %v", list, err)
	}
}

// Of many that want an id at once, exactly one has it at any time, also while others
// list, and while it is given up again and again.
func TestClaimRace(t *testing.T) {
	root := testRoot(t)
	var mu sync.Mutex
	holders := 0
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := root.List(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var claims sync.WaitGroup
	for range 8 {
		claims.Go(func() {
			for won := 0; won < 3; {
				in, err := root.Claim(t.Context(), "one", false)
				var taken *TakenError
				if errors.As(err, &taken) {
					time.Sleep(time.Millisecond) // they take turns
					continue
				}
				won++
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				holders++
				if holders != 1 {
					t.Errorf("%d have it", holders)
				}
				mu.Unlock()
				if _, err := in.Publish(Record{Socket: in.SocketPath()}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				holders--
				mu.Unlock()
				in.Release()
			}
		})
	}
	claims.Wait()
	close(stop)
	all.Wait()
	if entries, err := os.ReadDir(root.Path()); err != nil || len(entries) != 0 {
		t.Errorf("left: %v %v", entries, err)
	}
}

// Whatever a dead kernel has left, the next one starts and the listing is empty.
func TestStale(t *testing.T) {
	self := Self()
	record := func(change func(*Record)) string {
		r := Record{ID: "k", Process: self, Socket: "/nowhere"}
		change(&r)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tests := map[string]string{
		"none":         "",
		"half":         `{"id": "k", "pid": 12`,
		"garbage":      "\x00\xff",
		"other shape":  `[1, 2]`,
		"dead":         record(func(r *Record) { r.PID = 1 << 30 }),
		"reused pid":   record(func(r *Record) { r.Start = "1" }),
		"other boot":   record(func(r *Record) { r.Boot = "another" }),
		"negative pid": record(func(r *Record) { r.PID = -1 }),
		"alive":        record(func(*Record) {}), // but does not hold the lock
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			for _, how := range []string{"claim", "list"} {
				root := testRoot(t)
				dir, err := root.folder("k")
				if err != nil {
					t.Fatal(err)
				}
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				stale(t, dir, text)
				if dirs, err := root.Stale(); err != nil || len(dirs) != 1 {
					t.Errorf("stale: %v %v", dirs, err)
				}
				if how == "list" {
					if list, err := root.List(); err != nil || len(list) != 0 {
						t.Errorf("list: %v %v", list, err)
					}
					if exists(dir) {
						t.Error("the folder is left")
					}
					continue
				}
				in := claimOf(t, root, "k")
				ln, err := net.Listen("unix", in.SocketPath())
				if err != nil {
					t.Fatal(err)
				}
				ln.Close()
				in.Release()
			}
		})
	}
}

// stale leaves the files of a kernel that was killed in a folder.
func stale(t *testing.T, dir, record string) {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(dir, socketFile))
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	files := map[string]string{lockFile: "", tokenFile: "x", "." + recordFile + "-123": "{"}
	if record != "" {
		files[recordFile] = record
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What is not a run folder, and what others have put into one, stays.
func TestStrangersStay(t *testing.T) {
	root := testRoot(t)
	in := claimOf(t, root, "k")
	mine := filepath.Join(in.Dir(), "notes.txt")
	other := filepath.Join(root.Path(), "other")
	for _, err := range []error{
		os.WriteFile(mine, nil, 0o600), os.Mkdir(other, 0o700), os.WriteFile(filepath.Join(other, socketFile), nil, 0o600),
		os.WriteFile(filepath.Join(root.Path(), "dap.sock"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	in.Release()
	if list, err := root.List(); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	for _, path := range []string{mine, filepath.Join(other, socketFile), filepath.Join(root.Path(), "dap.sock")} {
		if !exists(path) {
			t.Errorf("%s was removed", path)
		}
	}
}

// The socket that systemd listens on survives the kernel, however that ends.
func TestActivatedSocketStays(t *testing.T) {
	root := testRoot(t)
	dir, err := root.folder("k")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", filepath.Join(dir, socketFile))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	in, err := root.Claim(t.Context(), "k", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Publish(Record{Socket: in.SocketPath()}); err != nil {
		t.Fatal(err)
	}
	in.lock.Close() // as if it were killed
	if list, err := root.List(); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if !exists(in.SocketPath()) {
		t.Fatal("systemd's socket was removed after a crash")
	}
	in, err = root.Claim(t.Context(), "k", true)
	if err != nil {
		t.Fatal(err)
	}
	in.Release()
	if !exists(in.SocketPath()) {
		t.Error("systemd's socket was removed at the end")
	}
}
