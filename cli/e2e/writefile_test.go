//go:build unix

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What writes a file that the user names leaves pipes and links what they are, and
// writes to where they lead.
func TestOutputThroughPipesAndLinks(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.ok("exec", "--session", "s", "Artifact.store(nil, 'custom', 'a', 'content')")
	w.ok("state", "set", "k", "1")
	for name, args := range map[string][]string{
		"state":    {"state", "export", "OUT", "--format", "json"},
		"session":  {"session", "export", "s", "OUT", "--force"},
		"artifact": {"session", "artifact", "s", "a", "--force", "-o", "OUT"},
		"profile":  {"kernel", "profile", "threadcreate", "dev", "-o", "OUT"},
	} {
		to := func(path string) []string {
			out := append([]string{}, args...)
			for i := range out {
				out[i] = strings.Replace(out[i], "OUT", path, 1)
			}
			return out
		}
		t.Run(name, func(t *testing.T) {
			pipe := w.path(name + ".pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			read := make(chan string)
			go func() { read <- w.read(pipe) }()
			w.ok(to(pipe)...)
			if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
				t.Fatalf("the pipe is now %v, %v", info.Mode(), err)
			}
			if text := <-read; text == "" {
				t.Error("nothing came through the pipe")
			}

			file, link, dangling := w.write(name+".file", "before"), filepath.Join(w.dir, name+".link"), filepath.Join(w.dir, name+".dangling")
			for path, to := range map[string]string{link: name + ".file", dangling: name + ".new"} {
				if err := os.Symlink(to, path); err != nil {
					t.Fatal(err)
				}
			}
			w.ok(to(link)...)
			w.ok(to(dangling)...)
			for _, path := range []string{link, dangling} {
				if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSymlink {
					t.Errorf("the link is now %v, %v", info.Mode(), err)
				}
			}
			if text := w.read(file); text == "before" || text == "" {
				t.Errorf("behind the link is %q", text)
			}
			if w.read(filepath.Join(w.dir, name+".new")) == "" {
				t.Error("behind the dangling link is nothing")
			}
			if out := w.ok(to("/dev/stdout")...); out == "" {
				t.Error("nothing at /dev/stdout")
			}
			w.fails(1, "is a directory", to(w.path())...)
		})
	}
	w.fails(1, "is there already", "session", "export", "s", "session.file")
}
