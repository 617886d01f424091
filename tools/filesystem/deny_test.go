package filesystem

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// What the policy denies inside an allowed folder is neither read nor listed,
// and a tree that contains it is neither copied, moved nor deleted.
func TestDeniedInside(t *testing.T) {
	r := runner(t)
	for _, name := range []string{"tree/open.txt", "tree/secret/key", "elsewhere/x"} {
		path := filepath.Join(r.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("secret", filepath.Join(r.Dir, "tree/link")); err != nil {
		t.Fatal(err)
	}
	r = r.Allow(t, func(p *sandbox.Policy) {
		p.Read.Deny, p.Write.Deny = []string{"tree/secret"}, []string{"tree/secret"}
	})
	forbidden := "is forbidden by --deny-"
	var table []tooltest.Want
	for _, path := range []string{"tree/secret/key", "tree/link/key", "tree/../tree/secret/key", "tree/secret"} {
		for _, op := range []string{"read", "metadata", "exists", "delete", "list_dir"} {
			if path == "tree/secret" && op == "read" {
				continue
			}
			table = append(table, tooltest.Want{Params: fmt.Sprintf(`{"operation":%q,"path":%q,"recursive":true}`, op, path), Err: forbidden})
		}
		for _, op := range []string{"write", "append"} {
			table = append(table, tooltest.Want{Params: fmt.Sprintf(`{"operation":%q,"path":%q,"input":"x"}`, op, path), Err: forbidden})
		}
		table = append(table,
			tooltest.Want{Params: fmt.Sprintf(`{"operation":"create_dir","path":%q,"recursive":true}`, path+"/new"), Err: forbidden},
			tooltest.Want{Params: fmt.Sprintf(`{"operation":"copy","source_path":%q,"target_path":"stolen","recursive":true}`, path), Err: forbidden},
			tooltest.Want{Params: fmt.Sprintf(`{"operation":"move","source_path":%q,"target_path":"stolen"}`, path), Err: forbidden},
			tooltest.Want{Params: fmt.Sprintf(`{"operation":"copy","source_path":"a.txt","target_path":%q}`, path), Err: forbidden},
		)
	}
	contains := "contains what --deny-"
	table = append(table,
		tooltest.Want{Params: `{"operation":"delete","path":"tree","recursive":true}`, Err: contains},
		tooltest.Want{Params: `{"operation":"move","source_path":"tree","target_path":"elsewhere"}`, Err: contains},
		tooltest.Want{Params: `{"operation":"copy","source_path":"tree","target_path":"elsewhere","recursive":true}`, Err: contains},
		tooltest.Want{Params: `{"operation":"list_dir","path":"tree","recursive":true}`, Field: "count", Value: "2"},
		tooltest.Want{Params: `{"operation":"list_dir","path":"elsewhere"}`, Field: "count", Value: "1"},
	)
	r.Table(t, "file-operations", table)
	res, terr := r.Call(t, t.Context(), "file-operations", `{"operation":"list_dir","path":"tree","recursive":true}`)
	if terr != nil {
		t.Fatal(terr)
	}
	if note, _ := res.Value.(map[string]any)["denied"].(string); !strings.Contains(note, contains) || strings.Contains(fmt.Sprint(res.Value.(map[string]any)["entries"]), "key") {
		t.Errorf("the listing is %v; want a note and no trace of the folder", res.Value)
	}
	for _, name := range []string{"tree/open.txt", "tree/secret/key"} {
		if content(t, filepath.Join(r.Dir, name)) != "content" {
			t.Errorf("%s was changed", name)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(r.Dir, "elsewhere")); err != nil || len(entries) != 1 {
		t.Errorf("something was copied: %v, %v", entries, err)
	}
}
