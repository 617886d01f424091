package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func cachedFor(d time.Duration) func(*tool.Descriptor) {
	return func(desc *tool.Descriptor) {
		desc.CacheFor = d
		desc.Parameters = schema.Map("", schema.Optional("v", &schema.Schema{}), schema.Optional("w", &schema.Schema{}), schema.Optional("d", schema.Flag("")))
	}
}

// counting is a tool that tells how often it ran.
func counting(runs *atomic.Int64) tool.Func {
	return func(context.Context, *tool.Call) (*tool.Result, error) {
		return &tool.Result{Value: map[string]any{"run": runs.Add(1), "list": []any{"a", map[string]any{"b": 1.5}}}, Metadata: map[string]any{"m": []any{"x"}}}, nil
	}
}

func TestCacheKeepsResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		inv := invoker(t, Options{}, define("pure", counting(&runs), cachedFor(time.Minute)),
			define("effects", counting(&runs), cachedFor(time.Minute), func(d *tool.Descriptor) { d.SideEffects = true }),
			define("plain", counting(&runs)),
			define("volatile", func(context.Context, *tool.Call) (*tool.Result, error) {
				return &tool.Result{Value: runs.Add(1), NoStore: true}, nil
			}, cachedFor(time.Minute)),
			define("fails", func(context.Context, *tool.Call) (*tool.Result, error) { runs.Add(1); return nil, errors.New("no") }, cachedFor(time.Minute)),
			define("odd", func(context.Context, *tool.Call) (*tool.Result, error) {
				return tool.Value(make(chan int, runs.Add(1))), nil
			}, cachedFor(time.Minute)))
		box, err := sandbox.New(t.TempDir(), sandbox.Safe())
		if err != nil {
			t.Fatal(err)
		}
		call := func(name string, params map[string]any, opt CallOptions) *Response {
			r, _ := inv.Invoke(background, name, params, opt)
			return r
		}
		for i, tc := range []struct {
			name   string
			params map[string]any
			opt    CallOptions
			wait   time.Duration
			runs   int64 // in this step
		}{
			{"pure", map[string]any{"v": "x"}, CallOptions{}, 0, 1},
			{"pure", map[string]any{"v": "x"}, CallOptions{}, 59 * time.Second, 0},
			{"pure", map[string]any{"v": "x", "d": false}, CallOptions{}, 0, 0}, // the default, written out
			{"pure", map[string]any{"v": "x", "d": true}, CallOptions{}, 0, 1},
			{"pure", map[string]any{"v": "x"}, CallOptions{NoCache: true}, 0, 1},
			{"pure", map[string]any{"v": "x"}, CallOptions{Sandbox: box}, 0, 1}, // another sandbox
			{"pure", map[string]any{"v": "x"}, CallOptions{Sandbox: box}, 0, 0},
			{"pure", map[string]any{"v": "x"}, CallOptions{}, 2 * time.Second, 1}, // expired
			{"pure", map[string]any{"v": make(chan int)}, CallOptions{}, 0, 1},    // no JSON: not a key
			{"pure", map[string]any{"v": make(chan int)}, CallOptions{}, 0, 1},
			{"effects", nil, CallOptions{}, 0, 1}, {"effects", nil, CallOptions{}, 0, 1},
			{"plain", nil, CallOptions{}, 0, 1}, {"plain", nil, CallOptions{}, 0, 1},
			{"volatile", nil, CallOptions{}, 0, 1}, {"volatile", nil, CallOptions{}, 0, 1},
			{"fails", nil, CallOptions{}, 0, 1}, {"fails", nil, CallOptions{}, 0, 1},
			{"odd", nil, CallOptions{}, 0, 1}, {"odd", nil, CallOptions{}, 0, 1},
		} {
			time.Sleep(tc.wait)
			before := runs.Load()
			r := call(tc.name, tc.params, tc.opt)
			if got := runs.Load() - before; got != tc.runs {
				t.Errorf("step %d, %s %v: it ran %d times; want %d", i, tc.name, tc.params, got, tc.runs)
			}
			if cached := r.Metadata["cached"] == true; cached != (tc.runs == 0) {
				t.Errorf("step %d, %s %v: metadata %v", i, tc.name, tc.params, r.Metadata)
			}
		}
		if c := inv.Snapshot().Cache; c.Hits != 3 || c.Entries != 3 || c.Bytes <= 0 {
			t.Errorf("figures %+v", c)
		}
	})
}

// What a caller does to its result changes nobody else's.
func TestCacheCannotBePoisoned(t *testing.T) {
	var runs atomic.Int64
	inv := invoker(t, Options{}, define("pure", counting(&runs), cachedFor(time.Minute)))
	for i := range 4 {
		r, err := inv.Invoke(background, "pure", nil, CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m := r.Result.(map[string]any)
		list := m["list"].([]any)
		if len(m) != 2 || list[0] != "a" || list[1].(map[string]any)["b"] != 1.5 || r.Metadata["m"].([]any)[0] != "x" {
			t.Fatalf("call %d: %v, %v", i, m, r.Metadata)
		}
		list[0], list[1].(map[string]any)["b"], m["new"], r.Metadata["m"].([]any)[0] = "changed", "changed", 1, "changed"
	}
	if runs.Load() != 1 {
		t.Errorf("it ran %d times", runs.Load())
	}
}

// Keys are exact: no two different calls share one, and order does not matter.
func TestCacheKeys(t *testing.T) {
	inv := invoker(t, Options{}, define("a", nil, cachedFor(1)), define("b", nil, cachedFor(1)))
	box, err := sandbox.New(t.TempDir(), sandbox.Safe())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[cacheKey]string{}
	for _, name := range []string{"a", "b"} {
		h, _ := inv.Handle(name)
		for i, p := range []map[string]any{
			{}, {"v": nil}, {"v": "1"}, {"v": int64(1)}, {"v": 1.0}, {"v": json.Number("1")}, {"v": true}, {"v": false}, {"v": ""}, {"v": 0.0}, {"v": math.Copysign(0, -1)},
			{"v": []any{}}, {"v": map[string]any{}}, {"v": []any{"a", "b"}}, {"v": []any{"ab"}}, {"v": []any{[]any{"a"}, "b"}}, {"v": []any{[]any{"a", "b"}}},
			{"v": map[string]any{"a": "b"}}, {"v": map[string]any{"a": map[string]any{"b": nil}}}, {"v": "a", "w": "b"}, {"v": "b", "w": "a"}, {"v": "a\x00w"},
			{"v": map[string]any{"k": "x", "l": "y"}}, {"v": map[string]any{"k": "y", "l": "x"}},
		} {
			c := h.begin(background, p, CallOptions{Sandbox: box})
			c.call.Params, c.call.Sandbox = p, box
			key, ok := c.cacheKey()
			what := fmt.Sprint(name, i, p)
			if other, taken := seen[key]; taken || !ok {
				t.Errorf("%s has the key of %s (%v)", what, other, ok)
			}
			seen[key] = what
			if again, _ := c.cacheKey(); again != key { // the order of maps differs each time
				t.Errorf("%s has two keys", what)
			}
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	const size = 10_000
	inv := invoker(t, Options{CacheBytes: 10 * size}, define("big", func(_ context.Context, c *tool.Call) (*tool.Result, error) {
		return tool.Value(strings.Repeat("x", c.Params.Int("v"))), nil
	}, cachedFor(time.Hour)))
	hit := func(n int) bool {
		r, err := inv.Invoke(background, "big", map[string]any{"v": n}, CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Metadata["cached"] == true
	}
	hit(size)
	for i := range 50 {
		hit(size - 50 + i)
		if !hit(size) { // used all the time
			t.Fatal("a result in use was thrown out")
		}
		if c := inv.Snapshot().Cache; c.Bytes > 10*size || c.Entries > 10 {
			t.Fatalf("the cache grew to %+v", c)
		}
	}
	if hit(size - 50) {
		t.Error("the oldest result is still there")
	}
	hit(3 * size)
	if hit(3 * size) {
		t.Error("a result that would fill the cache was kept")
	}
	if c := inv.Snapshot().Cache; c.Evicted == 0 {
		t.Errorf("figures %+v", c)
	}
	off := invoker(t, Options{CacheBytes: -1}, define("pure", counting(new(atomic.Int64)), cachedFor(time.Hour)))
	for range 2 {
		if r, err := off.Invoke(background, "pure", nil, CallOptions{}); err != nil || r.Metadata["cached"] != nil {
			t.Errorf("without a cache: %+v, %v", r, err)
		}
	}
}

// A setting is part of the key: what was found with one key or server is not
// what another would have given.
func TestCacheKnowsSettings(t *testing.T) {
	var runs atomic.Int64
	server := "one"
	inv := invoker(t, Options{Settings: func(_, name string) (string, bool) { return server, name == "server" }},
		define("pure", counting(&runs), cachedFor(time.Minute), func(d *tool.Descriptor) { d.Settings = []tool.Setting{{Name: "server"}} }))
	for i, s := range []string{"one", "one", "two", "one"} {
		server = s
		if _, err := inv.Invoke(background, "pure", nil, CallOptions{}); err != nil {
			t.Fatal(err)
		}
		if want := []int64{1, 1, 2, 2}[i]; runs.Load() != want {
			t.Errorf("after call %d it ran %d times; want %d", i, runs.Load(), want)
		}
	}
}

// Many callers of one thing make one run of it, and the end of the one who was
// first is not the end of the others.
func TestSingleFlight(t *testing.T) {
	for name, tc := range map[string]struct {
		firstLeaves bool
		callers     int
	}{"all stay": {false, 20}, "the first leaves": {true, 20}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var runs, stopped atomic.Int64
				inv := invoker(t, Options{}, define("slow", func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
					runs.Add(1)
					select {
					case <-time.After(time.Second):
						return tool.Value(map[string]any{"list": []any{"a"}}), nil
					case <-ctx.Done():
						stopped.Add(1)
						return nil, ctx.Err()
					}
				}, cachedFor(time.Minute)))
				ctx, cancel := context.WithCancel(background)
				defer cancel()
				var wg sync.WaitGroup
				fresh := new(atomic.Int64)
				for i := range tc.callers {
					wg.Go(func() {
						of := background
						if i == 0 {
							of = ctx
						}
						time.Sleep(time.Duration(i) * time.Millisecond)
						r, err := inv.Invoke(of, "slow", nil, CallOptions{})
						if i == 0 && tc.firstLeaves {
							if asToolError(t, err).Code != tool.Cancelled {
								t.Errorf("the first: %v", err)
							}
							return
						}
						if err != nil {
							t.Error(err)
							return
						}
						if r.Metadata["cached"] == nil {
							fresh.Add(1)
						}
						r.Result.(map[string]any)["list"].([]any)[0] = i // shares nothing: -race would tell
					})
				}
				time.Sleep(500 * time.Millisecond)
				if tc.firstLeaves {
					cancel()
				}
				wg.Wait()
				if runs.Load() != 1 || stopped.Load() != 0 {
					t.Errorf("%d runs, %d stopped", runs.Load(), stopped.Load())
				}
				if want := int64(1); !tc.firstLeaves && fresh.Load() != want {
					t.Errorf("%d callers were told that the result is new; want %d", fresh.Load(), want)
				}
			})
		})
	}
}

// When nobody waits any more the work stops, and the next caller starts anew.
func TestFlightStopsWithItsLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs, stopped atomic.Int64
		inv := invoker(t, Options{}, define("slow", func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
			runs.Add(1)
			<-ctx.Done()
			stopped.Add(1)
			return nil, ctx.Err()
		}, cachedFor(time.Minute)))
		ctx, cancel := context.WithCancel(background)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := inv.Invoke(ctx, "slow", nil, CallOptions{}); asToolError(t, err).Code != tool.Cancelled {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second)
		cancel()
		wg.Wait()
		synctest.Wait()
		if runs.Load() != 1 || stopped.Load() != 1 || len(inv.cache.flights) != 0 {
			t.Errorf("%d runs, %d stopped, %d flights", runs.Load(), stopped.Load(), len(inv.cache.flights))
		}
	})
}

// A caller with more time than the one whose run it joined gets a run of its
// own; a caller with less leaves in time.
func TestFlightsAndDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		inv := invoker(t, Options{}, define("slow", func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
			runs.Add(1)
			select {
			case <-time.After(3 * time.Second):
				return tool.Value("done"), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}, cachedFor(time.Minute)))
		var wg sync.WaitGroup
		for _, tc := range []struct {
			timeout, ends time.Duration
			ok            bool
		}{{2 * time.Second, 2 * time.Second, false}, {time.Second, time.Second, false}, {10 * time.Second, 5 * time.Second, true}, {10 * time.Second, 5 * time.Second, true}} {
			wg.Go(func() {
				start := time.Now()
				_, err := inv.Invoke(background, "slow", nil, CallOptions{Timeout: tc.timeout})
				if (err == nil) != tc.ok || time.Since(start) != tc.ends || err != nil && asToolError(t, err).Code != tool.Timeout {
					t.Errorf("with %v: %v after %v; want %v", tc.timeout, err, time.Since(start), tc.ends)
				}
			})
			synctest.Wait() // the first is the one with two seconds
		}
		wg.Wait()
		if runs.Load() != 2 {
			t.Errorf("%d runs; want 2", runs.Load())
		}
	})
}

// Those who waited for a result that is not to be shared make their own call.
func TestUnsharedResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		inv := invoker(t, Options{}, define("volatile", func(context.Context, *tool.Call) (*tool.Result, error) {
			time.Sleep(time.Second)
			return &tool.Result{Value: runs.Add(1), NoStore: true}, nil
		}, cachedFor(time.Minute)))
		var seen sync.Map
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				r, err := inv.Invoke(background, "volatile", nil, CallOptions{})
				if _, twice := seen.LoadOrStore(r.Result, true); err != nil || twice || r.Metadata["cached"] != nil {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestFlightThatPanicsOrIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		inv := invoker(t, Options{},
			define("boom", func(context.Context, *tool.Call) (*tool.Result, error) { time.Sleep(time.Second); panic("boom") }, cachedFor(time.Minute)),
			define("deaf", func(context.Context, *tool.Call) (*tool.Result, error) { <-release; return nil, nil }, cachedFor(time.Minute)))
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := inv.Invoke(background, "boom", nil, CallOptions{}); asToolError(t, err).Code != tool.Internal {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		_, err := inv.Invoke(background, "deaf", nil, CallOptions{Timeout: time.Second})
		if te := asToolError(t, err); te.Code != tool.Timeout || te.Details["abandoned"] == nil {
			t.Errorf("abandoned: %+v", te)
		}
		close(release)
		synctest.Wait()
	})
}
