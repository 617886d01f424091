package tools

import (
	"context"
	"testing"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// shortly is quick for short inputs.
type shortly struct{}

func (shortly) Run(context.Context, *tool.Call) (*tool.Result, error) { return &tool.Result{}, nil }
func (shortly) Quick(call *tool.Call) bool                            { return len(call.Params.String("input")) < 5 }

// Whether a call is quick is known before it is made: by the parameters as the tool
// gets them, whatever the caller calls them.
func TestQuickBeforehand(t *testing.T) {
	nothing := func(context.Context, *tool.Call) (*tool.Result, error) { return nil, nil }
	always, never, asked := define("always", nothing), define("never", nothing), define("asked", nothing)
	quick(always.Descriptor)
	asked.New = func() (tool.Tool, error) { return shortly{}, nil }
	asked.Descriptor.Parameters = &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
		{Name: "input", Aliases: []string{"text"}, Schema: &schema.Schema{Types: []schema.Type{schema.String}}},
	}}
	hooked := false
	inv := invoker(t, Options{Hooks: []Hook{{Active: func() bool { return hooked }}}}, always, never, asked)
	is := func(name string, params map[string]any) bool {
		t.Helper()
		h, err := inv.Handle(name)
		if err != nil {
			t.Fatal(err)
		}
		return h.Quick(params)
	}
	if !is("always", nil) || is("never", nil) {
		t.Error("the descriptor is not looked at")
	}
	short, long := map[string]any{"input": "1"}, map[string]any{"text": "123456"}
	if is("asked", short) {
		t.Error("a tool that was not made yet cannot be asked")
	}
	if _, err := inv.Invoke(background, "asked", short, CallOptions{}); err != nil {
		t.Fatal(err)
	}
	if !is("asked", short) || is("asked", long) || is("asked", map[string]any{"input": 1}) {
		t.Errorf("short %v, long under another name %v", is("asked", short), is("asked", long))
	}
	hooked = true
	if is("always", nil) || is("asked", short) {
		t.Error("hooks may take any time")
	}
}
