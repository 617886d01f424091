package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/db/rescue"
)

// damagedSessions are the ids in a database of several pages a table. All that belongs to one
// session, contents too, holds its id.
func damagedSessions(t *testing.T, path string) []string {
	t.Helper()
	s := openAt(t, path, Options{CompressFrom: -1})
	ctx := t.Context()
	var ids []string
	for i := range 4 {
		id := fmt.Sprintf("session-%c%c%c", 'a'+i, 'a'+i, 'a'+i)
		ids = append(ids, id)
		long := strings.Repeat(id+" ", 130)
		must[*Session](t)(s.Create(ctx, Spec{ID: id, Name: "name of " + id, Description: long, Tags: []string{"tag " + id}, Metadata: map[string]any{"m": long}}))
		for n := range 2 {
			rec := must[*Recorder](t)(s.Begin(ctx, id, Start{Kind: KindCode, Name: "=x", Source: fmt.Sprintf("print(%d) -- %s", n, long), State: id}))
			rec.ToolCall("tool", map[string]any{"p": long}, id, s.opts.Now(), 0)
			rec.Output([]byte(long))
			if err := rec.End(ctx, End{Outcome: Succeeded, Result: []any{id}, Variables: map[string]any{"v": long, "n": int64(n)}}); err != nil {
				t.Fatal(err)
			}
		}
		must[*Checkpoint](t)(s.Checkpoint(ctx, id, "checkpoint of "+id))
		for _, name := range []string{"one", "two"} {
			must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: id, Name: name, Type: Custom, Tags: []string{id}, Metadata: map[string]any{"of": long}},
				strings.NewReader(name+strings.Repeat(long, 2))))
		}
	}
	// Free pages have nothing to lose.
	if err := errors.Join(s.db.Compact(ctx), s.Close()); err != nil {
		t.Fatal(err)
	}
	return ids
}

// files are those of a bundle, but for the manifest.
func bundleFiles(t *testing.T, bundle []byte) map[string]string {
	t.Helper()
	z := must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(bundle), int64(len(bundle))))
	out := map[string]string{}
	for _, f := range z.File {
		if f.Name == manifestFile {
			continue
		}
		r := must[io.ReadCloser](t)(f.Open())
		out[f.Name] = string(must[[]byte](t)(io.ReadAll(r)))
	}
	return out
}

// sameImported imports a bundle into an archive that has nothing else: what that exports must be
// the same files.
func sameImported(t *testing.T, bundle []byte, want map[string]string) {
	t.Helper()
	to := openAt(t, db.Memory, Options{CompressFrom: -1})
	r, err := to.Import(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), ImportOptions{})
	if err != nil {
		t.Errorf("what was exported cannot be imported: %v", err)
		return
	}
	var out bytes.Buffer
	// Of what the first export left out, the numbers are still missing.
	if _, err := to.Export(t.Context(), r.ID, &out); err != nil {
		t.Fatal(err)
	}
	got := bundleFiles(t, out.Bytes())
	for name, text := range want {
		if name != sessionFile && got[name] != text {
			t.Errorf("%s was imported as\n%.300s\nit was\n%.300s", name, got[name], text)
		}
	}
	if err := to.Close(); err != nil {
		t.Error(err)
	}
}

// rowPages tells which sessions have rows on which pages, and parts of them.
func rowPages(t *testing.T, path string, ids []string) func(page int) []string {
	t.Helper()
	r := must[*rescue.File](t)(rescue.Open(path))
	defer r.Close()
	schema := r.Schema(nil)
	trees := r.Trees(schema)
	index := map[int]bool{}
	for _, o := range schema {
		for _, page := range trees.Pages(o.Name) {
			index[int(page)] = o.Type == "index"
		}
	}
	whole := must[[]byte](t)(os.ReadFile(path))
	return func(page int) (out []string) {
		for _, id := range ids {
			if !index[page] && bytes.Contains(whole[(page-1)*4096:page*4096], []byte(id)) {
				out = append(out, id)
			}
		}
		return out
	}
}

// Whichever page of the database is lost, what is damaged is named, and each session that has
// nothing on it is listed, found, shown and exported as it was.
func TestAnyPageLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	ids := damagedSessions(t, path)
	whole := must[[]byte](t)(os.ReadFile(path))
	owners := rowPages(t, path, ids)
	export := func(v Survivor, id string) (map[string]string, []error) {
		var out bytes.Buffer
		missing, err := v.Export(t.Context(), id, &out)
		if err != nil {
			return nil, []error{err}
		}
		files := bundleFiles(t, out.Bytes())
		sameImported(t, out.Bytes(), files)
		return files, missing
	}
	survivor := func(path string) (Survivor, *Store) {
		s, err := Open(t.Context(), path, Options{ReadOnly: true})
		if errors.Is(err, db.ErrCorrupt) {
			s, err = OpenRest(t.Context(), path, Options{}, err)
		}
		if err != nil {
			t.Fatal(err)
		}
		return Survivor{View{Store: s}}, s
	}
	v, s := survivor(path)
	want := map[string]map[string]string{}
	for _, id := range ids {
		want[id], _ = export(v, id)
	}
	if got := must[*Verified](t)(v.VerifyAll(t.Context(), "")); len(got.Rest) != 0 || len(got.Damaged) != 0 || got.Checked != 8 {
		t.Fatalf("%+v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{5})
	noise := make([]byte, 4096)
	pages := len(whole) / 4096
	step := 1
	if raceDetector {
		step = 7
	}
	for page := 1; page <= pages; page += step {
		_, _ = random.Read(noise) // never fails
		for what, bad := range map[string][]byte{"zeros": make([]byte, 4096), "noise": noise} {
			t.Run(fmt.Sprintf("%d %s", page, what), func(t *testing.T) {
				hurt := filepath.Join(t.TempDir(), "sessions.db")
				if err := os.WriteFile(hurt, slices.Concat(whole[:(page-1)*4096], bad, whole[page*4096:]), 0o600); err != nil {
					t.Fatal(err)
				}
				v, s := survivor(hurt)
				defer s.Close()
				lost := owners(page)
				all, err := v.VerifyAll(t.Context(), "")
				if err != nil || len(all.Damaged)+len(all.Rest) == 0 {
					t.Errorf("nothing is said to be damaged: %+v, %v", all, err)
				}
				list, err := v.List(t.Context(), Filter{Order: ByName})
				if err != nil && !errors.Is(err, ErrDamaged) {
					t.Errorf("list: %v", err)
				}
				shown := false
				for _, id := range ids {
					i := slices.IndexFunc(list, func(r *Session) bool { return r.ID == id })
					if slices.Contains(lost, id) {
						got, said := export(v, id)
						for name, text := range want[id] {
							if len(said) == 0 && got[name] != text {
								t.Errorf("%s is exported as if its %s were as it was: %q", id, name, got[name])
							}
						}
						continue
					}
					if i < 0 || list[i].Damaged != "" {
						t.Errorf("%s is not listed", id)
					}
					if !shown { // an export of the others reads the same tables
						shown = true
						for _, err := range []error{
							ignored(v.Resolve(t.Context(), "name of "+id)), ignored(v.Variables(t.Context(), id)), ignored(v.Checkpoints(t.Context(), id)),
							ignored(v.Executions(t.Context(), id, 0, 0, 0)), ignored(v.QueryArtifacts(t.Context(), ArtifactQuery{Session: id})),
						} {
							if err != nil && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "llmspell doctor")) {
								t.Errorf("%s: %v", id, err)
							}
						}
					}
					got, said := export(v, id)
					if len(said) > 1 || len(said) == 1 && !strings.HasPrefix(said[0].Error(), "what was on damaged pages") {
						t.Errorf("%s is exported without %v", id, said)
					}
					for name, text := range want[id] {
						if got[name] != text {
							t.Errorf("%s of %s:\n%.300s\nwas\n%.300s", name, id, got[name], text)
						}
					}
				}
			})
		}
	}
}

func ignored[T any](_ T, err error) error { return err }
