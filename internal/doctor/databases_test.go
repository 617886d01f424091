package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/archive"
)

// Where SQLite says no more than that a file is no database, the damaged page is named.
func TestDamagedPageIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := archive.Open(t.Context(), path, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(make([]byte, 4096), 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	e := &examination{ctx: t.Context()}
	if !e.database(&database{path: path, content: verifyArtifacts, pages: damagedPages, whole: "what to do"}) {
		t.Error("the database is called missing")
	}
	if len(e.findings) != 1 || e.findings[0].Status != Broken || !strings.Contains(e.findings[0].Text, "page 1 ") || e.findings[0].Advice != "what to do" {
		t.Errorf("%+v", e.findings)
	}
}
