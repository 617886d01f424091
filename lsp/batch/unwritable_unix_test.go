//go:build unix

package batch_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
	"github.com/llmspell/llmspell/lsp/batch"
)

// TestUnwritable: a file that may not be written does not keep others from being mended,
// and is left as it is.
func TestUnwritable(t *testing.T) {
	if os.Geteuid() == 0 { // who may write all files
		cmd := exec.Command(os.Args[0], "-test.run=^TestUnwritable$")
		testfs.AsNobody(cmd)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("as nobody: %v\n%s", err, out)
		}
		return
	}
	text := "print(not (... == 1))\n"
	dir := folder(t, map[string]string{"a.lua": text, "b.lua": text, ".luarc.json": "{}"})
	if err := os.Chmod(filepath.Join(dir, "a.lua"), 0o400); err != nil {
		t.Fatal(err)
	}
	r, err := (&batch.Project{}).Check(context.Background(), []string{dir}, true)
	if err != nil || len(r.Unreadable) != 1 || !errors.Is(r.Unreadable[0], fs.ErrPermission) || len(r.Changes) != 1 || filepath.Base(r.Changes[0].Path) != "b.lua" {
		t.Errorf("%v %v %v", r.Unreadable, r.Changes, err)
	}
	if now, err := os.ReadFile(filepath.Join(dir, "a.lua")); err != nil || string(now) != text {
		t.Errorf("%q %v", now, err)
	}
}
