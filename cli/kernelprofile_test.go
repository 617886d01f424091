package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// fakeKernel answers with what it was asked for.
type fakeKernel struct {
	kind   string
	took   time.Duration
	err    error
	closed bool
}

func (k *fakeKernel) Profile(_ context.Context, kind string, took time.Duration) ([]byte, error) {
	k.kind, k.took = kind, took
	return []byte("profile of " + kind), k.err
}

func (k *fakeKernel) Close() error {
	k.closed = true
	return nil
}

func profileCommand(t *testing.T, k *fakeKernel, args ...string) (code int, id, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, log: zap.NewNop()}
	id = "never asked"
	cmd := a.kernelProfileCommand(func(_ context.Context, name string) (profiledKernel, error) {
		id = name
		if name == "gone" {
			return nil, errors.New("there is no kernel gone")
		}
		return k, nil
	})
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	code = a.exitCode(cmd.ExecuteContext(t.Context()))
	return code, id, out.String(), errs.String()
}

func TestKernelProfile(t *testing.T) {
	t.Chdir(t.TempDir())
	old := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(old, []byte("what was"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		id   string
		took time.Duration
		file string
		tool string
	}{
		{[]string{"heap"}, "", 0, "heap.pprof", "go tool pprof heap.pprof"},
		{[]string{"trace", "k1", "--seconds", "2.5"}, "k1", 2500 * time.Millisecond, "trace.out", "go tool trace trace.out"},
		{[]string{"cpu", "-o", old}, "", 0, old, "go tool pprof " + old},
	} {
		k := &fakeKernel{}
		code, id, stdout, stderr := profileCommand(t, k, tt.args...)
		text, err := os.ReadFile(tt.file)
		if code != 0 || err != nil || string(text) != "profile of "+tt.args[0] || stdout != "" || !strings.Contains(stderr, tt.tool) {
			t.Errorf("%q: exit %d, file %q, %v, stdout %q, stderr %q", tt.args, code, text, err, stdout, stderr)
		}
		if id != tt.id || k.kind != tt.args[0] || k.took != tt.took || !k.closed {
			t.Errorf("%q: the kernel %q was asked for %+v", tt.args, id, k)
		}
	}
	if code, _, stdout, _ := profileCommand(t, &fakeKernel{}, "allocs", "-o", "-"); code != 0 || stdout != "profile of allocs" {
		t.Errorf("exit %d, stdout %q", code, stdout)
	}
}

func TestKernelProfileFails(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, tt := range []struct {
		args []string
		err  error
		want string
		code int
	}{
		{nil, nil, "one of cpu, heap", exitUsage},
		{[]string{"cpus"}, nil, "use one of cpu, heap", exitUsage},
		{[]string{"cpu", "a", "b"}, nil, "too many arguments", exitUsage},
		{[]string{"cpu", "--seconds", "301"}, nil, "at most 300", exitUsage},
		{[]string{"cpu", "--seconds", "-1"}, nil, "at most 300", exitUsage},
		{[]string{"cpu", "--seconds", "NaN"}, nil, "at most 300", exitUsage},
		{[]string{"cpu", "--seconds", "x"}, nil, "--seconds", exitUsage},
		{[]string{"cpu", "gone"}, nil, "there is no kernel gone", exitScript},
		{[]string{"cpu"}, errors.New("it is busy"), "it is busy", exitScript},
		{[]string{"cpu", "-o", "no/such/folder/f"}, nil, "-o", exitScript},
		{[]string{"cpu", "-o", "."}, nil, "cannot be written", exitScript},
	} {
		code, _, stdout, stderr := profileCommand(t, &fakeKernel{err: tt.err}, tt.args...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || stdout != "" {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", tt.args, code, stdout, stderr)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("it has left %v, %v", left, err)
	}
}

// TestProfilesInHelp holds the help to what there is.
func TestProfilesInHelp(t *testing.T) {
	a := &app{}
	cmd := a.kernelProfileCommand(nil)
	if !slices.Contains(cmd.ValidArgs, "trace") || !strings.Contains(cmd.Use, "cpu|heap") {
		t.Errorf("the command is %s of %v", cmd.Use, cmd.ValidArgs)
	}
}
