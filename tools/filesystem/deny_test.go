//go:build unix

package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// What the policy denies inside of an allowed folder is neither searched,
// watched, put into archives nor written by an extraction.
func TestDeniedInside(t *testing.T) {
	r := runner(t)
	put(t, r, map[string]string{"open/a.txt": "needle", "open/private/p.txt": "needle", "in.zip": zipOf("x", "private/p2.txt")})
	r = r.Allow(t, func(p *sandbox.Policy) {
		p.Read.Deny, p.Write.Deny = []string{filepath.Join(r.Dir, "open/private")}, []string{filepath.Join(r.Dir, "open/private")}
	})
	res, err := r.Call(t, context.Background(), "file-search", `{"pattern":"needle","path":"open","recursive":true}`)
	if err != nil || paths(res) != "a.txt:1:1" {
		t.Errorf("search: %v %v", res, err)
	}
	if _, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"create","path":"out.tar","input":["open"]}`); err != nil {
		t.Errorf("create: %v", err)
	} else if strings.Contains(content(t, filepath.Join(r.Dir, "out.tar")), "p.txt") {
		t.Error("the archive holds what is denied")
	}
	if _, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"extract","path":"in.zip","target_path":"open"}`); err == nil || !errors.As(err, new(*sandbox.DeniedError)) {
		t.Errorf("extract: %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "open/x")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a part of a refused extraction is left behind")
	}
	for _, method := range []string{"notify", "poll"} {
		v, werr := watching(t, context.Background(), r, `{"operation":"watch","input":"open","max_events":1,"debounce_ms":0,"poll_interval_ms":10,"timeout_ms":20000,"method":"`+method+`"}`, func() {
			os.WriteFile(filepath.Join(r.Dir, "open/private/"+method), nil, 0o600)
			os.WriteFile(filepath.Join(r.Dir, "open/"+method), nil, 0o600)
		})
		if werr != nil || kinds(r, v) != "create:open/"+method {
			t.Errorf("%s: %v %v", method, v, werr)
		}
	}
}
