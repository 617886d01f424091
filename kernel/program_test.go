package kernel_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// comparePrograms runs a script under PUC Lua 5.1 and in a session.
func comparePrograms(t *testing.T, path string) {
	t.Helper()
	want, err := puc.Run(t, path)
	if err != nil {
		t.Fatalf("lua5.1: %v", err)
	}
	box, err := sandbox.New("", sandbox.Restricted(filepath.Dir(path)))
	if err != nil {
		t.Fatal(err)
	}
	s, out := newSession(t, kernel.Config{Sandbox: box})
	if _, err := s.RunFile(context.Background(), path, nil); err != nil {
		t.Fatalf("%v", err)
	}
	if out.String() != want {
		src, _ := os.ReadFile(path)
		t.Fatalf("lua5.1 printed\n%s\nwe printed\n%s\nscript:\n%s", want, out, src)
	}
}

// TestProgramsAgainstPUC: whole programs print the same as under PUC Lua 5.1.
func TestProgramsAgainstPUC(t *testing.T) {
	for _, pattern := range []string{"scripts/*.lua", "scripts/modules/main.lua", "programs/*.lua"} {
		found, err := filepath.Glob(filepath.Join("../testdata", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no scripts in testdata/%s: %v", pattern, err)
		}
		for _, path := range found {
			t.Run(filepath.Base(path), func(t *testing.T) { comparePrograms(t, path) })
		}
	}
}

// TestGeneratedProgramsAgainstPUC uses other seeds, and larger programs, than
// the debugger's oracle test.
func TestGeneratedProgramsAgainstPUC(t *testing.T) {
	dir := t.TempDir()
	opts := luagen.All()
	opts.Size = 150
	for seed := int64(100_000); seed < 100_150; seed++ {
		path := filepath.Join(dir, fmt.Sprintf("seed%d.lua", seed))
		if err := os.WriteFile(path, []byte(luagen.Program(seed, opts)), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { comparePrograms(t, path) })
	}
}

func FuzzProgramsAgainstPUC(f *testing.F) {
	for seed := range 4 {
		f.Add([]byte(fmt.Sprintf("corpus entry %d with enough bytes to choose statements from", seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.lua")
		if err := os.WriteFile(path, []byte(luagen.FromBytes(data)), 0o644); err != nil {
			t.Fatal(err)
		}
		comparePrograms(t, path)
	})
}
