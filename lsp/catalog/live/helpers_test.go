package live

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/service"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Programs that tools run start this binary again as their supervisor.
func TestMain(m *testing.M) {
	sandbox.Main()
	// The first who asks for signals starts a goroutine that stays: it is none of a test's.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	signal.Stop(signals)
	os.Exit(m.Run())
}

// deadline is for what must happen soon, on a machine that is busy.
const deadline = time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, deadline)
		}
	}
}

// noneLeft fails the test if goroutines are left at its end.
func noneLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
	})
}

// shop is a tool that only the kernel has.
func shop(properties ...schema.Property) tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "mcp:shop/buy", Category: "mcp", Version: "1.0.0", Description: "Buys something. At once.", Security: tool.Restricted,
		Parameters: schema.Map("", properties...), Result: schema.Map("", schema.Required("price", schema.Num("What it costs"))),
	}, func(context.Context, *tool.Call) (*tool.Result, error) { return tool.Value(nil), nil })
}

// start starts a kernel, and returns what ends it.
func start(t *testing.T, root daemon.Root, reg *tools.Registry) (stop func()) {
	t.Helper()
	forgetful := config.Default()
	forgetful.Runtime.StatePersistence.BackendType, forgetful.Runtime.Sessions.StorageBackend = "memory", "memory"
	ready := make(chan daemon.Record, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- service.Run(ctx, service.Options{
			ID: "test", Root: root, Version: "1", Port: service.NoPort, MetricsPort: service.NoPort, Services: kernel.NewDefaultServices(forgetful, nil),
			Tools: tools.NewInvoker(reg, tools.Options{}), Live: service.Live{DrainTimeout: deadline}, Ready: func(r daemon.Record) { ready <- r },
		})
	}()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	case <-time.After(deadline):
		t.Fatal("it is never ready")
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func entry(c *catalog.Catalog, slot, name string) (catalog.Entry, bool) {
	list := c.Entries(slot)
	i := slices.IndexFunc(list, func(e catalog.Entry) bool { return e.Name == name })
	if i < 0 {
		return catalog.Entry{}, false
	}
	return list[i], true
}

func mustFind(t *testing.T, root daemon.Root) daemon.Record {
	t.Helper()
	r, err := root.Find("test")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func run(t *testing.T, c *rpc.Client, code string) {
	t.Helper()
	if r, err := c.Run(t.Context(), rpc.RunParams{Session: "main", Code: rpc.Text(code)}, rpc.RunHandlers{}); err != nil || r.Error != nil {
		t.Fatal(err, r)
	}
}

func listed(entries []catalog.Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name+":"+e.Detail+"="+e.Value)
	}
	return strings.Join(out, " ")
}

// folders is a temporary folder, where all data is kept, and that of the kernels.
func folders(t *testing.T) (dir string, root daemon.Root) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ll") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	return dir, daemon.RootAt(filepath.Join(dir, "run"))
}

// connect is a client of the kernel, which has made a session.
func connect(t *testing.T, root daemon.Root, session rpc.SessionParams) *rpc.Client {
	t.Helper()
	client, err := rpc.Dial(t.Context(), mustFind(t, root).Reach(), rpc.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if _, err := client.CreateSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	return client
}
