package stress

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/latency/suite"
)

// What a load really leaves behind in the processes fails the report: memory in a session of the kernel,
// connections that nobody closes.
func TestLeakIsFound(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "llmspell")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/llmspell/llmspell").CombinedOutput(); err != nil {
		t.Fatalf("build llmspell: %v\n%s", err, out)
	}
	env, end, err := suite.NewEnv(binary)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Duration: 2 * time.Second, Sessions: 1, Progress: func(string) {}}
	for _, tt := range []struct {
		kind kind
		want []string // what is found
	}{
		{kind{"memory", "a session keeps what it gets", some(1), keeping}, []string{"kernel: ", "MB are in use afterwards"}},
		{kind{"connections", "clients that stay", some(1), staying(t)}, []string{"descriptors are open afterwards", "goroutines are there afterwards", "debug adapter 1: "}},
	} {
		w, err := newWorld(t.Context(), env, o)
		if err != nil {
			t.Fatal(err)
		}
		w.unasked, w.mostRest = 500*time.Millisecond, time.Second
		r, err := w.run(t.Context(), []kind{tt.kind}, o)
		w.close()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if err := r.Failed(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v lacks %q", tt.kind.name, err, want)
			}
		}
		if r.Loads[0].Failures > 0 {
			t.Errorf("the load itself failed: %+v", r.Loads[0])
		}
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

// paced lets a leak grow by a few dozen operations, and not until the machine is full.
const paced = 50 * time.Millisecond

// keeping adds 4 MB to what a session holds.
func keeping(ctx context.Context, w *world, _ int) (func() error, func(), error) {
	s, err := w.asking.CreateSession(ctx, rpc.SessionParams{})
	if err != nil {
		return nil, nil, err
	}
	return func() error {
		time.Sleep(paced)
		res, err := w.asking.Run(ctx, rpc.RunParams{Session: s.ID, Code: `kept = kept or {} kept[#kept + 1] = ("x"):rep(4 * 2^20 + #kept) return #kept`}, rpc.RunHandlers{})
		if err == nil && res.Error != nil {
			err = fmt.Errorf("%+v", res.Error)
		}
		return err
	}, nothing, nil
}

// staying opens connections to the kernel and a debug adapter, which end with the test.
func staying(t *testing.T) func(context.Context, *world, int) (func() error, func(), error) {
	var mu sync.Mutex
	var open []interface{ Close() error }
	t.Cleanup(func() {
		for _, c := range open {
			_ = c.Close() // the processes have ended
		}
	})
	return func(ctx context.Context, w *world, _ int) (func() error, func(), error) {
		return func() error {
			time.Sleep(paced)
			c, err := w.kernel.Dial(ctx)
			if err != nil {
				return err
			}
			var conn net.Conn
			if conn, err = w.dials[0](); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			open = append(open, c, conn)
			return nil
		}, nothing, nil
	}
}
