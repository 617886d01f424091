package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// filled makes a session that has some of everything.
func filled(t testing.TB, s *Store) *Session {
	t.Helper()
	ctx := context.Background()
	r := create(t, s, Spec{Name: "filled", Description: "d", Tags: []string{"a"}, Metadata: map[string]any{"k": "\xff", "$x": int64(1)}})
	if err := s.SaveVariables(ctx, r.ID, map[string]any{"n": int64(1), "p": Pairs{{Key: int64(5), Value: "x"}}}); err != nil {
		t.Fatal(err)
	}
	must[*Checkpoint](t)(s.Checkpoint(ctx, r.ID, "c"))
	for i := range 3 {
		rec := must[*Recorder](t)(s.Begin(ctx, r.ID, Start{Kind: KindFile, Name: "a.lua", Source: "return 1", Args: []string{"x"}, State: "s"}))
		rec.ToolCall("t", map[string]any{"i": int64(i)}, strings.Repeat("r", 20_000), time.Now(), time.Second)
		rec.Event("e", map[string]any{"x": 1.5})
		rec.Output([]byte("out \xff\n"))
		if err := rec.End(ctx, End{Outcome: Erred, Error: "no", Result: []any{Opaque{"function", "f"}}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range []int{0, 10, 2*chunkSize + 1} {
		must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: "n", Tags: []string{"t"}, Metadata: map[string]any{"m": true}}, bytes.NewReader(bytes.Repeat([]byte("q"), size))))
	}
	return must[*Session](t)(s.Get(ctx, r.ID))
}

func exported(t testing.TB, s *Store, id string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Export(context.Background(), id, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func importBytes(s *Store, data []byte, o ImportOptions) (*Session, error) {
	return s.Import(context.Background(), bytes.NewReader(data), int64(len(data)), o)
}

func TestBundleRoundTrip(t *testing.T) {
	ctx := context.Background()
	s, other := open(t, Options{}), open(t, Options{})
	r := filled(t, s)
	data := exported(t, s, r.ID)
	got := must[*Session](t)(importBytes(other, data, ImportOptions{}))
	if !reflect.DeepEqual(got, r) {
		t.Errorf("imported %+v\nwant %+v", got, r)
	}
	for name, of := range map[string]func(*Store) any{
		"variables": func(s *Store) any { return must[map[string]any](t)(s.Variables(ctx, r.ID)) },
		"executions": func(s *Store) any {
			list := must[[]*Execution](t)(s.Executions(ctx, r.ID, 0, 0, 0))
			for _, e := range list {
				e.source, e.vars = 0, 0
			}
			return list
		},
		"entries": func(s *Store) any { return must[[]*Entry](t)(s.Entries(ctx, r.ID, 2)) },
		"artifacts": func(s *Store) any {
			list := must[[]*Artifact](t)(s.QueryArtifacts(ctx, ArtifactQuery{Session: r.ID}))
			for _, a := range list {
				a.contentRow, a.Stored = 0, 0
			}
			return list
		},
		"source": func(s *Store) any {
			return must[string](t)(s.Source(ctx, must[*Execution](t)(s.Execution(ctx, r.ID, 1))))
		},
		"before": func(s *Store) any {
			return must[map[string]any](t)(s.Before(ctx, must[*Execution](t)(s.Execution(ctx, r.ID, 1))))
		},
		"checkpoint": func(s *Store) any { return must[[]*Checkpoint](t)(s.Checkpoints(ctx, r.ID))[0].Name },
	} {
		if a, b := of(s), of(other); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %+v\nwant %+v", name, b, a)
		}
	}
	if _, damaged, err := other.Verify(ctx, ""); err != nil || len(damaged) > 0 {
		t.Errorf("%v %v", damaged, err)
	}
	_, err := importBytes(other, data, ImportOptions{})
	wantError(t, err, ErrExists, r.ID)
	if n := must[int](t)(other.Count(ctx, Filter{})); n != 1 {
		t.Errorf("%d sessions", n)
	}
	var before, after int
	if err := other.count(ctx, `SELECT count(*) FROM contents`, &before); err != nil {
		t.Fatal(err)
	}
	again := must[*Session](t)(importBytes(other, data, ImportOptions{NewID: true, Name: "again"}))
	if again.ID == r.ID || again.Name != "again" || again.Artifacts != r.Artifacts {
		t.Errorf("imported again: %+v", again)
	}
	if err := other.count(ctx, `SELECT count(*) FROM contents`, &after); err != nil || before != after {
		t.Errorf("%d contents, then %d, %v", before, after, err)
	}
}

// remade writes a bundle anew with some files changed: nil drops one.
func remade(t testing.TB, data []byte, manifestToo bool, change map[string]func([]byte) []byte) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	var order []string
	for _, f := range zr.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = must[[]byte](t)(io.ReadAll(rc))
		rc.Close()
		order = append(order, f.Name)
	}
	for name, f := range change {
		if _, ok := files[name]; !ok {
			order = append(order, name)
		}
		files[name] = f(files[name])
	}
	if manifestToo {
		var m manifest
		if err := json.Unmarshal(files[manifestFile], &m); err != nil {
			t.Fatal(err)
		}
		for name := range change {
			if name != manifestFile && files[name] != nil {
				m.Files[name] = manifestItem{Size: int64(len(files[name])), Hash: Hash(files[name])}
			}
		}
		files[manifestFile] = must[[]byte](t)(json.Marshal(m))
	}
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, name := range order {
		if files[name] == nil {
			continue
		}
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func replaceIn(old, with string) func([]byte) []byte {
	return func(data []byte) []byte { return bytes.Replace(data, []byte(old), []byte(with), 1) }
}

func drop([]byte) []byte { return nil }

func TestHostileBundles(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	r := filled(t, s)
	good := exported(t, s, r.ID)
	content := contentsFolder + Hash(bytes.Repeat([]byte("q"), 10))
	other := open(t, Options{Limits: Limits{ArtifactBytes: 3 << 20, VariableBytes: 1000}})
	for name, c := range map[string]struct {
		data  []byte
		class error
		words string
	}{
		"empty":             {nil, ErrDamaged, "zip"},
		"garbage":           {bytes.Repeat([]byte("x"), 1000), ErrDamaged, "zip"},
		"cut":               {good[:len(good)/2], ErrDamaged, "zip"},
		"no manifest":       {remade(t, good, false, map[string]func([]byte) []byte{manifestFile: drop}), ErrDamaged, manifestFile},
		"other format":      {remade(t, good, false, map[string]func([]byte) []byte{manifestFile: replaceIn("llmspell-session", "x")}), ErrDamaged, "no exported session"},
		"newer":             {remade(t, good, false, map[string]func([]byte) []byte{manifestFile: replaceIn(`"version":1`, `"version":2`)}), ErrDamaged, "newer"},
		"changed journal":   {remade(t, good, false, map[string]func([]byte) []byte{executionsFile: replaceIn("failed", "completed")}), ErrDamaged, "not as it was written"},
		"changed content":   {remade(t, good, true, map[string]func([]byte) []byte{content: replaceIn("q", "z")}), ErrDamaged, "not as it was written"},
		"missing content":   {remade(t, good, false, map[string]func([]byte) []byte{content: drop}), ErrDamaged, "missing"},
		"missing part":      {remade(t, good, false, map[string]func([]byte) []byte{entriesFile: drop}), ErrDamaged, entriesFile},
		"further file":      {remade(t, good, false, map[string]func([]byte) []byte{"../../evil": func([]byte) []byte { return []byte("x") }}), ErrDamaged, "does not list"},
		"bad id":            {remade(t, good, true, map[string]func([]byte) []byte{sessionFile: replaceIn(r.ID, "../x")}), ErrDamaged, "session id"},
		"bad status":        {remade(t, good, true, map[string]func([]byte) []byte{sessionFile: replaceIn(`"active"`, `"x"`)}), ErrDamaged, "status"},
		"huge number":       {remade(t, good, true, map[string]func([]byte) []byte{sessionFile: replaceIn(`"next_artifact":4`, `"next_artifact":9000000000000000000`)}), ErrDamaged, "out of range"},
		"two of a sequence": {remade(t, good, true, map[string]func([]byte) []byte{artifactsFile: replaceIn(`"sequence":2,`, `"sequence":1,`)}), ErrDamaged, "artifact 1"},
		"entry of nothing":  {remade(t, good, true, map[string]func([]byte) []byte{entriesFile: replaceIn(`"execution":1,`, `"execution":0,`)}), ErrDamaged, "of execution 0"},
		"large variables": {remade(t, good, true, map[string]func([]byte) []byte{variablesFile: func([]byte) []byte {
			return []byte(`{"x":"` + strings.Repeat("y", 2000) + `"}`)
		}}), ErrLimit, "1000"},
	} {
		_, err := importBytes(other, c.data, ImportOptions{})
		if err == nil {
			t.Errorf("%s: imported", name)
			continue
		}
		t.Run(name, func(t *testing.T) { wantError(t, err, c.class, c.words) })
		var n int
		if err := other.count(ctx, `SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM contents) + (SELECT count(*) FROM chunks)`, &n); err != nil || n != 0 {
			t.Errorf("%s: %d rows are left, %v", name, n, err)
		}
	}
	bomb := remade(t, good, false, nil)
	small := open(t, Options{Limits: Limits{ArtifactBytes: 1 << 20}})
	_, err := importBytes(small, bomb, ImportOptions{})
	wantError(t, err, ErrLimit, "1048576")
	must[*Session](t)(importBytes(other, good, ImportOptions{}))
}

// No bundle makes Import panic or leave anything behind; what is imported can be
// read and exported.
func FuzzImport(f *testing.F) {
	ctx := context.Background()
	s := open(f, Options{})
	r := filled(f, s)
	good := exported(f, s, r.ID)
	f.Add(sessionFile, must[[]byte](f)(json.Marshal(bundleSession{ID: "x", Name: "n", Status: Active, Metadata: json.RawMessage("{}")})))
	for _, name := range []string{sessionFile, variablesFile, checkpointsFile, executionsFile, entriesFile, artifactsFile, manifestFile} {
		remade(f, good, false, map[string]func([]byte) []byte{name: func(data []byte) []byte { f.Add(name, data); return data }})
	}
	f.Add("", good)
	// Arguments that are no list of texts.
	remade(f, good, false, map[string]func([]byte) []byte{executionsFile: func(data []byte) []byte {
		for _, args := range []string{"[1]", "{}", "null"} {
			f.Add(executionsFile, regexp.MustCompile(`"args":\[[^]]*\]`).ReplaceAll(data, []byte(`"args":`+args)))
		}
		return data
	}})
	dir := f.TempDir()
	target := openAt(f, dir+"/target.db", Options{Limits: Limits{ArtifactBytes: 4 << 20, SessionBytes: 16 << 20}})
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		bundle := data
		if name != "" {
			if len(name) > 60_000 || name == manifestFile && !json.Valid(data) {
				return
			}
			bundle = remade(t, good, name != manifestFile, map[string]func([]byte) []byte{name: func([]byte) []byte { return data }})
		}
		got, err := importBytes(target, bundle, ImportOptions{NewID: true})
		if err != nil {
			return
		}
		if _, err := target.Export(ctx, got.ID, io.Discard); err != nil {
			t.Fatalf("what was imported cannot be exported: %v", err)
		}
		list, err := target.Executions(ctx, got.ID, 0, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if _, err := target.Entries(ctx, got.ID, e.Sequence); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		}
		if err := target.Delete(ctx, got.ID); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := target.count(ctx, `SELECT count(*) FROM contents`, &n); err != nil || n != 0 {
			t.Fatalf("%d contents are left, %v", n, err)
		}
	})
}

// What Decode reads, Encode writes so that it is read back the same.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`null`, `1`, `-0`, `1e400`, `1.5`, `"x"`, `[1,"a",null]`, `{"a":1}`, `{"$bytes":"/w=="}`, `{"$number":"nan"}`, `{"$number":"-0"}`,
		`{"$pairs":[[1,2],[true,"x"]]}`, `{"$opaque":{"type":"function","text":"f"}}`, `{"$map":{"$x":1}}`, `{"$y":1}`, `{"a":1} x`, `[[[[[[`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode(data)
		if err != nil {
			return
		}
		text, err := Encode(v)
		if err != nil {
			t.Fatalf("%q was decoded to %#v, which cannot be encoded: %v", data, v, err)
		}
		again, err := Decode(text)
		if err != nil {
			t.Fatalf("%q was encoded as %q, which cannot be decoded: %v", data, text, err)
		}
		if text2, err := Encode(again); err != nil || !bytes.Equal(text, text2) {
			t.Fatalf("%q, then %q, %v", text, text2, err)
		}
	})
}
