//go:build unix

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/rpc"
)

// kernel status --sessions lists what a debugger can attach to.
func TestStatusSessions(t *testing.T) {
	w := newWorld(t)
	w.write("job.lua", job)
	w.daemon("dev")
	sessions := func() []rpc.SessionInfo {
		t.Helper()
		var list []struct {
			ID          string
			SessionList []rpc.SessionInfo `json:"session_list"`
		}
		if err := json.Unmarshal([]byte(w.ok("kernel", "status", "--sessions", "--format", "json")), &list); err != nil || len(list) != 1 || list[0].ID != "dev" {
			t.Fatalf("%v: %+v", err, list)
		}
		return list[0].SessionList
	}
	if got := sessions(); len(got) != 0 {
		t.Errorf("before: %+v", got)
	}
	p := w.start(nil, at("dev", "run", "--session", "s", "job.lua")...)
	p.began()
	got := sessions()
	if len(got) != 1 || got[0].ID == "" || !got[0].Busy || got[0].Record == "" || got[0].Executions != 1 {
		t.Fatalf("while it runs: %+v", got)
	}
	if text := w.ok("kernel", "status", "dev", "--sessions", "--format", "text"); !strings.Contains(text, "Session:    "+got[0].ID) || !strings.Contains(text, "(busy)\n") {
		t.Errorf("text:\n%s", text)
	}
	if out := w.ok("kernel", "status", "--format", "json"); strings.Contains(out, "session_list") {
		t.Errorf("without the flag:\n%s", out)
	}
	w.let(true)
	if r := p.end(); r.code != 0 {
		t.Error(r)
	}
}
