package rpc

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/events"
)

// What clients write is published as what scripts write is, if the kernel was told to.
func TestStateChanged(t *testing.T) {
	r := stateRig(t)
	c := r.dial(ClientOptions{})
	sub := must[*events.Subscription](t)(r.kernel.Services().Events.Subscribe(events.SubscribeOptions{}, "state.*"))
	defer sub.Unsubscribe()
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Key: "silent", Value: StateValue{1}}))
	r.kernel.SetStateEvents(true)
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Scope: "session:1", Key: "k", Value: StateValue{1}}))
	never, first := int64(7), int64(1)
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Scope: "session:1", Key: "k", Value: StateValue{2}, Version: &never}))
	must[StateSetResult](t)(c.StateSet(background, StateSetParams{Scope: "session:1", Key: "k", Value: StateValue{2}, Version: &first}))
	for range 2 { // the second finds nothing
		must[bool](t)(c.StateDelete(background, "session:1", "k"))
	}
	must[int](t)(c.StateClear(background, ""))
	if _, err := c.StateImport(background, StateImportParams{}, strings.NewReader(`{"llmspell_state": 1, "schema": 1, "entries": []}`)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(background, patience)
	defer cancel()
	for _, want := range []string{"session:1 k set", "session:1 k compare_and_set", "session:1 k delete", "global  clear", "global  import"} {
		e, err := sub.Receive(ctx)
		if err != nil {
			t.Fatalf("%s: %v", want, err)
		}
		data, _ := e.Data.(map[string]any)
		if got := fmt.Sprint(data["scope"], " ", data["key"], " ", data["action"]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
