package testfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// within marks the process that runs one test in namespaces of its own.
const within = "LLMSPELL_TEST_NAMESPACE"

// Small runs test in the folder of a new file system that has room for size bytes.
// Who may not mount one does so in a user namespace: the same test runs again there, in
// another process. Where the system allows neither, the test fails if CI is set to
// "true", and else says that it proves nothing.
func Small(t *testing.T, size int, test func(dir string)) {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if err == nil {
		defer func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		}()
		test(dir)
		return
	}
	if os.Getenv(within) == "" {
		err = again(t)
	}
	switch {
	case err == nil:
	case os.Getenv("CI") == "true" || os.Getenv(within) != "":
		t.Fatalf("no file system can be mounted; run the tests as root, or allow user namespaces: %v", err)
	default:
		t.Logf("NOT TESTED: no file system can be mounted: %v", err)
	}
}

// again runs the test in a process that may mount. The error says that there is none.
func again(t *testing.T) error {
	t.Helper()
	steps := strings.Split(t.Name(), "/")
	for i, s := range steps {
		steps[i] = "^" + regexp.QuoteMeta(s) + "$"
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run="+strings.Join(steps, "/"))
	cmd.Env = append(os.Environ(), within+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	if bytes.Contains(out, []byte("no file system can be mounted")) {
		return errors.New("not in a user namespace either")
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")) {
		t.Errorf("in a namespace: %v\n%s", err, out)
	}
	return nil
}

// ReadOnly makes the file system of Small read-only.
func ReadOnly(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}

// NoInodes makes empty files, full-0 and on, in the file system of Small until it takes no more.
func NoInodes(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "nr_inodes=40"); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		err := os.WriteFile(filepath.Join(dir, fmt.Sprint("full-", i)), nil, 0o600)
		if errors.Is(err, syscall.ENOSPC) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the file system takes more files than it should")
}
