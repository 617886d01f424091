//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// swapper exchanges two names, over and over, until the test ends.
func swapper(t *testing.T, a, b string) (swaps *atomic.Int64, end func()) {
	t.Helper()
	exchange := func() error {
		return errors.Join(os.Rename(a, a+".x"), os.Rename(b, a), os.Rename(a+".x", b))
	}
	if atomicExchange(a, b) == nil {
		exchange = func() error { return atomicExchange(a, b) }
	}
	stop, n := make(chan struct{}), new(atomic.Int64)
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if exchange() == nil {
				n.Add(1)
			}
		}
	})
	return n, func() {
		close(stop)
		done.Wait()
	}
}

// TestRaces: while another process swaps a folder for a link, nothing of what
// the link leads to is ever read or changed.
func TestRaces(t *testing.T) {
	deny := func(p Policy) Policy {
		p.Read.Deny, p.Write.Deny = []string{"box/secret"}, []string{"box/secret"}
		return p
	}
	for name, c := range map[string]struct {
		policy Policy
		target string // what the link leads to
	}{
		"out of the folder":       {Folders("box"), "../outside"},
		"out, absolute":           {Folders("box"), "$DIR/outside"},
		"out, something denied":   {deny(Folders("box")), "../outside"},
		"into a denied folder":    {deny(Folders("box")), "secret"},
		"into, absolute":          {deny(Folders("box")), "$DIR/box/secret"},
		"deep in a denied folder": {deny(Folders("box")), "secret/sub"},
		"with all allowed":        {deny(Policy{Read: Rule{All: true}, Write: Rule{All: true}}), "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := world(t, "box/work/file", "box/work/sub/file", "box/other/", "box/link -> "+c.target,
				"box/secret/file", "box/secret/sub/file", "box/secret/sub/sub/file", "outside/file", "outside/sub/file")
			guarded := []string{"box/secret", "outside"}
			if strings.HasPrefix(name, "with all") {
				guarded = guarded[:1]
			}
			for _, g := range guarded {
				mark(t, filepath.Join(dir, g))
			}
			before := describe(t, dir, guarded)
			s := box(t, dir, c.policy)
			swaps, stop := swapper(t, filepath.Join(dir, "box/work"), filepath.Join(dir, "box/link"))
			var done sync.WaitGroup
			began := time.Now()
			// On a busy machine either side may wait long for its turn.
			more := func() bool {
				took := time.Since(began)
				return took < 400*time.Millisecond || swaps.Load() < 100 && took < time.Minute
			}
			for range 3 {
				done.Go(func() {
					for i := 0; more(); i++ {
						attack(t, s, i)
					}
				})
			}
			done.Wait()
			stop()
			if n := swaps.Load(); n < 100 {
				t.Errorf("only %d swaps", n)
			}
			if after := describe(t, dir, guarded); after != before {
				t.Errorf("something outside was changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// attack does one of each operation on paths through the name that changes.
func attack(t *testing.T, s *Sandbox, i int) {
	t.Helper()
	for _, path := range []string{"box/work/file", "box/work/sub/file", "box/link/file"} {
		if data, err := s.ReadFile(t.Context(), path); err == nil && strings.HasPrefix(string(data), "secret") {
			t.Errorf("read %q through %s", data, path)
		}
		if f, err := s.Open(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err == nil {
			io.WriteString(f, "written")
			f.Close()
		}
		_ = s.WriteFile(path, []byte("replaced"))
		_ = s.Rename(path, fmt.Sprintf("box/other/%d", i%3))
		_ = s.Rename(fmt.Sprintf("box/other/%d", (i+1)%3), path)
		_ = s.Remove(path)
		p, err := s.Place(Write, path)
		if err != nil {
			continue
		}
		_ = p.Append([]byte("more"))
		_ = p.Root.Chmod(p.Name, 0o640)
		_ = p.Root.Mkdir(p.Name+"-made", 0o755)
		_ = p.Root.MkdirAll(filepath.Join(filepath.Dir(p.Name), "sub"), 0o755)
		entries, err := p.Root.ReadDir(filepath.Dir(p.Name))
		for _, e := range entries {
			if err == nil && e.Name() == "marker" {
				t.Errorf("the listing of the folder of %s shows the marker", path)
			}
		}
		_ = p.RemoveAll(t.Context())
		p.Close()
	}
}

// mark makes a guarded folder recognisable.
func mark(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.WriteFile(filepath.Join(path, "marker"), nil, 0o644)
		}
		return os.WriteFile(path, []byte("secret"), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// describe describes folders with all that is in them.
func describe(t *testing.T, dir string, folders []string) string {
	t.Helper()
	var b strings.Builder
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(dir, folder), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, path, info.Mode(), info.ModTime(), info.Size())
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	return b.String()
}

// Many goroutines may use one sandbox.
func TestManyAtOnce(t *testing.T) {
	dir := world(t, "box/", "box/secret/key")
	policy := Folders("box")
	policy.Write.Deny = []string{"box/secret"}
	s := box(t, dir, policy)
	var done sync.WaitGroup
	for g := range 8 {
		done.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("box/%d-%d", g, i)
				if err := s.WriteFile(name, []byte(name)); err != nil {
					t.Error(err)
				}
				if data, err := s.ReadFile(t.Context(), name); err != nil || string(data) != name {
					t.Errorf("%s: %q, %v", name, data, err)
				}
				if err := s.Remove(name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
}

func BenchmarkPlace(b *testing.B) {
	dir := world(b, "box/a/b/c/file", "box/secret/key")
	guarded := Folders("box")
	guarded.Read.Deny = []string{"box/secret"}
	for name, policy := range map[string]Policy{"folder": Folders("box"), "denied inside": guarded, "all": {Read: Rule{All: true}}, "trusted": Trusted()} {
		b.Run(name, func(b *testing.B) {
			s := box(b, dir, policy)
			for b.Loop() {
				f, err := s.Open("box/a/b/c/file", os.O_RDONLY, 0)
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
	b.Run("os.Open", func(b *testing.B) {
		for b.Loop() {
			f, err := os.Open(filepath.Join(dir, "box/a/b/c/file"))
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
}
