package archive

import "testing"

// A bundle with entries of an execution that it does not have is imported with one that stands
// for it, and keeps the entries.
func TestImportOfLostExecutions(t *testing.T) {
	ctx := t.Context()
	s := open(t, Options{})
	r := create(t, s, Spec{Name: "n"})
	for range 2 {
		rec := begin(t, s, r.ID)
		rec.ToolCall("tool", map[string]any{"p": "x"}, "r", s.opts.Now(), 0)
		rec.ToolCall("tool", map[string]any{"p": "y"}, "r", s.opts.Now(), 0)
		if err := rec.End(ctx, End{Outcome: Succeeded}); err != nil {
			t.Fatal(err)
		}
	}
	bundle := remade(t, exported(t, s, r.ID), true, map[string]func([]byte) []byte{executionsFile: func([]byte) []byte { return []byte{} }})
	to := open(t, Options{})
	got := must[*Session](t)(importBytes(to, bundle, ImportOptions{}))
	list := must[[]*Execution](t)(to.Executions(ctx, got.ID, 0, 0, 0))
	if len(list) != 2 {
		t.Fatalf("%d executions", len(list))
	}
	for i, e := range list {
		if e.Sequence != i+1 || e.Outcome != Crashed || e.Error != lostExecution || e.Calls != 2 || must[string](t)(to.Source(ctx, e)) != lostSource {
			t.Errorf("%+v", e)
		}
		if entries := must[[]*Entry](t)(to.Entries(ctx, got.ID, i+1)); len(entries) != 2 {
			t.Errorf("%d entries", len(entries))
		}
	}
	// It is a session like any other.
	if _, err := importBytes(open(t, Options{}), exported(t, to, got.ID), ImportOptions{}); err != nil {
		t.Error(err)
	}
	if rec := begin(t, to, got.ID); rec == nil {
		t.Error("nothing can be executed in it")
	} else if err := rec.End(ctx, End{Outcome: Succeeded}); err != nil {
		t.Error(err)
	}
}
