package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Target is where a kernel is reached.
type Target struct {
	// Address is "unix:PATH" or HOST:PORT.
	Address string
	// Token is what the kernel wants to see, as far as this user's files tell; "":
	// none, or not known.
	Token string
	// Record is that of the kernel; its PID is 0 if there is none of this user's.
	Record Record
}

// AutoID is the id of the kernel that is started when somebody asks for any.
const AutoID = "default"

// Resolve finds the kernel that spec means: its id, the path of its socket, run
// folder or connection file, or HOST:PORT. A word without a slash is the id of one that
// runs, or else a file in the working folder. "" means the only one that runs. Errors
// wrap ErrNotRunning if there is none.
func (r Root) Resolve(spec string) (Target, error) {
	path, named := strings.CutPrefix(spec, "unix:")
	switch {
	case spec == "":
		return r.only()
	case named || strings.ContainsRune(spec, '/') || strings.ContainsRune(spec, os.PathSeparator):
		return r.resolvePath(path)
	}
	if host, port, err := net.SplitHostPort(spec); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Target{}, fmt.Errorf("kernel %q: the port must be a number from 1 to 65535", spec)
		}
		if host == "" || host == "localhost" {
			host = "127.0.0.1"
		}
		return r.tcp(net.JoinHostPort(host, port))
	}
	rec, err := r.Find(spec)
	if err != nil { // "./" may be left out before a file
		info, missing := os.Stat(spec)
		if missing == nil && !info.IsDir() {
			if t, ferr := r.resolvePath(spec); ferr == nil || strings.HasSuffix(spec, ".json") {
				return t, ferr
			}
		}
	}
	if errors.Is(err, ErrNotRunning) {
		err = fmt.Errorf("%w%s", err, r.others())
	}
	return Target{Address: rec.Reach(), Record: rec}, err
}

// only is the one kernel that runs.
func (r Root) only() (Target, error) {
	list, err := r.List()
	switch {
	case err != nil:
		return Target{}, err
	case len(list) == 0:
		return Target{}, fmt.Errorf("%w: start one with: llmspell kernel start --daemon", ErrNotRunning)
	case len(list) > 1:
		return Target{}, fmt.Errorf("%d kernels run: say which: %s", len(list), ids(list))
	}
	return Target{Address: list[0].Reach(), Record: list[0]}, nil
}

// others says which kernels run, for an error.
func (r Root) others() string {
	list, err := r.List()
	if err != nil || len(list) == 0 {
		return ": none runs: start one with: llmspell kernel start --daemon"
	}
	return ": there is " + ids(list)
}

func ids(list []Record) string {
	names := make([]string, len(list))
	for i, rec := range list {
		names[i] = rec.ID
	}
	return strings.Join(names, ", ")
}

// tcp is a kernel by its TCP address. If it is one of this user's, its token is at
// hand.
func (r Root) tcp(address string) (Target, error) {
	t := Target{Address: address}
	list, err := r.List()
	if err != nil {
		return t, nil // a kernel elsewhere needs no run folder here
	}
	for _, rec := range list {
		if rec.Address == address {
			t.Record = rec
			token, err := readSmall(rec.TokenFile, maxRecord)
			if err == nil {
				t.Token = strings.TrimSpace(string(token))
			}
		}
	}
	return t, nil
}

// resolvePath is a kernel by a file of its.
func (r Root) resolvePath(path string) (Target, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Target{}, fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	switch {
	case info.IsDir():
		absolute, err := filepath.Abs(path)
		if err != nil {
			return Target{}, err
		}
		rec, _, err := r.look(absolute, false)
		if err != nil {
			return Target{}, err
		}
		if rec.PID == 0 {
			return Target{}, fmt.Errorf("%w: %s is no run folder of a kernel that lives", ErrNotRunning, path)
		}
		return Target{Address: rec.Reach(), Record: rec}, nil
	case !info.Mode().IsRegular(): // a socket
		absolute, err := filepath.Abs(path)
		return Target{Address: "unix:" + absolute}, err
	}
	c, err := ReadConnection(path)
	if err != nil {
		return Target{}, err
	}
	return Target{Address: c.Address(), Token: c.Token}, nil
}

// Auto finds the kernel of AutoID, or starts it with a command.
func (r Root) Auto(ctx context.Context, c Command) (Target, error) {
	rec, err := r.Find(AutoID)
	if !errors.Is(err, ErrNotRunning) {
		return Target{Address: rec.Reach(), Record: rec}, err
	}
	rec, err = Start(ctx, c)
	if err == nil {
		return Target{Address: rec.Reach(), Record: rec}, nil
	}
	// Somebody else may have started it at the same time.
	if other, ferr := r.Find(AutoID); ferr == nil {
		return Target{Address: other.Reach(), Record: other}, nil
	}
	return Target{}, err
}
