package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
)

func TestTransitions(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			r := create(t, s, Spec{})
			if from != Active {
				must[*Session](t)(s.SetStatus(ctx, r.ID, from, ""))
			}
			got, err := s.SetStatus(ctx, r.ID, to, "because")
			if slices.Contains(from.Next(), to) {
				if err != nil || got.Status != to || got.Reason != "because" || (to == Completed || to == Failed) == got.EndedAt.IsZero() && from != Completed && from != Failed {
					t.Errorf("%s to %s: %+v, %v", from, to, got, err)
				}
				continue
			}
			wantError(t, err, ErrStatus, string(from), r.ID)
			for _, next := range from.Next() {
				if !strings.Contains(err.Error(), string(next)) {
					t.Errorf("%v does not name %s", err, next)
				}
			}
		}
	}
	_, err := s.SetStatus(ctx, "none", Completed, "")
	wantError(t, err, ErrNotFound)
}

func TestArchivedIsLeftAlone(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := create(t, s, Spec{})
	a := must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "x"}, strings.NewReader("x")))
	must[*Session](t)(s.SetStatus(ctx, r.ID, Archived, ""))
	name := "n"
	_, err := s.Update(ctx, r.ID, Change{Name: &name})
	wantError(t, err, ErrStatus, "archived")
	wantError(t, s.SaveVariables(ctx, r.ID, nil), ErrStatus)
	_, err = s.Checkpoint(ctx, r.ID, "")
	wantError(t, err, ErrStatus)
	_, err = s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "x"}, strings.NewReader("x"))
	wantError(t, err, ErrStatus)
	_, err = s.DeleteArtifact(ctx, ArtifactRef{Session: r.ID, Hash: a.Hash})
	wantError(t, err, ErrStatus)
	_, err = s.Begin(ctx, r.ID, Start{Kind: KindCode})
	wantError(t, err, ErrStatus, "nothing more can be executed")
	if err := s.Delete(ctx, r.ID); err != nil {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, Options{Now: func() time.Time { return now }})
	var ids []string
	for i, name := range []string{"alpha", "beta", "gamma_100%", "beta[1]"} {
		now = now.Add(time.Hour)
		r := create(t, s, Spec{ID: fmt.Sprintf("aaaa%d000", i), Name: name, Description: "number " + name, Tags: []string{"all", name[:1]}})
		ids = append(ids, r.ID)
	}
	must[*Session](t)(s.SetStatus(ctx, ids[0], Completed, ""))
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "alpha,beta[1],gamma_100%,beta"},
		{Filter{Order: ByName}, "alpha,beta,beta[1],gamma_100%"},
		{Filter{Order: ByCreated, Limit: 2, Offset: 1}, "gamma_100%,beta"},
		{Filter{Offset: 3}, "beta"},
		{Filter{Status: []Status{Completed, Failed}}, "alpha"},
		{Filter{Tags: []string{"all", "b"}}, "beta[1],beta"},
		{Filter{Name: "beta*"}, "beta[1],beta"},
		{Filter{Name: "beta[1]"}, "beta[1]"},
		{Filter{Text: "NUMBER 100%"}, "gamma_100%"},
		{Filter{Text: "a_1"}, "gamma_100%"},
		{Filter{Text: "a%1"}, ""},
		{Filter{CreatedAfter: now.Add(-time.Hour), CreatedBefore: now}, "gamma_100%"},
		{Filter{Executed: true}, ""},
	} {
		var names []string
		for _, r := range must[[]*Session](t)(s.List(ctx, c.f)) {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, ","); got != c.want {
			t.Errorf("%+v: %s, want %s", c.f, got, c.want)
		}
	}
	for ref, want := range map[string]string{ids[1]: "beta", "alpha": "alpha", "aaaa2": "gamma_100%"} {
		if r, err := s.Resolve(ctx, ref); err != nil || r.Name != want {
			t.Errorf("%s: %+v, %v", ref, r, err)
		}
	}
	for ref, class := range map[string]error{"aaaa": ErrInvalid, "aaa": ErrNotFound, "": ErrNotFound, "none": ErrNotFound, "a%": ErrNotFound} {
		_, err := s.Resolve(ctx, ref)
		wantError(t, err, class)
	}
	// The id of one is the name of another: a reference must say which it means.
	twin := must[*Session](t)(s.Create(ctx, Spec{Name: ids[1]}))
	_, err := s.Resolve(ctx, ids[1])
	wantError(t, err, ErrInvalid)
	for _, part := range []string{"id:" + ids[1], "name:" + ids[1], "beta", twin.ID} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v: it does not say %s", err, part)
		}
	}
	for ref, want := range map[string]string{"id:" + ids[1]: ids[1], "name:" + ids[1]: twin.ID, twin.ID: twin.ID, "beta": ids[1], "name:beta": ids[1]} {
		if r, err := s.Resolve(ctx, ref); err != nil || r.ID != want {
			t.Errorf("%s: %+v, %v", ref, r, err)
		}
	}
	for _, ref := range []string{"id:beta", "name:aaaa2", "id:", "name:"} {
		_, err := s.Resolve(ctx, ref)
		wantError(t, err, ErrNotFound)
	}
	marked := must[*Session](t)(s.Create(ctx, Spec{Name: "name:beta"}))
	if r, err := s.Resolve(ctx, "name:beta"); err != nil || r.ID != marked.ID {
		t.Errorf("a name that looks marked: %+v, %v", r, err)
	}
	_, err = s.List(ctx, Filter{Order: "x"})
	wantError(t, err, ErrInvalid)
}

func TestCleanup(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	s := open(t, Options{Now: func() time.Time { return now }})
	for i, st := range []Status{Active, Suspended, Completed, Failed, Archived, Completed} {
		now = now.Add(time.Minute)
		r := create(t, s, Spec{Name: fmt.Sprint(i, st)})
		if st != Active {
			must[*Session](t)(s.SetStatus(ctx, r.ID, st, ""))
		}
	}
	now = now.Add(time.Hour)
	all := Retention{Completed: 30 * time.Minute, Failed: 30 * time.Minute, Archived: 30 * time.Minute, DryRun: true}
	if gone := must[[]*Session](t)(s.Cleanup(ctx, all)); len(gone) != 4 {
		t.Errorf("%d would go", len(gone))
	}
	all.Keep, all.DryRun = 1, false
	if gone := must[[]*Session](t)(s.Cleanup(ctx, all)); len(gone) != 3 || slices.ContainsFunc(gone, func(r *Session) bool { return r.Name == "5completed" }) {
		t.Errorf("%d went", len(gone))
	}
	now = now.Add(-1000 * time.Hour) // the clock is set back: nothing is older than its time
	if gone := must[[]*Session](t)(s.Cleanup(ctx, Retention{Completed: time.Nanosecond})); len(gone) != 0 {
		t.Errorf("%d went after the clock was set back", len(gone))
	}
	if n := must[int](t)(s.Count(ctx, Filter{})); n != 3 {
		t.Errorf("%d are left", n)
	}
}

func TestLimits(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{Limits: Limits{Sessions: 2, Artifacts: 2, ArtifactBytes: 100, SessionBytes: 150, VariableBytes: 50, OutputBytes: 5, EntryBytes: 40, Entries: 2}})
	r := create(t, s, Spec{})
	create(t, s, Spec{})
	_, err := s.Create(ctx, Spec{})
	wantError(t, err, ErrLimit, "max_sessions")
	store := func(n int) error {
		_, err := s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "x"}, strings.NewReader(strings.Repeat("x", n)))
		return err
	}
	wantError(t, store(101), ErrLimit, "100")
	if err := store(100); err != nil {
		t.Fatal(err)
	}
	wantError(t, store(51), ErrLimit, "151")
	if err := store(50); err != nil {
		t.Fatal(err)
	}
	wantError(t, store(0), ErrLimit, "max_artifacts_per_session")
	wantError(t, s.SaveVariables(ctx, r.ID, map[string]any{"big": strings.Repeat("x", 60), "a": int64(1)}), ErrLimit, "big")

	rec := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindCode, Source: "x"}))
	for range 3 {
		rec.ToolCall("t", strings.Repeat("p", 100), "r", time.Now(), 0)
	}
	rec.Output([]byte("1234567"))
	wantError(t, rec.End(ctx, End{Outcome: Succeeded, Variables: map[string]any{"big": strings.Repeat("x", 60)}}), ErrLimit, "big")
	e := must[*Execution](t)(s.Execution(ctx, r.ID, 1))
	if e.Output != "12345" || e.Printed != 7 || e.Calls != 2 || e.Dropped != 1 || e.Outcome != Succeeded {
		t.Errorf("%+v", e)
	}
	if n := must[[]*Entry](t)(s.Entries(ctx, r.ID, 1))[0]; n.Params != (Opaque{Cut, "102 bytes as JSON"}) || n.Result != "r" {
		t.Errorf("%+v", n)
	}
}

func TestCheckpoints(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := create(t, s, Spec{})
	_, _, err := s.Restore(ctx, r.ID, 0)
	wantError(t, err, ErrNotFound, "no checkpoint")
	for i := range 3 {
		if err := s.SaveVariables(ctx, r.ID, map[string]any{"i": int64(i)}); err != nil {
			t.Fatal(err)
		}
		must[*Checkpoint](t)(s.Checkpoint(ctx, r.ID, fmt.Sprint("c", i)))
	}
	list := must[[]*Checkpoint](t)(s.Checkpoints(ctx, r.ID))
	if len(list) != 3 || list[1].Name != "c1" {
		t.Fatalf("%+v", list)
	}
	c, vars, err := s.Restore(ctx, r.ID, list[1].ID)
	if err != nil || c.Name != "c1" || vars["i"] != int64(1) {
		t.Errorf("%+v %v %v", c, vars, err)
	}
	if got := must[map[string]any](t)(s.Variables(ctx, r.ID)); got["i"] != int64(1) {
		t.Errorf("%v", got)
	}
	other := create(t, s, Spec{})
	_, _, err = s.Restore(ctx, other.ID, list[0].ID)
	wantError(t, err, ErrNotFound)
}

// Many goroutines journal and store at once; nothing is mixed up.
func TestConcurrentWriters(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := create(t, s, Spec{})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 10 {
				rec, err := s.Begin(ctx, r.ID, Start{Kind: KindCode, Source: fmt.Sprint(w), Name: fmt.Sprint(w, i)})
				if err != nil {
					t.Error(err)
					return
				}
				for n := range 20 {
					rec.ToolCall(fmt.Sprint(w, i), int64(n), nil, time.Now(), 0)
					rec.Output([]byte("x"))
				}
				if err := rec.End(ctx, End{Outcome: Succeeded, Result: []any{fmt.Sprint(w, i)}}); err != nil {
					t.Error(err)
				}
				if _, err := s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "same"}, strings.NewReader(fmt.Sprint(w, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	list := must[[]*Execution](t)(s.Executions(ctx, r.ID, 0, 0, 0))
	if len(list) != 80 {
		t.Fatalf("%d executions", len(list))
	}
	for _, e := range list {
		entries := must[[]*Entry](t)(s.Entries(ctx, r.ID, e.Sequence))
		if e.Result[0] != e.Name || len(e.Output) != 20 || len(entries) != 20 {
			t.Errorf("%+v: %d entries", e, len(entries))
		}
		for i, n := range entries {
			if n.Name != e.Name || n.Params != int64(i) || n.Sequence != i+1 {
				t.Fatalf("entry %d of %s: %+v", i, e.Name, n)
			}
		}
	}
	versions := map[int]bool{}
	for _, a := range must[[]*Artifact](t)(s.QueryArtifacts(ctx, ArtifactQuery{Session: r.ID})) {
		versions[a.Version] = true
	}
	if len(versions) != 80 {
		t.Errorf("%d versions", len(versions))
	}
}

// An interrupted execution is journaled although its context is done.
func TestEndAfterCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := open(t, Options{})
	r := create(t, s, Spec{})
	rec := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindCode}))
	cancel()
	if err := rec.End(ctx, End{Outcome: Interrupted, Error: "x\x00\xff"}); err != nil {
		t.Fatal(err)
	}
	if e := must[*Execution](t)(s.Execution(context.Background(), r.ID, 1)); e.Outcome != Interrupted || e.Error != "x\uFFFD\uFFFD" {
		t.Errorf("%+v", e)
	}
}

// Without Flush or End, what is noted is written by itself, and when the store is
// closed.
func TestPendingIsWritten(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/sessions.db"
	s, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := create(t, s, Spec{})
	rec := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindCode}))
	rec.ToolCall("t", nil, nil, time.Now(), 0)
	for end := time.Now().Add(time.Minute); ; {
		if len(must[[]*Entry](t)(s.Entries(ctx, r.ID, 1))) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it was not written in a minute")
		}
	}
	rec.ToolCall("t", nil, nil, time.Now(), 0)
	rec.Output([]byte("out"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openAt(t, path, Options{})
	if e := must[*Execution](t)(again.Execution(ctx, r.ID, 1)); e.Calls != 2 || e.Output != "out" {
		t.Errorf("%+v", e)
	}
}

func TestViewHooks(t *testing.T) {
	ctx := context.Background()
	reg := hooks.New(hooks.Options{})
	var seen []string
	for _, p := range []hooks.Point{hooks.SessionStart, hooks.SessionEnd, hooks.SessionCheckpoint, hooks.SessionRestore, hooks.SessionSave} {
		if _, err := reg.Register(p, hooks.Definition{Name: string(p), Func: func(_ context.Context, c *hooks.Call) (hooks.Result, error) {
			seen = append(seen, string(c.Point))
			switch {
			case c.Data["name"] == "refused":
				return hooks.Result{Kind: hooks.Cancel, Reason: "no"}, nil
			case c.Point == hooks.SessionStart:
				return hooks.Result{Kind: hooks.Modified, Data: map[string]any{"name": "renamed", "tags": []any{"hooked"}}}, nil
			case c.Point == hooks.SessionSave:
				return hooks.Result{Kind: hooks.Modified, Data: map[string]any{"variables": map[string]any{"other": true}}}, nil
			}
			return hooks.Result{}, nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	v := View{Store: open(t, Options{}), Hooks: reg}
	_, err := v.Create(ctx, Spec{Name: "refused"})
	if err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("a refused session: %v", err)
	}
	r := must[*Session](t)(v.Create(ctx, Spec{Name: "x"}))
	if r.Name != "renamed" || len(r.Tags) != 1 {
		t.Errorf("%+v", r)
	}
	if err := v.SaveVariables(ctx, r.ID, map[string]any{"x": true}); err != nil {
		t.Fatal(err)
	}
	must[*Checkpoint](t)(v.Checkpoint(ctx, r.ID, "c"))
	_, vars, err := v.Load(ctx, r.ID)
	if err != nil || vars["other"] != true || len(vars) != 1 {
		t.Errorf("%v %v", vars, err)
	}
	must[*Session](t)(v.SetStatus(ctx, r.ID, Completed, ""))
	want := "SessionStart,SessionStart,SessionSave,SessionCheckpoint,SessionRestore,SessionEnd"
	if got := strings.Join(seen, ","); got != want {
		t.Errorf("hooks %s, want %s", got, want)
	}
}

// What a hook makes of a session's name, tags and metadata that cannot be one is an error, and nothing
// of what was given is lost without a word.
func TestViewHooksWrongData(t *testing.T) {
	for name, tt := range map[string]struct {
		left map[string]any
		want string // of the error; empty: the session is made
	}{
		"name":             {map[string]any{"name": 5.0}, "changed name to a number; want a text"},
		"description":      {map[string]any{"description": true}, "changed description to a boolean"},
		"metadata":         {map[string]any{"metadata": []any{"x"}}, "changed metadata to a list; want a table with names"},
		"tags":             {map[string]any{"tags": "x"}, "changed tags to a string; want a list of texts"},
		"a tag":            {map[string]any{"tags": []any{"x", 5.0}}, "changed tags[2] to a number"},
		"tags of Go":       {map[string]any{"tags": []string{"x"}}, "changed tags to a []string"},
		"nothing, emptied": {map[string]any{"name": nil, "description": nil, "tags": map[string]any{}, "metadata": []any{}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reg := hooks.New(hooks.Options{})
			if _, err := reg.Register(hooks.SessionStart, hooks.Definition{Name: "h", Func: func(context.Context, *hooks.Call) (hooks.Result, error) {
				return hooks.Result{Kind: hooks.Modified, Data: tt.left}, nil
			}}); err != nil {
				t.Fatal(err)
			}
			v := View{Store: open(t, Options{}), Hooks: reg}
			r, err := v.Create(t.Context(), Spec{Name: "given", Tags: []string{"t"}, Metadata: map[string]any{"m": true}})
			switch {
			case tt.want == "" && (err != nil || r.Description != "" || len(r.Tags) != 0 || len(r.Metadata) != 0):
				t.Errorf("%+v, %v", r, err)
			case tt.want != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("the error is %v, want %q", err, tt.want)
			}
		})
	}
}

// The counts in a record are those of its artifacts, whatever was done.
func TestArtifactCounts(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := create(t, s, Spec{})
	for i := range 5 {
		must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "x"}, strings.NewReader(strings.Repeat("x", i*10))))
	}
	must[*Artifact](t)(s.DeleteArtifact(ctx, ArtifactRef{Session: r.ID, Sequence: 3}))
	_, err := s.DeleteArtifact(ctx, ArtifactRef{Session: r.ID, Sequence: 3})
	wantError(t, err, ErrNotFound)
	copied := must[*Session](t)(importBytes(s, exported(t, s, r.ID), ImportOptions{NewID: true}))
	for _, id := range []string{r.ID, copied.ID} {
		if got := must[*Session](t)(s.Get(ctx, id)); got.Artifacts != 4 || got.ArtifactBytes != 80 {
			t.Errorf("%+v", got)
		}
	}
}
