package system

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestSystemMonitor(t *testing.T) {
	r := tooltest.New(t, Definitions())
	if err := os.Symlink("/etc", filepath.Join(r.Dir, "out")); err != nil {
		t.Fatal(err)
	}
	for operation, want := range map[string][]string{
		"all": {"cpu", "memory", "disk", "network", "processes", "system"}, "stats": {"cpu", "memory", "system"}, "cpu": {"cpu"}, "memory": {"memory"}, "disk": {"disk"},
		"network": {"network"}, "processes": {"processes"},
	} {
		res, terr := r.Call(t, context.Background(), "system-monitor", `{"operation":"`+operation+`","interval_ms":10}`)
		if terr != nil {
			t.Errorf("%s: %v", operation, terr)
			continue
		}
		got := res.Value.(map[string]any)
		for _, section := range want {
			if m, _ := got[section].(map[string]any); len(m) == 0 {
				t.Errorf("%s: no %s in %v", operation, section, got)
			}
		}
	}
	field := func(operation, section, name string) float64 {
		t.Helper()
		res, terr := r.Call(t, context.Background(), "system-monitor", `{"operation":"`+operation+`","interval_ms":10}`)
		if terr != nil {
			t.Fatal(terr)
		}
		switch v := res.Value.(map[string]any)[section].(map[string]any)[name].(type) {
		case int:
			return float64(v)
		case int64:
			return float64(v)
		case float64:
			return v
		}
		t.Fatalf("%s.%s is missing", section, name)
		return 0
	}
	if total, used := field("memory", "memory", "total_bytes"), field("memory", "memory", "used_bytes"); total < 64<<20 || used <= 0 || used > total {
		t.Errorf("memory: %v of %v", used, total)
	}
	if p := field("cpu", "cpu", "usage_percent"); p < 0 || p > 100 {
		t.Errorf("the processors are used %v %%", p)
	}
	if n := field("processes", "processes", "count"); n < 2 {
		t.Errorf("%v processes", n)
	}
	if total, free := field("disk", "disk", "total_bytes"), field("disk", "disk", "free_bytes"); total <= 0 || free > total {
		t.Errorf("disk: %v of %v free", free, total)
	}
	r.Table(t, "system-monitor", []tooltest.Want{
		{Params: `{"operation":"gpu"}`, Err: `"operation" is wrong`},
		{Params: `{"interval_ms":9}`, Err: `between 10 and 5000`},
		{Params: `{"interval_ms":"x"}`, Err: `"interval_ms" is wrong`},
		{Params: `{"operation":"disk","path":1}`, Err: `"path" is wrong`},
		{Params: `{"operation":"disk","path":"/etc"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"operation":"all","path":"../.."}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"operation":"disk","path":"out"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"operation":"disk","path":"none"}`, Err: `no such file`, Code: tool.ResourceNotFound},
	})
}

func TestSystemMonitorCancel(t *testing.T) {
	r := tooltest.New(t, Definitions())
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, terr := r.Call(t, ctx, "system-monitor", `{"operation":"cpu","interval_ms":5000}`); terr == nil || terr.Code != tool.Cancelled {
		t.Errorf("cancelled: %v", terr)
	}
}
