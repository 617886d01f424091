package archive

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// begin begins an execution.
func begin(t *testing.T, s *Store, session string) *Recorder {
	t.Helper()
	return must[*Recorder](t)(s.Begin(t.Context(), session, Start{Kind: KindFile, Name: "job.lua", Source: "x = 1", State: "s"}))
}

// What runs keeps its session from being deleted and archived, by this store and by
// another one of the same file.
func TestRunningStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, other := openAt(t, path, Options{}), openAt(t, path, Options{})
	ctx := t.Context()
	r := create(t, s, Spec{Name: "nightly"})
	rest := create(t, s, Spec{Name: "rests"})
	rec := begin(t, s, r.ID)
	for _, from := range []*Store{s, other} {
		err := from.Delete(ctx, rest.ID, r.ID)
		wantError(t, err, ErrRunning, r.ID, "nightly", "execution 1 (job.lua)", "process "+strconv.Itoa(os.Getpid()))
		var running *RunningError
		if !errors.As(err, &running) || running.PID != os.Getpid() || running.Sequence != 1 || running.Name != "nightly" {
			t.Errorf("%+v", running)
		}
		_, err = from.SetStatus(ctx, r.ID, Archived, "")
		wantError(t, err, ErrRunning, "job.lua")
		must[*Session](t)(from.Get(ctx, rest.ID)) // all or none
	}
	// Other changes of the status are the script's own, at its end.
	must[*Session](t)(other.SetStatus(ctx, r.ID, Completed, ""))
	later := s.opts.Now().Add(time.Hour)
	other.opts.Now = func() time.Time { return later }
	for _, dry := range []bool{true, false} {
		if gone := must[[]*Session](t)(other.Cleanup(ctx, Retention{Completed: time.Minute, DryRun: dry})); len(gone) != 0 {
			t.Errorf("cleanup takes what runs: %+v", gone[0])
		}
	}
	if err := rec.End(ctx, End{Outcome: Succeeded, Variables: map[string]any{"x": int64(1)}}); err != nil {
		t.Fatal(err)
	}
	must[*Session](t)(other.SetStatus(ctx, r.ID, Archived, ""))
	if err := other.Delete(ctx, rest.ID, r.ID); err != nil {
		t.Fatal(err)
	}
	if got := must[[]string](t)(s.Deleted(ctx, []string{"never", r.ID, rest.ID})); !slices.Equal(got, []string{r.ID, rest.ID}) {
		t.Errorf("deleted: %q", got)
	}
}

// An execution whose process is gone keeps nobody from anything.
func TestCrashedIsNotRunning(t *testing.T) {
	s := open(t, Options{})
	for i, process := range []string{"999999999/1", "0/", "", "x", strconv.Itoa(os.Getpid()) + "/1"} {
		if i == 4 && startOf(os.Getpid()) == "" {
			continue // nothing tells when a process was started
		}
		r := create(t, s, Spec{})
		begin(t, s, r.ID)
		if err := s.exec(t.Context(), `UPDATE executions SET process = '`+process+`' WHERE session = '`+r.ID+`'`); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			must[*Session](t)(s.SetStatus(t.Context(), r.ID, Archived, ""))
		}
		if err := s.Delete(t.Context(), r.ID); err != nil {
			t.Errorf("process %q: %v", process, err)
		}
	}
}

// A session that is deleted by force takes its executions' journals with it: they are
// told so, and what they have kept elsewhere meanwhile is cleared.
func TestForceDelete(t *testing.T) {
	s := open(t, Options{})
	ctx := t.Context()
	var mu sync.Mutex
	var told []string
	s.OnDelete(func(_ context.Context, ids []string) error {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, ids...)
		return nil
	})
	r := create(t, s, Spec{Name: "n"})
	began := must[Standing](t)(s.Standing(ctx, r.ID))
	if began.Status != Active || began.Deleted || began.Since(r.ID, began.Incarnation) != nil {
		t.Errorf("%+v", began)
	}
	one, two := begin(t, s, r.ID), begin(t, s, r.ID)
	wantError(t, s.Delete(ctx, r.ID), ErrRunning, "and 1 more")
	if err := s.ForceDelete(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	now := must[Standing](t)(s.Standing(ctx, r.ID))
	if !now.Deleted || now.Status != "" {
		t.Errorf("%+v", now)
	}
	wantError(t, now.Since(r.ID, began.Incarnation), ErrLost, r.ID, "was deleted")
	one.ToolCall("t", nil, nil, time.Now(), 0)
	one.Output([]byte("text"))
	wantError(t, one.Flush(ctx), ErrLost, "was deleted while execution 1 ran")
	one.Output([]byte("more")) // kept nowhere
	wantError(t, one.Flush(ctx), ErrLost, "was deleted while execution 1 ran")
	wantError(t, one.End(ctx, End{Outcome: Succeeded}), ErrLost, "was deleted while execution 1 ran", "variables")
	wantError(t, two.End(ctx, End{Outcome: Erred, Variables: map[string]any{"v": int64(1)}}), ErrLost, "execution 2")
	if want := []string{r.ID, r.ID, r.ID}; !slices.Equal(told, want) { // by the deletion, and by both ends
		t.Errorf("told of %q, want %q", told, want)
	}
	wantError(t, s.ForceDelete(ctx, r.ID), ErrNotFound)
}

// What was begun before a session was deleted ends in no other session of its id.
func TestDeletedAndImported(t *testing.T) {
	s := open(t, Options{})
	ctx := t.Context()
	var told []string
	s.OnDelete(func(_ context.Context, ids []string) error { told = append(told, ids...); return nil })
	r := create(t, s, Spec{Name: "n"})
	var bundle bytes.Buffer
	if _, err := s.Export(ctx, r.ID, &bundle); err != nil {
		t.Fatal(err)
	}
	old := begin(t, s, r.ID)
	was := must[Standing](t)(s.Standing(ctx, r.ID)).Incarnation
	if err := s.ForceDelete(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	must[*Session](t)(s.Import(ctx, bytes.NewReader(bundle.Bytes()), int64(bundle.Len()), ImportOptions{}))
	if got := must[[]string](t)(s.Deleted(ctx, []string{r.ID})); len(got) != 0 {
		t.Errorf("it is there again, and counts as deleted: %q", got)
	}
	is := must[Standing](t)(s.Standing(ctx, r.ID))
	if is.Status != Active || is.Deleted || is.Incarnation == was {
		t.Errorf("the imported session: %+v, the deleted one was %q", is, was)
	}
	wantError(t, is.Since(r.ID, was), ErrLost, "another one of this id was imported")
	_, err := s.Begin(ctx, r.ID, Start{Kind: KindCode, Name: "=x", Incarnation: was})
	wantError(t, err, ErrLost, "another one")
	mine := begin(t, s, r.ID)
	if mine.Sequence() != old.Sequence() {
		t.Fatalf("%d and %d: the test proves nothing", mine.Sequence(), old.Sequence())
	}
	told = nil
	wantError(t, old.End(ctx, End{Outcome: Erred, Error: "old", Variables: map[string]any{"old": true}}), ErrLost, "was deleted")
	if len(told) != 0 {
		t.Errorf("what the imported session keeps was cleared: %q", told)
	}
	if err := mine.End(ctx, End{Outcome: Succeeded, Variables: map[string]any{"mine": true}}); err != nil {
		t.Fatal(err)
	}
	e := must[*Execution](t)(s.Execution(ctx, r.ID, mine.Sequence()))
	if vars := must[map[string]any](t)(s.Variables(ctx, r.ID)); e.Outcome != Succeeded || e.Error != "" || len(vars) != 1 || vars["mine"] != true {
		t.Errorf("%+v, %v", e, vars)
	}
	again := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindCode, Name: "=x", Incarnation: is.Incarnation}))
	if err := again.End(ctx, End{Outcome: Succeeded}); err != nil {
		t.Error(err)
	}
}

// A session that is archived by force stays as it was at that moment.
func TestForceArchive(t *testing.T) {
	s := open(t, Options{})
	ctx := t.Context()
	r := create(t, s, Spec{Name: "n"})
	s.OnDelete(func(context.Context, []string) error { t.Error("nothing was deleted"); return nil })
	rec := begin(t, s, r.ID)
	got := must[*Session](t)(View{Store: s}.ForceArchive(ctx, r.ID, "over"))
	if got.Status != Archived || got.Reason != "over" {
		t.Errorf("%+v", got)
	}
	if st := must[Standing](t)(s.Standing(ctx, r.ID)); st.Status != Archived || st.Deleted {
		t.Errorf("%+v", st)
	}
	wantError(t, rec.End(ctx, End{Outcome: Succeeded, Variables: map[string]any{"v": int64(1)}}), ErrLost, "was archived while execution 1 ran")
	e := must[*Execution](t)(s.Execution(ctx, r.ID, 1))
	if after := must[*Session](t)(s.Get(ctx, r.ID)); e.Outcome != Interrupted || e.Error == "" || after.Variables != 0 || !after.UpdatedAt.Equal(got.UpdatedAt) {
		t.Errorf("%+v, %+v", e, after)
	}
	_, err := s.ForceArchive(ctx, r.ID, "")
	wantError(t, err, ErrStatus)
	_, err = s.ForceArchive(ctx, "none", "")
	wantError(t, err, ErrNotFound)
}

// Only the last ones of very many deleted sessions are remembered.
func TestDeletedAreForgotten(t *testing.T) {
	s := open(t, Options{})
	r := create(t, s, Spec{Name: "n"})
	if got := must[[]string](t)(s.Deleted(t.Context(), []string{r.ID})); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if err := s.Delete(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.exec(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000 + 10)
		INSERT INTO deleted (id, at) SELECT 'old' || i, i FROM n`); err != nil {
		t.Fatal(err)
	}
	must[[]*Session](t)(s.Cleanup(t.Context(), Retention{Completed: time.Hour}))
	n := 0
	if err := s.count(t.Context(), `SELECT count(*) FROM deleted`, &n); err != nil || n != maxDeleted {
		t.Errorf("%d are remembered, %v", n, err)
	}
	if got := must[[]string](t)(s.Deleted(t.Context(), []string{"old1", "old11", "old12", r.ID})); !slices.Equal(got, []string{"old12", r.ID}) {
		t.Errorf("%q", got)
	}
}

// A process that has ended is gone, also while its parent has not asked how.
func TestZombieIsGone(t *testing.T) {
	if startOf(os.Getpid()) == "" {
		t.Log("nothing tells here: there is no /proc")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	process := strconv.Itoa(cmd.Process.Pid) + "/" + startOf(cmd.Process.Pid)
	in.Close()
	for end := time.Now().Add(30 * time.Second); !gone(process); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Error("a process that has ended is not gone before it was waited for")
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if !gone(process) {
		t.Error("nor later")
	}
}
