package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// watched notes from where episodes, and documents for an index, are read.
type watched struct {
	*Store
	after []int64
}

func (w *watched) Read(ctx context.Context, tenant string, fn func(memory.Reader) error) error {
	return w.Store.Read(ctx, tenant, func(r memory.Reader) error { return fn(watchedReader{r, w}) })
}

type watchedReader struct {
	memory.Reader
	w *watched
}

func (r watchedReader) Episodes(f memory.Filter, each func(*memory.Episode) error) error {
	r.w.after = append(r.w.after, f.After)
	return r.Reader.Episodes(f, each)
}

func (r watchedReader) Documents(f memory.DocumentFilter, each func(*memory.Document) error) error {
	if f.Limit == 0 && len(f.Rows)+len(f.Scopes)+len(f.IDs) == 0 {
		r.w.after = append(r.w.after, f.After)
	}
	return r.Reader.Documents(f, each)
}

func remember(t *testing.T, b memory.Backend, tenant string) *memory.Memory {
	t.Helper()
	m, err := memory.New(b, memory.Options{Tenant: tenant})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// addTurns stores n turns that have a word.
func addTurns(t *testing.T, m *memory.Memory, session, word string, n int) {
	t.Helper()
	list := make([]memory.Episode, n)
	for i := range list {
		list[i] = memory.Episode{Session: session, ID: fmt.Sprint(i), Role: "r", Content: fmt.Sprintf("%s and turn %d", word, i)}
	}
	if _, err := m.AddAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

func searchIDs(t *testing.T, m *memory.Memory, words string) (out []string) {
	t.Helper()
	list, err := m.Search(t.Context(), memory.Query{Text: words, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s/%s %v", f.Session, f.ID, f.Score))
	}
	return out
}

// readers answers what a process that opens the store finds, and from which rows it reads.
func readers(t *testing.T, path, words string) (ids []string, after []int64) {
	t.Helper()
	w := &watched{Store: open(t, path, Options{})}
	return searchIDs(t, remember(t, w, ""), words), w.after
}

func indexFile(t *testing.T, s *Store, tenant string) []byte {
	t.Helper()
	data, err := s.KeptIndex(memory.Turns, tenant)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestKept: the next process reads the index, and the rows that came after it.
func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	m := remember(t, s, "")
	addTurns(t, m, "a", "marigold", 600)
	want := searchIDs(t, m, "marigold 77")
	info, err := os.Stat(s.indexPath(memory.Turns, ""))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	got, after := readers(t, path, "marigold 77")
	if !slices.Equal(got, want) || len(after) > 0 {
		t.Errorf("another process reads from %v and finds %v, not %v", after, got, want)
	}
	addTurns(t, m, "b", "harebell", 3)
	got, after = readers(t, path, "harebell")
	if !slices.Equal(got, searchIDs(t, m, "harebell")) || len(got) < 3 || !slices.Equal(after, []int64{600}) {
		t.Errorf("it reads from %v and finds %v", after, got)
	}
	filtered, err := remember(t, open(t, path, Options{}), "").Search(t.Context(), memory.Query{Text: "turn", Filter: memory.Filter{Sessions: []string{"b"}}})
	if err != nil || len(filtered) != 3 {
		t.Errorf("in a session it finds %d, %v", len(filtered), err)
	}
	if other := indexFile(t, s, "other"); other != nil {
		t.Error("another tenant has an index")
	}
}

// TestKeptDamaged: an index that is damaged or another's is built anew.
func TestKeptDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	m := remember(t, s, "")
	addTurns(t, m, "a", "marigold", 300)
	want := searchIDs(t, m, "marigold 77")
	good := indexFile(t, s, "")
	changed := func(at int) []byte {
		data := slices.Clone(good)
		data[at] ^= 1
		return data
	}
	cases := map[string][]byte{"empty": {}, "cut": good[:len(good)-1], "short": good[:5], "more": append(slices.Clone(good), 0)}
	for at := 0; at < len(good); at += 1 + len(good)/40 {
		cases[fmt.Sprint("byte ", at)] = changed(at)
	}
	for name, data := range cases {
		if err := os.WriteFile(s.indexPath(memory.Turns, ""), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, after := readers(t, path, "marigold 77"); !slices.Equal(got, want) || !slices.Equal(after, []int64{0}) {
			t.Errorf("%s: it reads from %v and finds %v", name, after, got)
		}
		if !bytes.Equal(indexFile(t, s, ""), good) {
			t.Errorf("%s: it was not made anew", name)
		}
	}
	if err := os.WriteFile(s.indexPath(memory.Turns, "other"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := searchIDs(t, remember(t, s, "other"), "marigold"); len(got) != 0 {
		t.Errorf("another tenant finds %v", got)
	}
}

// TestKeptOfOtherRows: after a backup was put back its rows go on with other episodes than those of the index.
func TestKeptOfOtherRows(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "memory.db"), filepath.Join(dir, "other.db")
	s, old := open(t, path, Options{}), open(t, other, Options{})
	for i, store := range []*Store{s, old} {
		m := remember(t, store, "")
		addTurns(t, m, "a", "marigold", 10)
		addTurns(t, m, "b", []string{"harebell", "foxglove"}[i], 300)
		searchIDs(t, m, "harebell")
	}
	for _, extra := range []int{0, 5} { // rows beyond those of the index
		if extra > 0 {
			addTurns(t, remember(t, s, ""), "c", "bluebell", extra)
		}
		if err := os.WriteFile(s.indexPath(memory.Turns, ""), indexFile(t, old, ""), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, after := readers(t, path, "foxglove"); len(got) != 0 || !slices.Equal(after, []int64{0}) {
			t.Errorf("it reads from %v and finds %v", after, got)
		}
	}
}

// traces lists the files of indexes in a folder that have a word. Those of the database must not be read in a process that
// has it open: to close one ends the locks of them all.
func traces(t *testing.T, dir, word string) (out []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.index-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(word)) {
			out = append(out, f)
		}
	}
	return out
}

// TestKeptForgotten: what is forgotten is in no index, also if another process keeps an older
// one then, or was killed while it did.
func TestKeptForgotten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "memory.db")
	s, other := open(t, path, Options{}), open(t, path, Options{})
	m, theirs := remember(t, s, ""), remember(t, other, "")
	addTurns(t, m, "a", "marigold", 300)
	addTurns(t, m, "b", "foxglove", 300)
	searchIDs(t, theirs, "marigold")
	older := indexFile(t, s, "")
	if !bytes.Contains(older, []byte("foxglov")) {
		t.Fatal("the index does not have the word")
	}
	var at memory.Cursor
	if err := other.Read(t.Context(), "", func(r memory.Reader) (err error) { at, err = r.Cursor(); return err }); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.indexPath(memory.Turns, "")+newExt, older, 0o600); err != nil { // as one that was killed leaves it
		t.Fatal(err)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{"b"}}, false); n != 300 || err != nil {
		t.Fatal(n, err)
	}
	if found := traces(t, dir, "foxglov"); found != nil {
		t.Errorf("%v have what was forgotten", found)
	}
	if err := other.KeepIndex(t.Context(), memory.Turns, "", older, at); !errors.Is(err, memory.ErrForgotten) {
		t.Errorf("an older index is kept: %v", err)
	}
	if found := traces(t, dir, "foxglov"); found != nil {
		t.Errorf("then %v have it", found)
	}
	for _, keeps := range []*memory.Memory{theirs, m} {
		searchIDs(t, keeps, "marigold")
		if err := keeps.Keep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if kept := indexFile(t, s, ""); kept == nil || traces(t, dir, "foxglov") != nil {
		t.Errorf("an index of %d bytes is kept; %v have what was forgotten", len(kept), traces(t, dir, "foxglov"))
	}
	if got, after := readers(t, path, "foxglove"); len(got) != 0 || slices.Contains(after, 0) {
		t.Errorf("it is found: %v, read from %v", got, after)
	}
	// As after a power failure that has brought the file back.
	if err := os.WriteFile(s.indexPath(memory.Turns, ""), older, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := readers(t, path, "foxglove"); len(got) != 0 || traces(t, dir, "foxglov") != nil {
		t.Errorf("after a power failure %v is found, %v have it", got, traces(t, dir, "foxglov"))
	}
}

// TestForgetReadsNoIndex: a process that forgets, and never searches, makes no index.
func TestForgetReadsNoIndex(t *testing.T) {
	w := &watched{Store: open(t, filepath.Join(t.TempDir(), "memory.db"), Options{})}
	m := remember(t, w, "")
	addTurns(t, m, "a", "marigold", 400)
	addTurns(t, m, "b", "foxglove", 400)
	if n, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{"b"}}, false); n != 400 || err != nil {
		t.Fatal(n, err)
	}
	if err := m.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept := indexFile(t, w.Store, ""); kept != nil || len(w.after) > 0 {
		t.Errorf("it reads from %v; an index of %d bytes is kept", w.after, len(kept))
	}
}

// TestKeptMeanwhile forgets while another process keeps indexes all the time.
func TestKeptMeanwhile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "memory.db")
	m, other := remember(t, open(t, path, Options{}), ""), open(t, path, Options{})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		for ctx.Err() == nil {
			theirs, err := memory.New(other, memory.Options{}) // as a process that begins
			if err == nil {
				_, err = theirs.Search(ctx, memory.Query{Text: "turn"})
			}
			if err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	addTurns(t, m, "kept", "marigold", 260)
	for _, word := range []string{"foxglov", "harebel", "bluebel", "cornflow", "dandelio", "snowdrop", "primros", "heather"} {
		addTurns(t, m, word, word, 300)
		for kept := other.indexPath(memory.Turns, ""); ; { // until the other has it in its index
			data, err := os.ReadFile(kept)
			if err == nil && bytes.Contains(data, []byte(word)) {
				break
			}
			select {
			case err := <-done:
				t.Fatal("the other has ended: ", err)
			default:
			}
		}
		if _, err := m.Forget(t.Context(), memory.Filter{Sessions: []string{word}}, false); err != nil {
			t.Fatal(err)
		}
		if found := traces(t, dir, word); found != nil {
			t.Errorf("%v have what was forgotten", found)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestKeptAndDamaged: a row that is damaged after the index was kept is not found, and keeps none from being found; an
// index without a row that was damaged is not kept.
func TestKeptAndDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	m := remember(t, s, "")
	addTurns(t, m, "a", "marigold", 300)
	searchIDs(t, m, "marigold")
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update episodes set content = 'marigold and torn 77' where id = '77'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	got, after := readers(t, path, "marigold 77")
	if len(got) != 19 || !slices.Equal(after, []int64{77}) { // it looks why that one is missing
		t.Errorf("it finds %d, and reads from %v", len(got), after)
	}
	if err := os.Remove(s.indexPath(memory.Turns, "")); err != nil {
		t.Fatal(err)
	}
	if got, _ := readers(t, path, "marigold 77"); len(got) != 20 || indexFile(t, s, "") != nil {
		t.Errorf("it finds %d; an index of %d bytes is kept", len(got), len(indexFile(t, s, "")))
	}
}
