package sandbox

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestConfinement(t *testing.T) {
	s := shell(t)
	e := run(t, s, script("true"))
	if !slices.Contains(e.Confined, "landlock") {
		t.Skip("this kernel has no Landlock")
	}
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("hunter2"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.Dir(), "link")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"cat $1", "cat link", "cat ../*/*", "cp $1 copy", "echo x >$1", "rm $1", "ln $1 hard", "mv $1 .", "ls ${1%/*}", "echo x >/etc/x", "touch /usr/x",
		"mkdir /opt/x", "ls $HOME /root /home/*", "cat /etc/shadow", "mount -t tmpfs x .", "mknod dev c 1 1", "kill -0 $PPID", "cat /proc/$PPID/environ", "echo >/dev/tcp/127.0.0.1/1"} {
		if e := run(t, s, script(text, outside)); e.Code == 0 || bytes.Contains(e.Stdout, []byte("hunter2")) {
			t.Errorf("%s worked: %q", text, e.Stdout)
		}
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "hunter2" {
		t.Errorf("the file outside is %q, %v", data, err)
	}
	for _, text := range []string{"echo x >f && cat f && mkdir d && mv f d/g && ln d/g h && ln -s h i && rm -r d", "head -1 /etc/passwd", "sh -c 'echo $0'",
		": >/dev/null && head -c 1 /dev/urandom >/dev/null", "cat /proc/self/status >/dev/null", "umask | grep -q 0077", "echo x | cat /dev/stdin"} {
		if e := run(t, s, script(text)); e.Code != 0 {
			t.Errorf("%s failed: %s", text, e.Stderr)
		}
	}
}

// What is denied inside of what is allowed stays so for programs.
func TestConfinementExcept(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"open/a", "open/key", "closed/b"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("closed/b", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	p := Policy{Run: Rule{All: true}, Read: Rule{All: true, Deny: []string{"closed", "open/key"}}}
	s, err := New(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{"open/a": true, "open/key": false, "closed/b": false, "link": false, "/etc/passwd": true} {
		e := run(t, s, Program{Name: "cat", Args: []string{file}})
		if !slices.Contains(e.Confined, "landlock") {
			t.Skip("this kernel has no Landlock")
		}
		if (e.Code == 0) != want {
			t.Errorf("cat %s: %d %s", file, e.Code, e.Stderr)
		}
	}
}

// Whom everything is allowed to is hindered by nothing but the limits.
func TestTrustedPrograms(t *testing.T) {
	s, err := New(t.TempDir(), Trusted())
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "f")
	e := run(t, s, script("echo x >$1 && cat $1 && ls / >/dev/null", outside))
	if e.Code != 0 && string(e.Stdout) != "x\n" {
		t.Errorf("%+v %s", e, e.Stderr)
	}
}

func TestConfinementOfNetwork(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("hello"))
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	connect := Program{Name: "bash", Args: []string{"-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + " && cat <&3"}}
	for _, tc := range []struct {
		net  Rule
		want bool
	}{
		{Rule{}, false}, {Rule{Allow: []string{"example.com:443"}}, false},
		{Rule{Allow: []string{"127.0.0.1:" + port}}, true}, {Rule{All: true}, true},
	} {
		e := run(t, shell(t, func(p *Policy) { p.Net = tc.net }), connect)
		if !slices.Contains(e.Confined, "landlock") {
			t.Skip("this kernel has no Landlock")
		}
		if got := string(e.Stdout) == "hello"; got != tc.want {
			t.Errorf("with %+v the program got %q, %q; want it to connect: %v", tc.net, e.Stdout, e.Stderr, tc.want)
		}
	}
}

// On each kernel the walls are about what it knows, and no more.
func TestWallsOfKernels(t *testing.T) {
	const refer, truncate, unixSockets = 1 << 13, 1 << 14, 1 << 16
	for abi, want := range map[int]struct{ fs, net, scoped uint64 }{
		1: {1<<13 - 1, 0, 0}, 2: {1<<13 - 1 | refer, 0, 0}, 3: {1<<13 - 1 | refer | truncate, 0, 0}, 4: {1<<15 - 1, 3, 0}, 5: {1<<15 - 1, 3, 0}, 6: {1<<15 - 1, 3, 3},
		9: {1<<15 - 1 | unixSockets, 3, 3}, 10: {1<<15 - 1 | unixSockets, 3 | 8, 3},
	} {
		w := shell(t).walls("/bin/sh")
		if a := w.attr(abi); a.HandledAccessFS != want.fs || a.HandledAccessNet != want.net || a.Scoped != want.scoped {
			t.Errorf("ABI %d: %+v; want %+v", abi, a, want)
		}
		trusted, err := New("", Trusted())
		if err != nil {
			t.Fatal(err)
		}
		w = trusted.walls("/bin/sh")
		if a := w.attr(abi); a.HandledAccessFS != 0 || a.HandledAccessNet != 0 {
			t.Errorf("ABI %d: whom everything is allowed to is kept from %+v", abi, a)
		}
	}
}
