package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
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
	// null is no value: it removes what is there, at this version if one is given.
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "null", Value: StateValue{1}}))
	one := int64(1)
	if r := must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "null", Version: &none})); r.Written || r.Entry == nil {
		t.Errorf("null at another version: %+v", r)
	}
	for range 2 {
		if r := must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "null", Version: &one})); r.Written != (one == 1) || r.Entry != nil {
			t.Errorf("null at version %d: %+v", one, r)
		}
		one = 2
	}
	for range 2 {
		if r := must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "null"})); !r.Written || r.Entry != nil {
			t.Errorf("null: %+v", r)
		}
		if _, ok, err := c.StateGet(background, "", "null"); ok || err != nil {
			t.Errorf("null is there: %v, %v", ok, err)
		}
		must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "null", Value: StateValue{1}}))
	}
	must[bool](t)(c.StateDelete(background, "", "null"))
	e, ok, err := c.StateGet(background, "global", "k")
	if err != nil || !ok || fmt.Sprint(e.Value.V) != fmt.Sprint(value) || !e.Expires.IsZero() {
		t.Errorf("%+v, %v, %v", e, ok, err)
	}
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Scope: "session:1", Key: "k2", Value: StateValue{"x"}, TTLMS: 60_000}))
	if e, _, _ := c.StateGet(background, "session:1", "k2"); time.Until(e.Expires) <= 0 || time.Until(e.Expires) > time.Minute {
		t.Errorf("expires %v", e.Expires)
	}
	if list, err := c.StateList(background, StateListParams{Scope: "session:1", Values: true}); err != nil || len(list) != 1 || list[0].Value.V != "x" {
		t.Errorf("%+v, %v", list, err)
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

// What works on the whole store goes through a connection: as a transfer, all or nothing.
func TestWholeState(t *testing.T) {
	dir := t.TempDir()
	services := kernel.NewServices(kernel.Openers{
		State: func() (*state.Store, error) {
			return state.Open(background, filepath.Join(dir, "state.db"), state.Options{})
		},
	})
	defer services.Close()
	c := newRig(t, Options{Kernel: kernel.New(kernel.Options{Services: services})}).dial(ClientOptions{})
	large := strings.Repeat("large ", 100_000)
	values := 20
	if raceEnabled { // pages and pieces are several all the same
		values = 8
	}
	for i := range values {
		must[StateSetResult](t)(c.StateSet(background, StateSetParams{Scope: "session:1", Key: fmt.Sprint(i), Value: StateValue{large + fmt.Sprint(i)}}))
	}
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "k", Value: StateValue{map[any]any{int64(5): "five"}}}))

	// Pages of large values are short, and none is forgotten.
	after, seen := "", 0
	for more := true; more; {
		page, err := c.StatePage(background, StateListParams{Scope: "session:1", After: after, Limit: 15, Values: true})
		list := page.Entries
		if more = page.More; err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		size := 0
		for _, e := range list {
			size += e.Size
		}
		if size > maxStatePage && len(list) > 1 || len(list) > 15 {
			t.Errorf("a page of %d bytes, %d values", size, len(list))
		}
		seen, after = seen+len(list), list[len(list)-1].Key
	}
	if seen != values {
		t.Errorf("%d of %d values", seen, values)
	}

	var export, again bytes.Buffer
	if n, err := c.StateExport(background, StateExportParams{}, &export); err != nil || n != values+1 || export.Len() < values*len(large) {
		t.Fatalf("%d values, %d bytes, %v", n, export.Len(), err)
	}
	// An upload that is broken off, and imports of what is none, change nothing.
	half := export.Bytes()[:export.Len()/2]
	if _, err := c.StateImport(background, StateImportParams{}, io.MultiReader(bytes.NewReader(half), iotest.ErrReader(io.ErrClosedPipe))); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("broken off: %v", err)
	}
	if _, err := c.StateImport(background, StateImportParams{}, bytes.NewReader(half)); !IsCode(err, CodeInvalidParams) {
		t.Errorf("cut: %v", err)
	}
	ended, cancel := context.WithCancel(background)
	cancel()
	if _, err := c.StateImport(ended, StateImportParams{}, bytes.NewReader(export.Bytes())); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	gone := newRig(t, Options{Kernel: kernel.New(kernel.Options{Services: services})}).dial(ClientOptions{})
	if _, err := gone.StateImport(background, StateImportParams{}, readerFunc(func(p []byte) (int, error) { return len(p), gone.Close() })); err == nil {
		t.Error("an import without a connection")
	}
	for _, p := range []StateImportParams{{Transfer: "9"}, {Scope: "session:"}} {
		if err := c.Call(background, "state.import", p, nil); err == nil {
			t.Errorf("%+v is imported", p)
		}
	}
	if _, err := c.StateExport(background, StateExportParams{Format: "xml"}, io.Discard); !IsCode(err, CodeInvalidParams) {
		t.Errorf("format: %v", err)
	}
	if _, err := c.StateExport(background, StateExportParams{}, failingWriter{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a client that cannot write: %v", err)
	}
	if n, err := c.StateExport(background, StateExportParams{}, &again); err != nil || n != values+1 || again.Len() != export.Len() {
		t.Errorf("it was changed: %d values, %v", n, err)
	}

	b := must[state.Backup](t)(c.CreateStateBackup(background, "why"))
	if n := must[StateImported](t)(c.StateImport(background, StateImportParams{Scope: "global"}, bytes.NewReader(export.Bytes()))).Entries; n != 1 {
		t.Errorf("%d imported", n)
	}
	must[int](t)(c.StateClear(background, "session:1"))
	if n := must[StateImported](t)(c.StateImport(background, StateImportParams{Merge: true}, &export)).Entries; n != values+1 {
		t.Errorf("%d imported", n)
	}
	if e, _, err := c.StateGet(background, "", "k"); err != nil || fmt.Sprint(e.Value.V) != "map[5:five]" {
		t.Errorf("%v, %v", e.Value.V, err)
	}
	if err := c.StateCheck(background); err != nil {
		t.Error(err)
	}
	if got := must[state.Backup](t)(c.ValidateStateBackup(background, b.ID)); got.Entries != values+1 || got.Description != "why" {
		t.Errorf("%+v", got)
	}
	before := must[state.Restored](t)(c.RestoreStateBackup(background, b.ID))
	if list := must[[]state.Backup](t)(c.StateBackups(background)); len(list) != 2 || list[0].ID != before.ID {
		t.Errorf("%+v", list)
	}
	if err := c.DeleteStateBackup(background, b.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.ValidateStateBackup(background, b.ID); !IsCode(err, CodeNotFound) {
		t.Errorf("deleted: %v", err)
	}
	if _, err := c.CleanStateBackups(background, state.Retention{Keep: -1}); !IsCode(err, CodeInvalidParams) {
		t.Errorf("cleanup: %v", err)
	}
	if list := must[[]state.Backup](t)(c.CleanStateBackups(background, state.Retention{})); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
