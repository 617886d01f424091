package kernel

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/state"
)

// withState is a session whose State is in a file.
func withState(t *testing.T, path string) *Session {
	t.Helper()
	services := NewServices(Openers{State: func() (*state.Store, error) {
		return state.Open(context.Background(), path, state.Options{Wait: time.Hour})
	}})
	s, err := NewSession(Config{Services: services})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), services.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStateIsOpenedWhenItIsUsed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "state.db")
	s := withState(t, path)
	if _, err := s.RunString(t.Context(), "return type(State.get)", "=test", nil); err != nil {
		t.Fatal(err)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(found) != 0 {
		t.Errorf("files were made: %v, %v", found, err)
	}
	if _, err := s.RunString(t.Context(), `State.set("k", 5)`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	r, err := withState(t, path).RunString(t.Context(), `State.get("k")`, "=test", nil)
	if err != nil || len(r.Values) != 1 || r.Values[0] != lua.LNumber(5) {
		t.Errorf("another session: %v, %v", r, err)
	}
	none, err := NewSession(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	if _, err := none.RunString(t.Context(), `State.get("k")`, "=test", nil); err == nil || !strings.Contains(err.Error(), "State.get: this kernel keeps no state") {
		t.Errorf("no state: %v", err)
	}
}

// Another process holds the lock: the script waits, its clients are answered, and
// it can be ended.
func TestWaitingForTheStateIsInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := withState(t, path)
	if _, err := s.RunString(t.Context(), `State.set("k", 1)`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	other, err := db.Open(t.Context(), path, db.Options{ApplicationID: 0x6c737374, Migrations: make([]db.Migration, 2)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = other.Write(t.Context(), func(*db.Tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		waiting := make(chan struct{})
		ended := make(chan error)
		s.State().L.SetGlobal("waits", s.State().L.NewFunction(func(*lua.LState) int { close(waiting); return 0 }))
		go func() {
			_, err := s.RunString(ctx, `waits() State.set("k", 2)`, "=test", nil)
			ended <- err
		}()
		<-waiting
		asked, done := context.WithTimeout(ctx, patience)
		defer done()
		if err := s.State().Do(asked, func(*lua.LState) {}); err != nil {
			t.Errorf("a client is not answered: %v", err)
		}
		cancel()
		select { // the store would wait an hour
		case err := <-ended:
			if err == nil {
				t.Error("it was written")
			}
		case <-time.After(patience):
			t.Error("it waits on")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.RunString(t.Context(), `State.get("k")`, "=test", nil)
	if err != nil || r.Values[0] != lua.LNumber(1) {
		t.Errorf("afterwards: %v, %v", r, err)
	}
}

func TestStateHooksOfASession(t *testing.T) {
	s := withState(t, filepath.Join(t.TempDir(), "state.db"))
	var seen []string
	for _, p := range []hooks.Point{hooks.BeforeStateWrite, hooks.AfterStateWrite, hooks.BeforeStateRead, hooks.AfterStateRead} {
		if _, err := s.cfg.Services.Hooks.Register(p, hooks.Definition{Func: func(_ context.Context, c *hooks.Call) (hooks.Result, error) {
			seen = append(seen, string(c.Point))
			return hooks.Result{}, nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.RunString(t.Context(), `State.set("k", 1) return State.get("k")`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "BeforeStateWrite AfterStateWrite BeforeStateRead AfterStateRead" {
		t.Error(got)
	}
}
