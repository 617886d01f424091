package rpc

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/state"
)

func TestState(t *testing.T) {
	dir := t.TempDir()
	services := kernel.NewServices(kernel.Openers{
		State: func() (*state.Store, error) {
			return state.Open(background, filepath.Join(dir, "state.db"), state.Options{})
		},
	})
	defer services.Close()
	c := newRig(t, Options{Kernel: kernel.New(kernel.Options{Services: services})}).dial(ClientOptions{})
	if _, ok, err := c.StateGet(background, "", "k"); ok || err != nil {
		t.Errorf("nothing: %v, %v", ok, err)
	}
	none := int64(0)
	value := map[string]any{"list": []any{int64(1), "zwei", nil}, "odd": map[any]any{int64(5): "five", 0.5: "\xff", "k": math.Inf(1)}}
	if r := must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "k", Value: StateValue{value}, Version: &none})); !r.Written || r.Entry.Version != 1 {
		t.Errorf("%+v", r)
	}
	if r := must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "k", Value: StateValue{2}, Version: &none})); r.Written || r.Entry == nil || r.Entry.Version != 1 {
		t.Errorf("compare and set: %+v", r)
	}
	e, ok, err := c.StateGet(background, "global", "k")
	if err != nil || !ok || fmt.Sprint(e.Value.V) != fmt.Sprint(value) || !e.Expires.IsZero() {
		t.Errorf("%+v, %v, %v", e, ok, err)
	}
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Scope: "session:1", Key: "k2", Value: StateValue{"x"}, TTLMS: 60_000}))
	if e, _, _ := c.StateGet(background, "session:1", "k2"); time.Until(e.Expires) <= 0 || time.Until(e.Expires) > time.Minute {
		t.Errorf("expires %v", e.Expires)
	}
	if list, more, err := c.StateList(background, StateListParams{Scope: "session:1", Values: true}); err != nil || more || len(list) != 1 || list[0].Value.V != "x" {
		t.Errorf("%+v, %v, %v", list, more, err)
	}
	if list := must[[]StateScopeInfo](t)(c.StateScopes(background)); len(list) != 2 {
		t.Errorf("%+v", list)
	}
	if was := must[bool](t)(c.StateDelete(background, "", "k")); !was {
		t.Error("nothing was deleted")
	}
	if n := must[int](t)(c.StateClear(background, "session:1")); n != 1 {
		t.Errorf("%d cleared", n)
	}
	for _, p := range []StateSetParams{{Key: ""}, {Scope: "session:", Key: "k"}, {Key: "k", TTLMS: -1}} {
		if _, err := c.StateSet(background, p); !IsCode(err, CodeInvalidParams) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if _, err := c.Records(background, RecordListParams{}); err == nil {
		t.Error("a kernel without an archive has records")
	}
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	services := kernel.NewServices(kernel.Openers{
		Archive: func() (*archive.Store, error) {
			return archive.Open(background, filepath.Join(dir, "sessions.db"), archive.Options{})
		},
	})
	defer services.Close()
	store := must[*archive.Store](t)(services.Archive())
	made := must[*archive.Session](t)(store.Create(background, archive.Spec{Name: "first", Tags: []string{"a"}}))
	must[*archive.Session](t)(store.Create(background, archive.Spec{Name: "second"}))
	c := newRig(t, Options{Kernel: kernel.New(kernel.Options{Services: services})}).dial(ClientOptions{})
	if list := must[[]*archive.Session](t)(c.Records(background, RecordListParams{Tags: []string{"a"}, Status: []string{"active"}})); len(list) != 1 || list[0].ID != made.ID {
		t.Errorf("%+v", list)
	}
	if s := must[*archive.Session](t)(c.Record(background, "first")); s.ID != made.ID {
		t.Errorf("%+v", s)
	}
	if _, err := c.Record(background, "third"); !IsCode(err, CodeNotFound) {
		t.Errorf("none: %v", err)
	}
}
