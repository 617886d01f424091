package live

import (
	"context"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
)

// TestLive follows a kernel from before its start to after its end, and again.
func TestLive(t *testing.T) {
	// The first to catch a signal starts a goroutine that stays.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	signal.Stop(caught)
	noneLeft(t)
	dir, root := folders(t)
	base := catalog.Builtin()
	var told atomic.Uint64
	l := Follow(Options{Base: base, Version: "1", Dial: Kernel(root, "test", ""), Every: 50 * time.Millisecond, Changed: func(c *catalog.Catalog) { told.Store(c.Version) }})
	defer l.Close()
	<-l.First()
	if l.Catalog() != base || l.Kernel() != "" || told.Load() != 0 {
		t.Fatal("without a kernel there is more than the base")
	}
	if p := catalog.CheckTool(l.Catalog(), "mcp:shop/bye"); p != nil {
		t.Errorf("%s, which nobody can know", p.Message)
	}

	reg := tools.Builtin()
	if err := reg.Register(shop(schema.Required("item", schema.Text("What to buy")))); err != nil {
		t.Fatal(err)
	}
	stop := start(t, root, reg)
	client := connect(t, root, rpc.SessionParams{ID: "main", Name: "work", Cwd: dir})
	run(t, client, `answer = 42; State.set("cart", {items = {"tea"}}); State.set("mood", "fine", {scope = "session:main"}); Event.publish("order.placed", {})`)

	var c *catalog.Catalog
	eventually(t, "everything is known", func() bool {
		c = l.Catalog()
		_, state := entry(c, "state", "cart")
		_, variable := entry(c, "variable", "answer")
		_, event := entry(c, "event", "order.placed")
		return c.Tool("mcp:shop/buy") != nil && state && variable && event
	})
	const source = "live · kernel test"
	if l.Kernel() != "test" {
		t.Errorf("connected to %q", l.Kernel())
	}
	eventually(t, "the change is told", func() bool { return told.Load() >= c.Version })
	if e, _ := entry(c, "state", "cart"); e.Value != `{"items":["tea"]}` || e.Arg != "global" || e.Source != source {
		t.Errorf("state: %+v", e)
	}
	if e, _ := entry(c, "state", "mood"); e.Value != `"fine"` || e.Arg != "session:main" {
		t.Errorf("state of a session: %+v", e)
	}
	if e, _ := entry(c, "variable", "answer"); e.Value != "42" || e.Detail != "number" || e.Arg != "main" || e.Source != source {
		t.Errorf("variable: %+v", e)
	}
	if e, _ := entry(c, "session", "main"); e.Detail != "session work" || e.Source != source {
		t.Errorf("session: %+v", e)
	}
	if e, ok := entry(c, "event", "tool.invoked"); !ok || e.Source != "" {
		t.Errorf("the kernel's own event: %+v", e)
	}
	buy := c.Tool("mcp:shop/buy")
	if buy.Source != source || c.Tool("calculator") != base.Tool("calculator") {
		t.Errorf("source %q; a tool that is compiled in is another one: %v", buy.Source, c.Tool("calculator") != base.Tool("calculator"))
	}
	if p := catalog.CheckTool(c, "mcp:shop/bui"); p == nil || len(p.Fixes) == 0 || p.Fixes[0].Text != "mcp:shop/buy" {
		t.Errorf("a misspelt tool: %+v", p)
	}
	if f := catalog.ParamsType(c, "mcp:shop/buy").Field("item"); f == nil || f.Type != types.String || f.Source != source {
		t.Errorf("parameter: %+v", f)
	}
	problems := catalog.CheckCall(buy, &catalog.LiteralTable{})
	if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, `parameter "item" is missing`) {
		t.Errorf("problems: %+v", problems)
	}

	// What changes in the kernel changes here, and what does not costs nothing.
	run(t, client, `answer = "new"; State.set("cart", 7)`)
	eventually(t, "changed values are known", func() bool {
		s, _ := entry(l.Catalog(), "state", "cart")
		v, _ := entry(l.Catalog(), "variable", "answer")
		return s.Value == "7" && v.Value == `"new"`
	})
	if l.Catalog().Tool("mcp:shop/buy") != buy {
		t.Error("a tool that has not changed is another one")
	}
	if err := reg.Replace("mcp:", shop(schema.Required("thing", schema.Text("What to buy")))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a changed tool is known", func() bool {
		return catalog.ParamsType(l.Catalog(), "mcp:shop/buy").Field("thing") != nil
	})
	still := func() bool {
		before := l.Catalog().Version
		time.Sleep(200 * time.Millisecond)
		return l.Catalog().Version == before
	}
	eventually(t, "nothing changes", still)

	version := l.Catalog().Version
	client.Close()
	stop()
	eventually(t, "only the base is known", func() bool {
		_, state := entry(l.Catalog(), "state", "cart")
		return !state && l.Catalog().Tool("mcp:shop/buy") == nil && l.Kernel() == ""
	})
	if l.Catalog().Version <= version || l.Catalog().Tool("calculator") != base.Tool("calculator") {
		t.Error("without the kernel there is another base, or an older version")
	}
	start(t, root, reg)
	eventually(t, "it is connected again", func() bool { return l.Kernel() == "test" && l.Catalog().Tool("mcp:shop/buy") != nil })
}

// TestRebase: another base is there at once, with and without a kernel.
func TestRebase(t *testing.T) {
	noneLeft(t)
	l := Follow(Options{Base: catalog.Builtin(), Dial: func(context.Context) (*rpc.Client, error) { return nil, net.ErrClosed }})
	defer l.Close()
	cfg := config.Default()
	cfg.Providers.Named = map[string]config.Provider{"mine": {DefaultModel: "small"}}
	l.Rebase(catalog.Configured(catalog.Builtin(), cfg))
	eventually(t, "the new base is there", func() bool {
		e, ok := entry(l.Catalog(), "model", "mine/small")
		return ok && e.Source == "configuration"
	})
}
