package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
	"github.com/llmspell/llmspell/kernel/db"
)

// asReader makes the test program one that reads what readable has made, in a database
// that its user may not write.
const asReader = "LLMSPELL_TEST_ARCHIVE_READER"

// readable makes a database with a session, and closes it.
func readable(t *testing.T, path string) {
	t.Helper()
	s := must[*Store](t)(Open(t.Context(), path, Options{}))
	r := create(t, s, Spec{Name: "kept"})
	must[*Artifact](t)(s.StoreArtifact(t.Context(), ArtifactSpec{Session: r.ID, Name: "a"}, strings.NewReader("content")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// readOnce reads all, and tries to write.
func readOnce(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	if found, err := s.List(ctx, Filter{}); err != nil || len(found) != 1 {
		return fmt.Errorf("list: %d, %w", len(found), err)
	}
	r, err := s.Resolve(ctx, "kept")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if _, err := s.Export(ctx, r.ID, &out); err != nil || out.Len() == 0 {
		return fmt.Errorf("export of %d bytes: %w", out.Len(), err)
	}
	if _, err := s.Create(ctx, Spec{Name: "new"}); !errors.Is(err, db.ErrReadOnly) {
		return fmt.Errorf("create: %w", err)
	}
	if err := s.Delete(ctx, r.ID); !errors.Is(err, db.ErrReadOnly) {
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}

func TestReadOnlyFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	readable(t, path)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asReader+"="+path)
	asStranger(t, cmd, path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	testfs.Small(t, 8<<20, func(dir string) {
		path := filepath.Join(dir, "sessions.db")
		readable(t, path)
		testfs.ReadOnly(t, dir)
		if err := readOnce(path); err != nil {
			t.Error(err)
		}
	})
}

// A disk without room is ErrFull, what was acknowledged is there, and sessions can be
// deleted.
func TestFullDisk(t *testing.T) {
	testfs.Small(t, 2<<20, func(dir string) {
		s := must[*Store](t)(Open(t.Context(), filepath.Join(dir, "sessions.db"), Options{CompressFrom: -1}))
		defer func() { _ = s.Close() }() // the log may find no room
		r := create(t, s, Spec{Name: "kept"})
		data, n := bytes.Repeat([]byte("x"), 20_000), 0
		for ; ; n++ {
			data[n%len(data)]++ // no two are the same
			_, err := s.StoreArtifact(t.Context(), ArtifactSpec{Session: r.ID, Name: fmt.Sprint(n)}, bytes.NewReader(data))
			if errors.Is(err, db.ErrFull) {
				break
			}
			if err != nil || n == 1000 {
				t.Fatalf("artifact %d: %v; want it to be full", n, err)
			}
		}
		found, err := s.QueryArtifacts(t.Context(), ArtifactQuery{Session: r.ID})
		if err != nil || len(found) != n || n == 0 {
			t.Errorf("%d artifacts were acknowledged, %d are there: %v", n, len(found), err)
		}
		for _, a := range found {
			if got, err := io.ReadAll(s.OpenArtifact(t.Context(), a)); err != nil || len(got) != len(data) {
				t.Errorf("artifact %d: %d bytes, %v", a.Sequence, len(got), err)
			}
		}
		if err := s.Delete(t.Context(), r.ID); err != nil {
			t.Errorf("delete when full: %v", err)
		}
		create(t, s, Spec{Name: "after"})
	})
}
