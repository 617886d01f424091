package kernel_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/runtime"
)

// fuse is a context that ends when it has been asked so often whether it has.
type fuse struct {
	context.Context
	burn  context.CancelFunc
	asked atomic.Int64
	at    int64 // 0: never
}

func newFuse(at int64) *fuse {
	ctx, cancel := context.WithCancel(context.Background())
	return &fuse{Context: ctx, burn: cancel, at: at}
}

func (f *fuse) Err() error {
	if f.asked.Add(1) == f.at {
		f.burn()
	}
	return f.Context.Err()
}

// cancelledAt tells whether err says that the fuse has ended it, soon after that.
func (f *fuse) cancelledAt(err error) error {
	e, ok := errors.AsType[*runtime.Error](err)
	if !ok || e.Kind != runtime.KindCancelled || !errors.Is(err, context.Canceled) {
		return fmt.Errorf("ended after question %d: %v", f.at, err)
	}
	if late := f.asked.Load() - f.at; late > 50 {
		return fmt.Errorf("ended after question %d: it has asked %d times more", f.at, late)
	}
	return nil
}

// manyVariables are services with a session that has kept so many variables.
func manyVariables(t *testing.T, n int) (*kernel.Services, string) {
	t.Helper()
	services, store := archiveServices(t)
	r := newRecord(t, store)
	vars := make(map[string]any, n)
	for i := range n {
		vars[fmt.Sprint("v", i)] = "value " + fmt.Sprint(i)
	}
	if err := store.SaveVariables(t.Context(), r.ID, vars); err != nil {
		t.Fatal(err)
	}
	return services, r.ID
}

// TestLoadingIsInterrupted interrupts the making of a session that has kept much, at any
// moment, and then the beginning of its first execution, which notes the variables once more.
func TestLoadingIsInterrupted(t *testing.T) {
	const many = 3000
	services, id := manyVariables(t, many)
	cfg := kernel.Config{Services: services, SessionID: id, Dir: t.TempDir()}
	whole := newFuse(0)
	cfg.Loading = whole
	s, err := kernel.NewSession(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := whole.asked.Load(); n < many {
		t.Fatalf("a session with %d variables was made, and its context asked %d times only", many, n)
	}
	for part := int64(1); part < 20; part++ {
		f := newFuse(whole.asked.Load() * part / 20)
		cfg.Loading = f
		made, err := kernel.NewSession(cfg)
		if made != nil {
			_ = made.Close()
		}
		if err := f.cancelledAt(err); err != nil {
			t.Error(err)
		}
	}
	for at := int64(1); at < many; at += 200 {
		f := newFuse(at)
		_, err := s.RunString(f, "ran = true", "=(test)", nil)
		if err := f.cancelledAt(err); err != nil {
			t.Error("an execution: ", err)
		}
	}
	got, err := s.RunString(t.Context(), "return ran, v2999", "=(test)", nil)
	if err != nil || got.Texts[0] != "nil" || got.Texts[1] != "value 2999" {
		t.Errorf("afterwards: %v, %v", got.Texts, err)
	}
	store, _ := services.Archive()
	if list, err := store.Executions(t.Context(), id, 0, 0, 0); err != nil || len(list) != 1 || list[0].Outcome != archive.Succeeded {
		t.Errorf("the journal has %d executions, %v", len(list), err)
	}
}

// TestOpeningEnds ends the opening of sessions by a context, and by the end of the kernel.
func TestOpeningEnds(t *testing.T) {
	loads := make(chan struct{})
	k := kernel.New(kernel.Options{NewSession: func(_ kernel.SessionOptions, cfg kernel.Config) (*kernel.Session, error) {
		loads <- struct{}{}
		<-cfg.Loading.Done()
		return nil, context.Cause(cfg.Loading)
	}})
	unwanted := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	for _, c := range []struct {
		ctx  context.Context
		end  func()
		want error
	}{{ctx, func() { cancel(unwanted) }, unwanted}, {t.Context(), k.Close, kernel.ErrShutdown}} {
		opened := make(chan error)
		go func() {
			_, err := k.OpenContext(c.ctx, kernel.SessionOptions{Dir: "/"})
			opened <- err
		}()
		<-loads
		c.end()
		if err := <-opened; !errors.Is(err, c.want) {
			t.Errorf("opening was ended by %v, and says %v", c.want, err)
		}
	}
}
