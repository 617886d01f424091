package archive

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"bytes"
)

// Large artifacts are stored, read, exported and imported in bounded memory.
func TestLargeArtifactInBoundedMemory(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	session := create(t, s, Spec{})
	size, bound := int64(100<<20), uint64(64<<20)
	if raceEnabled { // all of it is computing, which takes minutes then
		size, bound = 32<<20, 28<<20
	}
	peak := watchHeap(t)
	a := must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: session.ID, Name: "large"}, io.LimitReader(noise(7), size)))
	if n, err := io.Copy(io.Discard, s.OpenArtifact(ctx, a)); n != size || err != nil {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := s.Export(ctx, session.ID, f); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	copied := must[*Session](t)(s.Import(ctx, f, info.Size(), ImportOptions{NewID: true}))
	if copied.ArtifactBytes != size {
		t.Errorf("imported %+v", copied)
	}
	got := peak()
	t.Logf("the heap grew by %d MB", got>>20)
	if got > bound {
		t.Errorf("the heap grew by %d MB, want at most %d", got>>20, bound>>20)
	}
	var contents int
	if err := s.count(ctx, `SELECT count(*) FROM contents`, &contents); err != nil || contents != 1 {
		t.Errorf("%d contents, %v: the import is not deduplicated", contents, err)
	}
}

// watchHeap samples the heap, and returns a function that gives how far it has
// grown.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, peak := m.HeapInuse, m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return peak - base
	}
}

func TestDeduplication(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	one, two := create(t, s, Spec{}), create(t, s, Spec{})
	content := bytes.Repeat([]byte("same"), chunkSize)
	var arts []*Artifact
	for _, id := range []string{one.ID, one.ID, two.ID} {
		arts = append(arts, must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: id, Name: "x"}, bytes.NewReader(content))))
	}
	if arts[1].Version != 2 || arts[1].Sequence != 2 || arts[2].Version != 1 {
		t.Errorf("versions %+v", arts)
	}
	contents := func() (n int) {
		if err := s.count(ctx, `SELECT count(*) FROM contents`, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := contents(); n != 1 {
		t.Fatalf("%d contents", n)
	}
	if _, err := s.DeleteArtifact(ctx, ArtifactRef{Session: one.ID, Sequence: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, two.ID); err != nil {
		t.Fatal(err)
	}
	if got := must[[]byte](t)(io.ReadAll(s.OpenArtifact(ctx, arts[1]))); !bytes.Equal(got, content) {
		t.Error("the content went before its last artifact")
	}
	if _, err := s.DeleteArtifact(ctx, ArtifactRef{Session: one.ID, Hash: arts[1].Hash}); err != nil {
		t.Fatal(err)
	}
	var chunks int
	if err := s.count(ctx, `SELECT count(*) FROM chunks`, &chunks); err != nil || contents() != 0 || chunks != 0 {
		t.Errorf("%d contents and %d chunks are left, %v", contents(), chunks, err)
	}
}
