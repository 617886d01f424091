package state

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

func TestValuesComeBack(t *testing.T) {
	path := file(t)
	values := map[string]any{
		"true": true, "int": int64(-7), "big": int64(math.MaxInt64), "float": 0.1, "text": "a\x00\n\"ü\u2028", "empty": "",
		"bytes": "\xff\xfe", "list": []any{int64(1), "x", nil, []any{}}, "table": map[string]any{"a": map[string]any{}, "": int64(1)},
		"inf": math.Inf(1), "-inf": math.Inf(-1), "words": map[string]any{"$bytes": "x"}, "more": map[string]any{"$$number": map[string]any{"$map": nil}},
		"keys": map[string]any{"\xff": int64(1), "b": []any{"\xfe"}},
	}
	s := openAt(t, path, Options{})
	for k, v := range values {
		set(t, s, k, v)
	}
	set(t, s, "nan", math.NaN())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path, Options{})
	for k, v := range values {
		if got := value(t, s, k); !reflect.DeepEqual(got, v) {
			t.Errorf("%s: got %#v, want %#v", k, got, v)
		}
	}
	if f, ok := value(t, s, "nan").(float64); !ok || !math.IsNaN(f) {
		t.Errorf("nan: got %v", f)
	}
}

func TestWhatCannotBeKept(t *testing.T) {
	s := newStore(t, Options{MaxValue: 100})
	deep := any(nil)
	for range maxDepth + 2 {
		deep = []any{deep}
	}
	for _, tt := range []struct {
		key   string
		value any
		opt   SetOptions
		class error
	}{
		{"", 1, SetOptions{}, ErrName}, {"a\x00b", 1, SetOptions{}, ErrName}, {"\xff", 1, SetOptions{}, ErrName}, {strings.Repeat("k", 1025), 1, SetOptions{}, ErrName},
		{"k", make(chan int), SetOptions{}, ErrValue}, {"k", deep, SetOptions{}, ErrValue}, {"k", strings.Repeat("x", 99), SetOptions{}, ErrTooLarge},
		{"k", 1, SetOptions{TTL: -1}, ErrValue}, {"k", 1, SetOptions{TTL: time.Microsecond}, ErrValue}, {"k", 1, SetOptions{TTL: math.MaxInt64}, ErrValue},
	} {
		if _, err := s.Set(t.Context(), global, tt.key, tt.value, tt.opt); !errors.Is(err, tt.class) {
			t.Errorf("set %.20q to %.20v: error %v, want %v", tt.key, tt.value, err, tt.class)
		}
	}
	if _, err := s.Set(t.Context(), Scope{Kind: "nope", ID: "x"}, "k", 1, SetOptions{}); !errors.Is(err, ErrName) {
		t.Errorf("a kind that there is not: %v", err)
	}
	set(t, s, "k", strings.Repeat("x", 98))
}

func TestScopes(t *testing.T) {
	for in, want := range map[string]Scope{
		"global": {Global, ""}, "session:1": {Session, "1"}, "workflow:a:b": {Workflow, "a:b"}, "agent:x": {Agent, "x"}, "tool:t": {Tool, "t"},
		"user:u": {User, "u"}, "hook:h": {Hook, "h"}, "custom:c": {Custom, "c"}, "mine": {Custom, "mine"}, "custom:Global": {Custom, "Global"}, "Mine": {Custom, "Mine"}, "Agent": {Custom, "Agent"}, "Tenant:7": {Custom, "Tenant:7"}, "tenant:7": {Custom, "tenant:7"},
	} {
		got, err := ParseScope(in)
		again, err2 := ParseScope(got.String())
		if got != want || again != want || err != nil || err2 != nil {
			t.Errorf("%q: %v, then %v; errors %v, %v", in, got, again, err, err2)
		}
	}
	for _, in := range []string{"", "session:", "custom:", "\xff", "Global", "SESSION", "Session:42", "TOOL:x", "Custom:x", "session:" + strings.Repeat("x", 1025)} {
		if got, err := ParseScope(in); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v, error %v", in, got, err)
		}
	}
	s := newStore(t, Options{})
	for _, name := range []string{"global", "mine", "custom:mine", "session:1"} {
		if _, err := s.Set(t.Context(), scope(t, name), "k", name, SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.Scopes(t.Context())
	if err != nil || len(found) != 3 || found[0].Scope.String() != "custom:mine" || found[0].Entries != 1 || found[0].Bytes != int64(len(`"custom:mine"`)) {
		t.Errorf("scopes: %v, %v", found, err)
	}
	if n, err := s.Clear(t.Context(), scope(t, "mine")); n != 1 || err != nil {
		t.Errorf("clear: %d, %v", n, err)
	}
	if value(t, s, "k") != "global" {
		t.Error("clear went too far")
	}
}

func TestVersionsAndCompare(t *testing.T) {
	s := newStore(t, Options{History: 2})
	ctx := t.Context()
	e1 := set(t, s, "k", "a")
	e2 := set(t, s, "k", "b")
	if e1.Version != 1 || e2.Version != 2 || e2.Revision <= e1.Revision || !e2.Created.Equal(e1.Created) {
		t.Errorf("entries %+v, %+v", e1, e2)
	}
	cas := func(x Expect, v any) (Entry, bool) {
		e, done, err := s.CompareAndSet(ctx, global, "k", x, v, SetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return e, done
	}
	for _, x := range []Expect{Missing(), AtVersion(1), AtVersion(0), AtRevision(e1.Revision), Equals("a"), Equals(nil)} {
		if e, done := cas(x, "no"); done || e.Value != "b" || e.Version != 2 {
			t.Errorf("%+v: done %v, there is %+v", x, done, e)
		}
	}
	for i, x := range []func(Entry) Expect{
		func(e Entry) Expect { return AtVersion(e.Version) }, func(e Entry) Expect { return AtRevision(e.Revision) }, func(e Entry) Expect { return Equals(e.Value) },
	} {
		e, _, err := s.Get(ctx, global, "k")
		if err != nil {
			t.Fatal(err)
		}
		if e, done := cas(x(e), map[string]any{"n": float64(i)}); !done || e.Version != int64(3+i) {
			t.Errorf("%d: done %v, %+v", i, done, e)
		}
	}
	h, err := s.History(ctx, global, "k")
	if err != nil || len(h) != 2 || h[0].Version != 4 || h[1].Version != 3 {
		t.Errorf("history %+v, %v", h, err)
	}
	if _, done, err := s.CompareAndDelete(ctx, global, "k", AtVersion(9)); done || err != nil {
		t.Errorf("compare and delete: %v, %v", done, err)
	}
	if _, done, err := s.CompareAndDelete(ctx, global, "k", Equals(map[string]any{"n": 2})); !done || err != nil {
		t.Errorf("compare and delete: %v, %v", done, err)
	}
	set(t, s, "null", 1)
	set(t, s, "null", nil) // removes it
	if _, done, err := s.CompareAndSet(ctx, global, "null", Equals(nil), 1, SetOptions{}); !done || err != nil || value(t, s, "null") != int64(1) {
		t.Errorf("a null is there, though it is no value: %v, %v", done, err)
	}
	if e, done := cas(Missing(), 1); !done || e.Version != 1 || e.Revision <= e2.Revision {
		t.Errorf("made anew: %v, %+v", done, e)
	}
}

func TestListPages(t *testing.T) {
	s := newStore(t, Options{})
	for _, k := range []string{"a", "b:1", "b:2", "b:ü", "b;", "c", "ü"} {
		set(t, s, k, k)
	}
	for _, tt := range []struct {
		opt  ListOptions
		want string
	}{
		{ListOptions{}, "a b:1 b:2 b:ü b; c ü"}, {ListOptions{Prefix: "b:"}, "b:1 b:2 b:ü"}, {ListOptions{Limit: 2}, "a b:1"}, {ListOptions{Limit: 2, After: "b:1"}, "b:2 b:ü"},
		{ListOptions{Prefix: "b:", After: "a"}, "b:1 b:2 b:ü"}, {ListOptions{Prefix: "b:", After: "b:2", Limit: 5}, "b:ü"}, {ListOptions{Prefix: "b:", After: "x"}, ""}, {ListOptions{Prefix: "%"}, ""},
	} {
		if got := strings.Join(keys(t, s, global, tt.opt), " "); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.opt, got, tt.want)
		}
		tt.opt.Values = true
		entries, err := s.List(t.Context(), global, tt.opt)
		for _, e := range entries {
			if err != nil || e.Value != e.Key {
				t.Errorf("%+v: %+v, %v", tt.opt, e, err)
			}
		}
	}
}

func TestIncrement(t *testing.T) {
	s := newStore(t, Options{})
	ctx := t.Context()
	for _, tt := range []struct {
		by   float64
		want any
	}{{1, int64(1)}, {41, int64(42)}, {-2, int64(40)}, {0.5, 40.5}} {
		e, err := s.Increment(ctx, global, "n", tt.by, SetOptions{})
		got := value(t, s, "n")
		if err != nil || got != tt.want {
			t.Errorf("by %v: %v, kept %v, error %v; want %v", tt.by, e.Value, got, err, tt.want)
		}
	}
	// A script's numbers have gaps beyond 2^53: a counter that would stand still says so.
	for _, tt := range []struct {
		n    any
		by   float64
		fine bool
	}{
		{int64(1<<53 - 1), 1, true}, {int64(1 << 53), 1, false}, {int64(1 << 53), 2, true}, {int64(1 << 53), -1, true}, {int64(1 << 53), 3, false},
		{-int64(1 << 53), -1, false}, {int64(math.MaxInt64), 1, false}, {1e300, 1, false}, {1e300, 0, true}, {0.1, 0.2, true}, {1.5, 1 << 53, true},
	} {
		set(t, s, "large", tt.n)
		before := value(t, s, "large")
		e, err := s.Increment(ctx, global, "large", tt.by, SetOptions{})
		switch after := value(t, s, "large"); {
		case tt.fine && err != nil:
			t.Errorf("%v and %v: %v", tt.n, tt.by, err)
		case tt.fine && tt.by != 0 && after == before:
			t.Errorf("%v and %v: it stands still at %v", tt.n, tt.by, e.Value)
		case !tt.fine && (!errors.Is(err, ErrValue) || after != before):
			t.Errorf("%v and %v: %v, %v", tt.n, tt.by, after, err)
		}
	}
	set(t, s, "text", "x")
	if _, err := s.Increment(ctx, global, "text", 1, SetOptions{}); !errors.Is(err, ErrValue) || value(t, s, "text") != "x" {
		t.Errorf("a text: %v", err)
	}
}

func TestTransactions(t *testing.T) {
	for _, path := range []string{db.Memory, file(t)} {
		s := openAt(t, path, Options{})
		ctx := t.Context()
		set(t, s, "a", 10)
		set(t, s, "b", 1)
		boom := errors.New("boom")
		if err := s.Transact(ctx, 0, func(tx *Txn) error {
			if _, err := tx.Set(global, "a", 0, SetOptions{}); err != nil {
				return err
			}
			return boom
		}); err != boom || value(t, s, "a") != int64(10) {
			t.Errorf("rolled back: %v, a is %v", err, value(t, s, "a"))
		}
		runs := 0
		err := s.Transact(ctx, 0, func(tx *Txn) error {
			runs++
			if runs == 1 { // somebody else is faster
				set(t, s, "a", 20)
			}
			e, _, err := tx.Get(global, "a")
			if runs == 1 {
				set(t, s, "a", 21)
			}
			if err != nil {
				return err
			}
			if _, err := tx.Increment(global, "a", -5, SetOptions{}); err != nil {
				return err
			}
			if was, err := tx.Delete(global, "b"); !was || err != nil {
				return fmt.Errorf("delete b: %v, %w", was, err)
			}
			if _, ok, _ := tx.Get(global, "b"); ok {
				return errors.New("b is still there")
			}
			found, err := tx.List(global, ListOptions{Values: true})
			if err != nil || len(found) != 1 || found[0].Key != "a" || found[0].Value == e.Value {
				return fmt.Errorf("list: %v, %w", found, err)
			}
			return nil
		})
		if err != nil || runs != 2 || value(t, s, "a") != int64(16) {
			t.Errorf("%d runs, a is %v, error %v", runs, value(t, s, "a"), err)
		}
		missing(t, s, "b")
		err = s.Transact(ctx, 3, func(tx *Txn) error {
			if _, err := tx.List(global, ListOptions{Prefix: "x"}); err != nil {
				return err
			}
			runs++
			set(t, s, fmt.Sprint("x", runs), 1)
			_, err := tx.Set(global, "y", 1, SetOptions{})
			return err
		})
		if !errors.Is(err, ErrConflict) || runs != 5 {
			t.Errorf("phantoms: %d runs, error %v", runs, err)
		}
		missing(t, s, "y")
		if err := s.Transact(ctx, 0, func(tx *Txn) error {
			if n, err := tx.Clear(global); n != 4 || err != nil {
				return fmt.Errorf("clear: %d, %w", n, err)
			}
			if _, done, err := tx.CompareAndSet(global, "z", Missing(), 1, SetOptions{}); !done || err != nil {
				return fmt.Errorf("compare and set: %v, %w", done, err)
			}
			_, err := tx.Set(Scope{}, "w", 2, SetOptions{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := keys(t, s, global, ListOptions{}); !reflect.DeepEqual(got, []string{"w", "z"}) {
			t.Errorf("keys %v", got)
		}
	}
}

// Money is moved between accounts by several stores on one file: none is made or
// lost, and no reader ever sees a sum that is wrong.
func TestTransactionsUnderLoad(t *testing.T) {
	path := file(t)
	const accounts, workers, moves = 5, 4, 60
	first := openAt(t, path, Options{})
	for i := range accounts {
		set(t, first, fmt.Sprint("account:", i), 100)
	}
	var wg sync.WaitGroup
	for w := range workers {
		s := openAt(t, path, Options{})
		wg.Go(func() {
			for i := range moves {
				from, to := fmt.Sprint("account:", (w+i)%accounts), fmt.Sprint("account:", (w+2*i+1)%accounts)
				if err := s.Transact(context.Background(), 1000, func(tx *Txn) error {
					if _, err := tx.Increment(global, from, -1, SetOptions{}); err != nil {
						return err
					}
					_, err := tx.Increment(global, to, 1, SetOptions{})
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			entries, err := first.List(context.Background(), global, ListOptions{Values: true})
			sum := int64(0)
			for _, e := range entries {
				sum += e.Value.(int64)
			}
			if err != nil || sum != 100*accounts {
				t.Errorf("the sum is %d, error %v", sum, err)
				return
			}
		}
	})
	wg.Wait()
	close(stop)
	reader.Wait()
}

func TestCancelled(t *testing.T) {
	s := newStore(t, Options{})
	set(t, s, "k", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Set(ctx, global, "k", 2, SetOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("set: %v", err)
	}
	if _, _, err := s.Get(ctx, global, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v", err)
	}
	if value(t, s, "k") != int64(1) {
		t.Error("it was written")
	}
}

// A writer in another connection holds the lock: waiting ends with the context.
func TestWaitingIsInterrupted(t *testing.T) {
	path := file(t)
	s, other := openAt(t, path, Options{}), openAt(t, path, Options{Wait: 50 * time.Millisecond})
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.db.Write(context.Background(), func(*db.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	_, err := other.Set(t.Context(), global, "k", 1, SetOptions{})
	is(t, err, db.ErrBusy)
	third := openAt(t, path, Options{Wait: 10 * time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := third.Set(ctx, global, "k", 1, SetOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > time.Minute { // far below Options.Wait
		t.Errorf("it waited %v", took)
	}
	if _, err := s.Set(ctx, global, "k", 1, SetOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("in the same process: %v", err)
	}
	missing(t, third, "k")
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestClosed(t *testing.T) {
	s := newStore(t, Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Get(t.Context(), global, "k"); !errors.Is(err, db.ErrClosed) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.Set(t.Context(), global, "k", 1, SetOptions{}); !errors.Is(err, db.ErrClosed) {
		t.Errorf("set: %v", err)
	}
}
