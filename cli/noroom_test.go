package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
)

// Where no file can be made any more all that was kept is read, and saved elsewhere; what
// would be written says why it is not.
func TestNoInodesLeft(t *testing.T) {
	testfs.Small(t, 16<<20, func(dir string) {
		ownFolders(t)
		t.Setenv("XDG_DATA_HOME", dir)
		called(t, 0, "exec", "--session", "n", `State.save("session", "k", 1) State.set("g", 2) Artifact.store(nil, "custom", "a", "content")`)
		scope := "session:" + idOf(t, "n")
		testfs.NoInodes(t, dir)
		bundle := filepath.Join(t.TempDir(), "n.zip")
		for _, tt := range []struct{ want, args string }{
			{"2\n", "state get g"}, {"1\n", "state get k --scope " + scope}, {scope, "state show"}, {`"key":"g"`, "state export -"}, {"ok\n", "state check"},
			{"n\n", "session list --format names"}, {"active", "session show n"}, {"content", "session artifact n a"}, {"", "session export n " + bundle},
			{"", "session verify"}, {"2\n", "exec State.get('g')"},
		} {
			if out := called(t, 0, strings.Fields(tt.args)...); !strings.Contains(out, tt.want) {
				t.Errorf("%s: %q", tt.args, out)
			}
		}
		for _, args := range []string{
			"state set g 3", "state delete g", "state set k 2 --scope " + scope, "session create x", "session delete n", "session archive n", "exec --session n x=1", "exec State.set('g',3)",
		} {
			refused(t, 1, "no room is left", strings.Fields(args)...)
		}
		if _, out, _ := call(t, "", "doctor"); !strings.Contains(out, "remove files, as the file system has no inodes left") || strings.Contains(out, "free some space") {
			t.Errorf("doctor says\n%s", out)
		}
	})
}
