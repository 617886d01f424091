package archive

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// What is damaged in a session is left out of its export and named, and the rest can be
// imported.
func TestExportOfTheRest(t *testing.T) {
	s := open(t, Options{})
	ctx := t.Context()
	r := create(t, s, Spec{Name: "n", Metadata: map[string]any{"a": "b"}})
	must[*Checkpoint](t)(s.Checkpoint(ctx, r.ID, "empty"))
	for _, source := range []string{"first()", "second()", "third()"} {
		rec := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindCode, Name: "=x", Source: source, State: source}))
		rec.ToolCall("tool of "+source, map[string]any{"p": "q"}, "r", s.opts.Now(), 0)
		rec.Output([]byte("printed by " + source))
		if err := rec.End(ctx, End{Outcome: Succeeded, Result: []any{source}, Variables: map[string]any{"good": int64(1), "bad": source}}); err != nil {
			t.Fatal(err)
		}
	}
	must[*Checkpoint](t)(s.Checkpoint(ctx, r.ID, "full"))
	for _, name := range []string{"one", "two", "three"} {
		must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: name, Type: Custom}, strings.NewReader(strings.Repeat(name, 5000))))
	}
	export := func() (texts []string, copied *Session) {
		t.Helper()
		var out bytes.Buffer
		missing, err := s.Export(ctx, r.ID, &out)
		if err != nil {
			t.Fatal(err)
		}
		for _, why := range missing {
			texts = append(texts, why.Error())
		}
		return texts, must[*Session](t)(s.Import(ctx, bytes.NewReader(out.Bytes()), int64(out.Len()), ImportOptions{NewID: true}))
	}
	if texts, copied := export(); len(texts) != 0 || copied.Artifacts != 3 || copied.Executions != 3 {
		t.Fatalf("%q, %+v", texts, copied)
	} else if err := s.Delete(ctx, copied.ID); err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{
		`UPDATE chunks SET data = CAST(x'00' || data AS BLOB) WHERE content = (SELECT content FROM artifacts WHERE name = 'two')`,
		`DELETE FROM chunks WHERE content = (SELECT source FROM executions WHERE sequence = 2)`,
		`UPDATE chunks SET data = x'7b' WHERE content = (SELECT variables FROM checkpoints WHERE name = 'full')`,
		`UPDATE executions SET output_encoding = 99, result = x'5b' WHERE sequence = 3`,
		`UPDATE entries SET params = x'ff' WHERE execution = 3`,
		`UPDATE variables SET value = x'ff' WHERE name = 'bad'`,
		`UPDATE sessions SET metadata = x'ff'`,
		`UPDATE sessions SET artifacts = artifacts + 1`,
	} {
		if err := s.exec(ctx, stmt); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := s.VerifyRest(ctx, "")
	if said := errors.Join(rest...); err != nil || len(rest) != 7 || !strings.Contains(said.Error(), "the source of execution 2") || !strings.Contains(said.Error(), `the variable "bad"`) || !strings.Contains(said.Error(), `the checkpoint "full"`) {
		t.Errorf("%v, %v", said, err)
	}
	if vars, err := s.Variables(ctx, r.ID); !errors.Is(err, ErrDamaged) || vars["good"] != int64(1) || len(vars) != 1 {
		t.Errorf("%v, %v", vars, err)
	}
	if list, err := s.Executions(ctx, r.ID, 0, 0, 0); !errors.Is(err, ErrDamaged) || len(list) != 3 || list[2].Sequence != 3 {
		t.Errorf("%v, %v", list, err)
	}
	texts, copied := export()
	for _, want := range []string{
		"artifact 2 (two): content ", "the source of execution 2: content ", `the checkpoint "full": content `, "the output of execution 3: encoding 99",
		"the result of execution 3: ", "entry 1 of execution 3 (tool of third()): ", `the variable "bad": `, "its metadata: ", "1 of its 4 artifacts: they cannot be found",
	} {
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, want) }) {
			t.Errorf("%q is not said in\n%s", want, strings.Join(texts, "\n"))
		}
	}
	if len(texts) != 9 {
		t.Errorf("%d are missing:\n%s", len(texts), strings.Join(texts, "\n"))
	}
	if copied.Artifacts != 2 || copied.Executions != 3 || copied.Variables != 1 || len(copied.Metadata) != 0 {
		t.Errorf("%+v", copied)
	}
	if n, damaged, err := s.Verify(ctx, copied.ID); n != 2 || len(damaged) != 0 || err != nil {
		t.Errorf("%d, %v, %v", n, damaged, err)
	}
	list := must[[]*Execution](t)(s.Executions(ctx, copied.ID, 0, 0, 0))
	if list[0].Calls != 1 || list[0].Output != "printed by first()" || list[2].Sequence != 3 || list[2].Calls != 0 || list[2].Output != "" || len(list[2].Result) != 0 {
		t.Errorf("%+v, %+v", list[0], list[2])
	}
	// What a damaged source has done is kept.
	if e := list[1]; e.Calls != 1 || e.Output != "printed by second()" || e.Damaged != "" {
		t.Errorf("%+v", e)
	}
	if source := must[string](t)(s.Source(ctx, list[1])); source != lostSource {
		t.Errorf("%q", source)
	}
}

// Where the table of the sessions has lost rows, it is not said that there is no such
// session; what else is damaged leaves the rest to be exported.
func TestExportOfADamagedDatabase(t *testing.T) {
	for _, tt := range []struct {
		table string // has no rows any more, but its indexes do
		want  error  // of finding the session
	}{{"sessions", db.ErrCorrupt}, {"artifacts", nil}, {"executions", nil}, {"entries", nil}, {"checkpoints", nil}, {"variables", nil}, {"chunks", nil}} {
		t.Run(tt.table, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sessions.db")
			s := openAt(t, path, Options{})
			r := create(t, s, Spec{Name: "n"})
			rec := begin(t, s, r.ID)
			rec.ToolCall("tool", map[string]any{"p": 1.5}, "r", s.opts.Now(), 0)
			if err := rec.End(t.Context(), End{Outcome: Succeeded, Variables: map[string]any{"v": true}}); err != nil {
				t.Fatal(err)
			}
			must[*Artifact](t)(s.StoreArtifact(t.Context(), ArtifactSpec{Session: r.ID, Name: "a", Type: Custom}, strings.NewReader("content")))
			page := 0
			if err := s.count(t.Context(), `SELECT rootpage FROM sqlite_schema WHERE name = '`+tt.table+`'`, &page); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			// The number of cells on the page; then the page is no page of a table.
			for _, damage := range []struct{ bytes, at int }{{2, 3}, {1, 0}} {
				if _, err := f.WriteAt(make([]byte, damage.bytes), int64(page-1)*4096+int64(damage.at)); err != nil {
					t.Fatal(err)
				}
				s := openAt(t, path, Options{ReadOnly: true})
				for _, ref := range []string{r.ID, r.ID[:8], "n"} {
					found, err := s.Resolve(t.Context(), ref)
					if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), "llmspell doctor") {
						t.Errorf("find %s: %v, %v", ref, found, err)
					}
				}
				if list, err := s.List(t.Context(), Filter{}); !errors.Is(err, tt.want) {
					t.Errorf("list: %v, %v", list, err)
				}
				var out bytes.Buffer
				missing, err := s.Export(t.Context(), r.ID, &out)
				switch {
				case tt.want != nil:
					if err == nil {
						t.Error("it was exported")
					}
				case err != nil:
					t.Errorf("the rest cannot be exported: %v", err)
				case len(missing) == 0 && tt.table != "entries" && tt.table != "variables" && tt.table != "checkpoints":
					t.Errorf("nothing is missing")
				case tt.table == "executions" && !strings.Contains(errors.Join(missing...).Error(), "entry 1 of execution 1 (tool): its execution cannot be found"):
					t.Errorf("the tool call is not said to be missing: %v", missing)
				default:
					to := open(t, Options{})
					if _, err := to.Import(t.Context(), bytes.NewReader(out.Bytes()), int64(out.Len()), ImportOptions{}); err != nil {
						t.Errorf("the rest cannot be imported: %v", err)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
