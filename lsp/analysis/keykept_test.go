package analysis

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis/flow"
)

// onDisk is a snapshot of files on disk, of which the first is open.
func onDisk(t *testing.T, names []string, texts ...string) (*Snapshot, *File) {
	t.Helper()
	dir := t.TempDir()
	s := NewSnapshot(&Config{Roots: []string{dir}}, nil)
	var open *File
	for i, text := range texts {
		path := filepath.Join(dir, names[i])
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := NewFile(URIOf(path), path, 1, text)
		if i == 0 {
			open = f
		}
		s = s.WithIndexed(f.Entry())
	}
	return s.WithFile(open), open
}

func keysOf(t *testing.T, s *Snapshot, f *File) *flow.Keys {
	t.Helper()
	k, err := s.Keys(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeptKeys: keys are worked out once for a state of the files, and forgotten when nobody has
// asked for them between two rests.
func TestKeptKeys(t *testing.T) {
	s, f := onDisk(t, []string{"a.lua", "b.lua", "c.lua"}, `local m = require("b") print(m.x)`, `return {x = 1, f = function() end}`, `local t = {x = 1}`)
	other := s.File(strings.Replace(f.URI, "a.lua", "c.lua", 1))
	k := keysOf(t, s, f)
	same := func(what string, s *Snapshot, want bool) {
		t.Helper()
		if again := keysOf(t, s, f); (again == k) != want {
			t.Errorf("%s: the same keys: %v", what, !want)
		}
	}
	if !k.Of(f.URI) || k.Of(other.URI) || k.Len() == 0 {
		t.Errorf("%d places; of c.lua: %v", k.Len(), k.Of(other.URI))
	}
	same("asked again", s, true)
	keysOf(t, s, other)
	same("after another program", s, true)
	same("another catalogue", s.WithCatalog(nil), true)
	rested := s.Rested()
	same("rested", rested, true)
	rested = rested.Rested()
	same("rested, asked, rested", rested, true)
	same("edited", s.WithFile(NewFile(f.URI, f.Path, 2, f.Text()+" ")), false)
	same("another configuration", s.WithConfig(s.Config()), false)
	same("without a file", s.WithoutIndexed(strings.Replace(f.URI, "a.lua", "b.lua", 1)), false)
	same("all this changed nothing", rested, true)
	same("rested twice, unasked", rested.Rested().Rested(), false)
}

// TestKeptKeysOfChangedFile: a file that is another one on disk, of which nobody has told, is read
// again.
func TestKeptKeysOfChangedFile(t *testing.T) {
	s, f := onDisk(t, []string{"a.lua", "b.lua"}, `local m = require("b") print(m.x)`, `return {x = 1, f = function() end}`)
	at := strings.Index(f.Text(), "x)")
	for i, b := range []string{`return {x = 1, f = function() end}`, `-- longer` + "\n" + `return {x = 1, f = function() end}`} {
		path := filepath.Join(filepath.Dir(f.Path), "b.lua")
		if i > 0 {
			if err := os.WriteFile(path, []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		key, ok := keysOf(t, s, f).At(f.URI, at)
		if !ok || len(key.Places) != 2 || key.Places[1].Start != strings.Index(b, "x") {
			t.Errorf("with %q: %+v", b, key)
		}
	}
	if err := os.Remove(filepath.Join(filepath.Dir(f.Path), "b.lua")); err != nil {
		t.Fatal(err)
	}
	if key, ok := keysOf(t, s, f).At(f.URI, at); !ok || len(key.Places) != 1 || key.Unknown == nil {
		t.Errorf("without the file: %+v", key)
	}
}

// TestKeysAtTheSameTime: of several that ask one does the work, and who does not want to wait for
// it any more does not.
func TestKeysAtTheSameTime(t *testing.T) {
	s, f := onDisk(t, []string{"a.lua"}, `local t = {x = 1} print(t.x)`)
	got := make([]*flow.Keys, 8)
	var wg sync.WaitGroup
	s.shared.solving <- struct{}{} // somebody works
	for i := range got {
		wg.Go(func() { got[i], _ = s.Keys(t.Context(), f) })
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Keys(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("ended while another one works: %v", err)
	}
	<-s.shared.solving
	wg.Wait()
	for _, k := range got {
		if k == nil || k != got[0] {
			t.Errorf("the keys are worked out more than once: %p, %p", k, got[0])
		}
	}
	edited := s.WithFile(NewFile(f.URI, f.Path, 2, f.Text()+" "))
	if _, err := edited.Keys(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("ended before the work: %v", err)
	}
	if k := keysOf(t, edited, f); k == got[0] || len(s.shared.solving) != 0 {
		t.Errorf("after a request that ended: %d work", len(s.shared.solving))
	}
}

// TestKeptKeysAreBounded: the keys of few programs are kept, and none of a very large one.
func TestKeptKeysAreBounded(t *testing.T) {
	var names, texts []string
	for i := range maxKeptPrograms + 1 {
		names, texts = append(names, fmt.Sprintf("f%d.lua", i)), append(texts, fmt.Sprintf("local t = {x = %d}", i))
	}
	s, _ := onDisk(t, names, texts...)
	for _, e := range s.Files() {
		keysOf(t, s, s.File(e.URI))
	}
	if n := len(s.keys.last); n != maxKeptPrograms {
		t.Errorf("%d programs are kept", n)
	}
	for i, e := range s.Files() {
		if k := s.keys.of(e.URI); (k == nil) != (i == 0) {
			t.Errorf("program %d of %d is kept: %v", i, len(names), k != nil)
		}
	}
	large, f := onDisk(t, []string{"a.lua"}, "local t = {} "+strings.Repeat("t.x=t.x ", maxKeptPlaces/2+1))
	if k := keysOf(t, large, f); k.Len() <= maxKeptPlaces || len(large.keys.last) != 0 {
		t.Errorf("of a program with %d places %d are kept", k.Len(), len(large.keys.last))
	}
}
