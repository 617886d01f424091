package tools

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

type word string

func TestPlainParameters(t *testing.T) {
	n := 5
	type point struct {
		X int `json:"x"`
		Y any `json:"y,omitempty"`
	}
	for _, tt := range []struct{ in, want any }{
		{[]string{"a", "b"}, []any{"a", "b"}},
		{[]int32{1}, []any{int64(1)}},
		{[][]string{{"a"}}, []any{[]any{"a"}}},
		{[2]bool{true, false}, []any{true, false}},
		{map[string]string{"a": "b"}, map[string]any{"a": "b"}},
		{map[word]int{"a": 1}, map[string]any{"a": 1}},
		{[]map[string]any{{"a": []string{"b"}}}, []any{map[string]any{"a": []any{"b"}}}},
		{map[string]any{"a": []any{1, uint8(2)}}, map[string]any{"a": []any{1, int64(2)}}},
		{uint64(1) << 63, float64(1 << 63)},
		{float32(0.1), 0.1},
		{word("x"), "x"},
		{[]byte("bytes"), "bytes"},
		{json.RawMessage(`{"a":1}`), map[string]any{"a": 1.0}},
		{time.Unix(0, 0).UTC(), "1970-01-01T00:00:00Z"},
		{time.Second, int64(time.Second)},
		{&n, 5},
		{(*int)(nil), nil},
		{point{X: 1}, map[string]any{"x": 1.0}},
	} {
		given := map[string]any{"v": tt.in}
		got, err := plain(given)
		if err != nil || !reflect.DeepEqual(got["v"], tt.want) {
			t.Errorf("%T: %#v, %v; want %#v", tt.in, got["v"], err, tt.want)
		}
		if !reflect.DeepEqual(given["v"], tt.in) {
			t.Errorf("%T: the caller's map was changed", tt.in)
		}
	}
	same := map[string]any{"a": []any{1.5, "x", nil, map[string]any{"b": true}}, "n": json.Number("1")}
	if got, err := plain(same); err != nil || !sameMap(got, same) {
		t.Errorf("plain values were copied: %v, %v", got, err)
	}
}

func TestParametersWithoutEnd(t *testing.T) {
	inv := NewInvoker(NewRegistry(), Options{})
	err := inv.Registry().Register(tool.Static(&tool.Descriptor{Name: "any", Security: tool.Safe, Parameters: schema.Map("", schema.Optional("x", &schema.Schema{}))},
		func(_ context.Context, call *tool.Call) (*tool.Result, error) {
			text, err := json.Marshal(map[string]any(call.Params))
			return tool.Value(string(text)), err
		}))
	if err != nil {
		t.Fatal(err)
	}
	loop, list := map[string]any{}, make([]any, 1)
	loop["again"], list[0] = loop, list
	type node struct{ Next *node }
	ring := &node{}
	ring.Next = ring
	for _, x := range []any{loop, list, []map[string]any{loop}, ring, func() {}, make(chan int), map[string]any{"f": func() {}}} {
		r, err := inv.Invoke(context.Background(), "any", map[string]any{"x": x}, CallOptions{})
		var te *tool.Error
		if !errors.As(err, &te) || r.Success {
			t.Errorf("%T: %v, %v", x, r, err)
		}
	}
	_, err = inv.Invoke(context.Background(), "any", map[string]any{"x": loop}, CallOptions{})
	if err == nil || !strings.Contains(err.Error(), `parameter "x" is nested more than 1000 deep, or holds itself`) {
		t.Errorf("got %v", err)
	}
}

// TestCallbacksThatPanic checks that a panic in the embedding program's functions
// neither ends the process nor loses the answer.
func TestCallbacksThatPanic(t *testing.T) {
	told := make(chan any, 10)
	reg := NewRegistry()
	err := reg.Register(tool.Static(&tool.Descriptor{Name: "kept", Security: tool.Safe, CacheFor: time.Hour, Parameters: schema.Map(""),
		Settings: []tool.Setting{{Name: "key"}}},
		func(context.Context, *tool.Call) (*tool.Result, error) { return tool.Value(1), nil }))
	if err != nil {
		t.Fatal(err)
	}
	panicked := func(_ string, v any, _ []byte) { told <- v }
	inv := NewInvoker(reg, Options{Panicked: panicked, Observe: func(Observation) { panic("observing") }})
	if r, err := inv.Invoke(context.Background(), "kept", nil, CallOptions{}); err != nil || !r.Success || <-told != "observing" {
		t.Errorf("%v %v", r, err)
	}
	p, err := inv.Start(context.Background(), "kept", nil, CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Wait(context.Background()); err != nil || !r.Success || <-told != "observing" {
		t.Errorf("%v %v", r, err)
	}
	inv = NewInvoker(reg, Options{Panicked: panicked, Settings: func(string, string) (string, bool) { panic("settings") }})
	if _, err := inv.Invoke(context.Background(), "kept", nil, CallOptions{}); err == nil || <-told != "settings" {
		t.Errorf("%v", err)
	}
}
