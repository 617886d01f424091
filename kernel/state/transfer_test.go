package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func everything(t testing.TB, s *Store) map[string]any {
	t.Helper()
	scopes, err := s.Scopes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, info := range scopes {
		entries, err := s.List(t.Context(), info.Scope, ListOptions{Values: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out[info.Scope.String()+" "+e.Key] = e.Value
		}
	}
	return out
}

func TestExportAndImport(t *testing.T) {
	c := newFakeClock()
	s := newStore(t, Options{Clock: c.clock()})
	for k, v := range map[string]any{
		"null": nil, "n": int64(math.MaxInt64), "f": 1.5, "whole": 1e300, "inf": math.Inf(1), "text": "a\"\n\u2028ü", "bytes": "\xff", "list": []any{int64(1), "x", []any{}, nil},
		"table": map[string]any{"a.b": map[string]any{"": true}, "$bytes": "x"}, "date": "2026-01-02T03:04:05Z", "é=\"'": "key", "mixed": []any{int64(1), 1.5, "s", map[string]any{"x": false}},
	} {
		set(t, s, k, v)
	}
	for _, name := range []string{"session:1", "mine"} {
		if _, err := s.Set(t.Context(), scope(t, name), "k", name, SetOptions{TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	setFor(t, s, "gone", time.Minute)
	c.pass(20 * time.Minute)
	want := everything(t, s)
	for name, export := range map[string]func(io.Writer, ...Scope) (int, error){
		"JSON": func(w io.Writer, sc ...Scope) (int, error) { return s.Export(t.Context(), w, sc...) },
		"TOML": func(w io.Writer, sc ...Scope) (int, error) { return s.ExportTOML(t.Context(), w, sc...) },
	} {
		var out bytes.Buffer
		if n, err := export(&out); err != nil || n != len(want) {
			t.Fatalf("%s: %d, %v", name, n, err)
		}
		to := newStore(t, Options{Clock: c.clock()})
		set(t, to, "before", 1)
		done, err := to.Import(t.Context(), bytes.NewReader(out.Bytes()), ImportOptions{})
		if err != nil || done.Values != len(want) {
			t.Fatalf("%s: %d, %v\n%s", name, done.Values, err, out.String())
		}
		if got := everything(t, to); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v\nwant %v", name, got, want)
		}
		if e, _, err := to.Get(t.Context(), scope(t, "mine"), "k"); err != nil || e.TTL != 40*time.Minute {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		set(t, to, "mine too", 1)
		set(t, to, "f", "changed")
		if _, err := to.Import(t.Context(), bytes.NewReader(out.Bytes()), ImportOptions{Merge: true}); err != nil || value(t, to, "f") != 1.5 || value(t, to, "mine too") != int64(1) {
			t.Errorf("%s: merge: %v", name, err)
		}
		only := scope(t, "session:1")
		if n, err := to.Import(t.Context(), bytes.NewReader(out.Bytes()), ImportOptions{Scope: &only}); err != nil || n.Values != 1 || value(t, to, "mine too") != int64(1) {
			t.Errorf("%s: one scope: %+v, %v", name, n, err)
		}
		out.Reset()
		if n, err := export(&out, only); err != nil || n != 1 || strings.Contains(out.String(), "mine") {
			t.Errorf("%s: one scope: %d, %v", name, n, err)
		}
	}
}

var versions = regexp.MustCompile(`,"version":\d+`)

// withoutVersions are the entries of an export: an import counts anew.
func withoutVersions(export []byte) []byte { return versions.ReplaceAll(export, nil) }

func TestBadImports(t *testing.T) {
	s := newStore(t, Options{MaxValue: 1000})
	set(t, s, "k", 1)
	entry := func(e string) string { return `{"llmspell_state": 1, "entries": [` + e + `]}` }
	for _, tt := range []struct {
		text  string
		class error
	}{
		{"", ErrFormat}, {" \n", ErrFormat}, {"{", ErrFormat}, {"{}", ErrFormat}, {"[]", ErrFormat}, {`{"llmspell_state": 2, "entries": []}`, ErrFormat}, {`{"entries": []}`, ErrFormat},
		{`{"llmspell_state": 1}`, ErrFormat}, {entry("") + "x", ErrFormat}, {entry("1"), ErrFormat}, {entry(`{"scope": "global", "key": "a"}`), ErrFormat},
		{entry(`{"scope": "global", "key": "a", "value": 1, "nope": 1}`), nil}, {entry(`{"scope": "", "key": "a", "value": 1}`), ErrName},
		{entry(`{"scope": "global", "key": "", "value": 1}`), ErrName}, {entry(`{"scope": "global", "key": "a", "value": 1, "ttl_ms": -1}`), ErrFormat},
		{entry(`{"scope": "global", "key": "a", "value": {"$number": "x"}}`), ErrValue}, {entry(`{"scope": "global", "key": "a", "value": {"$bytes": "="}}`), ErrValue},
		{entry(`{"scope": "global", "key": "a", "value": 1e999}`), ErrValue}, {entry(`{"scope": "global", "key": "a", "value": "` + strings.Repeat("x", 1000) + `"}`), ErrTooLarge},
		{entry(`{"scope": "global", "key": "b", "value": 1}, {"scope": "global", "key": "a", "value": 1`), ErrFormat},
		{entry(`{"scope": "global", "key": "a", "value": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`), ErrValue},
		{`{"llmspell_state": 1, "more": 1, "entries": []}`, ErrFormat}, {`{"llmspell_state": 1, "entries": {}}`, ErrFormat},
		{"llmspell_state = 2", ErrFormat}, {"x = ", ErrFormat}, {"x = 1", ErrFormat}, {"llmspell_state = 1\n[[entries]]\nscope = 'global'\nkey = 'a'", ErrFormat},
		{"llmspell_state = 1\n[[entries]]\nscope = 'global'\nkey = 'a'\nvalue = 1\nvalue_json = '1'", ErrFormat}, {"llmspell_state = 1\n[[entries]]\nscope = 'global'\nkey = 'a'\nvalue_json = '{'", nil},
	} {
		_, err := s.Import(t.Context(), strings.NewReader(tt.text), ImportOptions{})
		if err == nil || tt.class != nil && !errors.Is(err, tt.class) {
			t.Errorf("%.80q: error %v, want %v", tt.text, err, tt.class)
		}
		if got := everything(t, s); len(got) != 1 || got["global k"] != int64(1) {
			t.Fatalf("%.80q has changed the store: %v", tt.text, got)
		}
	}
	if n, err := s.Import(t.Context(), strings.NewReader(entry("")), ImportOptions{}); n.Values != 0 || err != nil || len(everything(t, s)) != 0 {
		t.Errorf("an import of nothing replaces all by nothing: %+v, %v", n, err)
	}
}

// Values are imported only where migrations know their version: by a store of this
// version, or by an empty one, which takes it.
func TestImportSchema(t *testing.T) {
	ctx := t.Context()
	at := func(version int, c *fakeClock) *Store {
		s := newStore(t, Options{Clock: c.clock()})
		for v := 2; v <= 3; v++ {
			if err := s.Register(Migration{Version: v, Transform: func(e Entry) (any, error) { return fmt.Sprint(e.Value, "+"), nil }}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Migrate(ctx, version, MigrateOptions{}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	c := newFakeClock()
	exports := map[string]func(*Store, io.Writer) (int, error){
		"JSON": func(s *Store, w io.Writer) (int, error) { return s.Export(ctx, w) },
		"TOML": func(s *Store, w io.Writer) (int, error) { return s.ExportTOML(ctx, w) },
	}
	for name, export := range exports {
		for _, versions := range [][2]int{{1, 2}, {2, 1}, {2, 2}} { // the export's, the store's
			from, to := at(versions[0], c), at(versions[1], c)
			set(t, from, "k", "new")
			set(t, to, "k", "old")
			var out bytes.Buffer
			if _, err := export(from, &out); err != nil {
				t.Fatal(err)
			}
			for _, merge := range []bool{false, true} {
				_, err := to.Import(ctx, bytes.NewReader(out.Bytes()), ImportOptions{Merge: merge})
				if refused := versions[0] != versions[1]; refused != errors.Is(err, ErrSchema) || refused && value(t, to, "k") != "old" {
					t.Errorf("%s %v: %v, %v", name, versions, err, value(t, to, "k"))
				}
			}
			if _, err := to.Import(ctx, bytes.NewReader(out.Bytes()), ImportOptions{AnySchema: true}); err != nil || value(t, to, "k") != "new" {
				t.Errorf("%s %v as it is: %v", name, versions, err)
			}
			if st, err := to.MigrationStatus(ctx); err != nil || st.Version != versions[1] {
				t.Errorf("%s %v as it is: %+v, %v", name, versions, st, err)
			}
			empty := at(versions[1], c)
			setFor(t, empty, "hidden", time.Minute)
			c.pass(2 * time.Minute)
			if _, err := empty.Import(ctx, bytes.NewReader(out.Bytes()), ImportOptions{Merge: true}); err != nil {
				t.Fatal(err)
			}
			if st, err := empty.MigrationStatus(ctx); err != nil || st.Version != versions[0] {
				t.Errorf("%s %v into an empty store: %+v, %v", name, versions, st, err)
			}
			if done, err := empty.Migrate(ctx, 3, MigrateOptions{}); err != nil || done.Changed != 1 || value(t, empty, "k") != "new"+strings.Repeat("+", 3-versions[0]) {
				t.Errorf("%s %v migrated: %+v, %v, %v", name, versions, done, err, value(t, empty, "k"))
			}
		}
	}
	s := newStore(t, Options{})
	for _, text := range []string{
		`{"llmspell_state": 1, "schema": 0, "entries": []}`, `{"llmspell_state": 1, "entries": [], "schema": 1000001}`, `{"llmspell_state": 1, "schema": "1", "entries": []}`,
		"llmspell_state = 1\nschema = -1\n",
	} {
		_, err := s.Import(ctx, strings.NewReader(text), ImportOptions{})
		is(t, err, ErrFormat)
	}
	set(t, s, "k", 1)
	_, err := s.Import(ctx, strings.NewReader(`{"llmspell_state": 1, "entries": [], "schema": 99}`), ImportOptions{}) // named last
	is(t, err, ErrSchema)
	if value(t, s, "k") != int64(1) {
		t.Error("it was changed")
	}
}

// What an import takes can be exported, and is then the same.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		`{"llmspell_state": 1, "schema": 1, "exported": "x", "entries": [{"scope": "global", "key": "k", "value": {"$bytes": "/w=="}, "ttl_ms": 5}]}`,
		`{"llmspell_state": 1, "entries": [{"scope": "a", "key": "k", "value": {"$map": [["a", {"$$number": 1}], [5, 0.5], [-1.5, {}]]}}]}`,
		"llmspell_state = 1\n[[entries]]\nscope = 'session:1'\nkey = 'k'\nvalue = {a = [1, 2.5, inf], b = 1979-05-27}\n", "llmspell_state = 1\n[[entries]]\nscope = 'x'\nkey = 'k'\nvalue_json = 'null'\n",
	} {
		f.Add([]byte(seed))
	}
	c := newFakeClock()
	s, to := newStore(f, Options{Clock: c.clock()}), newStore(f, Options{Clock: c.clock()})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := s.Import(t.Context(), bytes.NewReader(data), ImportOptions{}); err != nil {
			return
		}
		for _, export := range []func(io.Writer) (int, error){
			func(w io.Writer) (int, error) { return s.Export(t.Context(), w) }, func(w io.Writer) (int, error) { return s.ExportTOML(t.Context(), w) },
		} {
			var out, again bytes.Buffer
			if _, err := export(&out); err != nil {
				t.Fatal(err)
			}
			if _, err := to.Import(t.Context(), bytes.NewReader(out.Bytes()), ImportOptions{AnySchema: true}); err != nil {
				t.Fatalf("%v\n%s", err, out.Bytes())
			}
			var want bytes.Buffer
			if _, err := s.Export(t.Context(), &want); err != nil {
				t.Fatal(err)
			}
			if _, err := to.Export(t.Context(), &again); err != nil {
				t.Fatal(err)
			}
			if w, g := withoutVersions(want.Bytes()), withoutVersions(again.Bytes()); !bytes.Equal(w, g) {
				t.Fatalf("%s\nbecame\n%s", w, g)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"$bytes":"/w=="}`, `{"$number":"nan"}`, `{"$map":[[{"$bytes":"/w=="},1]]}`, `{"$map":[[1,{"$map":[[0.5,[]],["1",2]]}],[1e300,1],[{"$number":"inf"},2]]}`,
		`{"$map":[[5,1],[5.0,2]]}`, `{"$map":[[9007199254740993,1],[9007199254740992.0,2]]}`, `{"$map":[[{"$number":"nan"},1]]}`, `{"$map":[]}`, `{"$$map":{"$$$map":[1e5,-0,"\ud800"]}}`, `18446744073709551616`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode(data)
		if err != nil {
			return
		}
		b, err := Encode(v)
		if errors.Is(err, ErrValue) {
			return // nested too deep
		}
		if err != nil {
			t.Fatal(err)
		}
		v2, err := Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if b2, err := Encode(v2); err != nil || !bytes.Equal(b, b2) {
			t.Fatalf("%s became %s (%v)", b, b2, err)
		}
	})
}

// Number keys are kept, ordinary tables are the JSON that they always were.
func TestKeysOfTables(t *testing.T) {
	for want, v := range map[string]any{
		`{"$map":[[-2,"m"],[0.5,1],[1,"a"],[3,"c"],[1e+300,2],[{"$number":"inf"},3],["1","text"],["k",[]]]}`: map[any]any{
			int64(1): "a", int64(3): "c", -2.0: "m", 0.5: int64(1), 1e300: int64(2), math.Inf(1): int64(3), "1": "text", "k": []any{}},
		`{"a":1}`:                     map[any]any{"a": int64(1)},
		`{"$$map":1}`:                 map[any]any{"$map": int64(1)},
		`{"$map":[["$map",1],[0,2]]}`: nil,
		`{"a":{"b":[1,2]}}`:           map[string]any{"a": map[string]any{"b": []any{int64(1), int64(2)}}},
	} {
		if v == nil { // not how it is written, but read
			if v, err := Decode([]byte(want)); err != nil || !reflect.DeepEqual(v, map[any]any{"$map": int64(1), int64(0): int64(2)}) {
				t.Errorf("%s is %#v, %v", want, v, err)
			}
			continue
		}
		got, err := Encode(v)
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		if again, err := Decode(got); err != nil {
			t.Error(err)
		} else if b, err := Encode(again); err != nil || string(b) != want {
			t.Errorf("again %s, %v; want %s", b, err, want)
		}
	}
	for _, v := range []any{map[any]any{true: 1}, map[any]any{math.NaN(): 1}, map[any]any{int64(1): 1, 1.0: 2}, map[any]any{nil: 1}} {
		if b, err := Encode(v); !errors.Is(err, ErrValue) {
			t.Errorf("%v: %s, %v", v, b, err)
		}
	}
	for _, text := range []string{`{"$map":[[1,2],[1,3]]}`, `{"$map":[[1,2],[1.0,3]]}`, `{"$map":[[true,2]]}`, `{"$map":[[null,2]]}`, `{"$map":[[[],2]]}`, `{"$map":[[1]]}`, `{"$map":5}`} {
		if v, err := Decode([]byte(text)); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v, %v", text, v, err)
		}
	}
}
