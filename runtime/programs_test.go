package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// runFile runs a file as `llmspell run` does.
func runFile(t testing.TB, path string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Limits: runtime.Limits{Time: patience}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.RunFile(context.Background(), path, nil)
	return out.String(), err
}

// TestProgramsPrintAsUnderPUC runs the scripts of testdata as lua5.1 does.
func TestProgramsPrintAsUnderPUC(t *testing.T) {
	for _, dir := range []string{"programs", "scripts"} {
		paths, err := filepath.Glob("../testdata/" + dir + "/*.lua")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no scripts in testdata/%s: %v", dir, err)
		}
		for _, path := range paths {
			t.Run(dir+"/"+filepath.Base(path), func(t *testing.T) {
				want, err := puc.Run(t, path)
				if err != nil {
					t.Fatal(err)
				}
				got, err := runFile(t, path)
				if err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Error(lineDiff(got, want))
				}
			})
		}
	}
}

// generatedAgrees compares a generated program's output with PUC Lua's.
func generatedAgrees(t *testing.T, program string) {
	t.Helper()
	want, err := puc.Run(t, program)
	if err != nil {
		t.Fatalf("%v\n%s", err, program)
	}
	path := filepath.Join(t.TempDir(), "source.lua")
	if err := os.WriteFile(path, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := runFile(t, path)
	if err != nil || got != want {
		t.Errorf("%s (%v)\n%s", lineDiff(got, want), err, program)
	}
}

func TestGeneratedProgramsPrintAsUnderPUC(t *testing.T) {
	for seed := range int64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			opts := luagen.All()
			opts.Size = 20 + int(seed)%100
			generatedAgrees(t, luagen.Program(seed, opts))
		})
	}
}

func FuzzProgramsAgainstPUC(f *testing.F) {
	f.Add([]byte("llmspell"))
	f.Add(bytes.Repeat([]byte{7, 200, 31, 90, 5, 66}, 60))
	f.Fuzz(func(t *testing.T, data []byte) {
		generatedAgrees(t, luagen.FromBytes(data))
	})
}
