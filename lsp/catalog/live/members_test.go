package live

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
)

// The members of a session's variables are those of this moment, and looking at them
// runs nothing there. They go with the kernel.
func TestMembers(t *testing.T) {
	noneLeft(t)
	dir, root := folders(t)
	stop := start(t, root, tools.Builtin())
	client := connect(t, root, rpc.SessionParams{ID: "main", Cwd: dir})
	run(t, client, `ran = 0
		cfg = {db = {host = "h", port = 1}, get = function() end}
		lazy = setmetatable({}, {__index = function() ran = ran + 1 return {} end, __tostring = function() ran = ran + 1 return "x" end})`)
	l := Follow(Options{Base: catalog.Builtin(), Version: "1", Dial: Kernel(root, "test", ""), Every: 50 * time.Millisecond})
	defer l.Close()
	eventually(t, "the variables are known", func() bool {
		_, cfg := entry(l.Catalog(), "variable", "cfg")
		_, lazy := entry(l.Catalog(), "variable", "lazy")
		return cfg && lazy
	})
	// A machine that is busy may need longer than one question is waited for.
	members := func(want string, session string, path ...string) {
		t.Helper()
		eventually(t, fmt.Sprintf("%v has %q", path, want), func() bool { return listed(now(l.Catalog().Members(session, path))) == want })
	}
	members(`host:string="h" port:number=1`, "main", "cfg", "db")
	run(t, client, `cfg.db.port = 2; cfg.db.user = "u"`)
	members(`host:string="h" port:number=2 user:string="u"`, "main", "cfg", "db")
	if got := now(l.Catalog().Members("main", []string{"cfg"})); len(got) > 0 && (got[0].Source != "live · kernel test" || got[0].Arg != "main") {
		t.Errorf("%+v", got[0])
	}
	for _, path := range [][]string{{"lazy"}, {"lazy", "x"}, {"missing"}, {"cfg", "db", "host"}, {"not a name"}, {}} {
		if got := now(l.Catalog().Members("main", path)); len(got) != 0 {
			t.Errorf("%v has %v", path, got)
		}
	}
	members("", "nobody", "cfg")

	run(t, client, `State.set("cart", {tea = {price = 2.5, tags = {"hot"}}, open = true}); State.set("cart.more", {x = 1}); State.set("theme", "dark"); State.set("mine", {a = 1}, {scope = "session:main"})
		State.set("large", {a = ("x"):rep(20000)})`)
	fields := func(want, scope, key string, path ...string) {
		t.Helper()
		eventually(t, fmt.Sprintf("%s %s %v has %q", scope, key, path, want), func() bool { return listed(now(l.Catalog().StateFields(scope, key, path))) == want })
	}
	fields(`open:boolean=true tea:table={"price":2.5,"tags":["hot"]}`, "global", "cart")
	fields(`price:number=2.5 tags:table=["hot"]`, "global", "cart", "tea")
	fields(`a:number=1`, "session:main", "mine")
	run(t, client, `State.set("cart", {tea = 1})`)
	fields(`tea:number=1`, "global", "cart")
	for _, none := range [][]string{{"global", "theme"}, {"global", "car"}, {"global", "mine"}, {"nowhere", "cart"}, {"global", "large"}, {"global", "cart", "tea", "x"}, {"global", "", ""}} {
		if got := now(l.Catalog().StateFields(none[0], none[1], none[2:])); len(got) != 0 {
			t.Errorf("%q has %v", none, got)
		}
	}
	run(t, client, `assert(ran == 0, "something of the script's has run")`)

	client.Close()
	stop()
	eventually(t, "it goes with the kernel", func() bool {
		return l.Kernel() == "" && now(l.Catalog().Members("main", []string{"cfg"})) == nil && now(l.Catalog().StateFields("global", "cart", nil)) == nil
	})
	if l.Err() == nil {
		t.Error("nobody knows why there is no kernel")
	}
}

// A kernel that does not say what a variable holds is not waited for: not by one, nor by
// very many who ask for different things. Close ends what is under way.
func TestMembersOfAHangingKernel(t *testing.T) {
	noneLeft(t)
	i := pretend(t, func(method string) string {
		switch method {
		case "kernel.hello":
			return greeting
		case "exec.variables", "kernel.ping":
			return ""
		case "session.list":
			return `{"sessions":[]}`
		}
		return `{}`
	})
	connected := make(chan struct{})
	var once sync.Once
	l := Follow(Options{Base: catalog.Builtin(), Dial: i.dial, Connected: func() { once.Do(func() { close(connected) }) }})
	<-connected
	eventually(t, "the catalogue is live", func() bool { return l.asker.Load() != nil && l.Catalog() != l.base.Load() })
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			if got, late := l.Catalog().Members("s", []string{fmt.Sprint("v", n)}); len(got) != 0 || !late {
				t.Errorf("%v, late: %t", got, late)
			}
		})
	}
	all.Wait() // or the test hangs
	a := l.asker.Load()
	if a != nil {
		a.mu.Lock()
		if len(a.asking) > maxAsking {
			t.Errorf("%d questions are under way", len(a.asking))
		}
		a.mu.Unlock()
	}
	l.Close()
	if got, late := l.Catalog().Members("s", []string{"v"}); got != nil || late {
		t.Error("after the end something is asked")
	}
}

// now is what is known now, whatever is still to come.
func now(list []catalog.Entry, _ bool) []catalog.Entry { return list }

// A kernel that leaves a question unanswered is waited for once, not with each key that
// somebody types, and what it says at last is there for the next who asks.
func TestAHangingKernelIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsker(&fetcher{})
		release := make(chan struct{})
		ask := func(key string) (waited time.Duration, list []catalog.Entry, late bool) {
			began := time.Now()
			list, late = a.answer(key, func(context.Context) ([]catalog.Entry, bool) {
				<-release
				return []catalog.Entry{{Name: key}}, true
			})
			return time.Since(began), list, late
		}
		for _, x := range []struct {
			key  string
			want time.Duration
		}{{"a", memberWait}, {"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}, {"e", 0}} { // the last is one too many
			if waited, list, late := ask(x.key); waited != x.want || list != nil || !late {
				t.Errorf("%s: waited %v, got %v, late: %t", x.key, waited, list, late)
			}
		}
		close(release)
		synctest.Wait()
		if waited, list, late := ask("a"); waited != 0 || len(list) != 1 || list[0].Name != "a" || late {
			t.Errorf("the answer: waited %v, got %v, late: %t", waited, list, late)
		}
		a.close()
	})
}

// What keeps a kernel from being followed is told once for each change, and the
// attempts go on.
func TestErr(t *testing.T) {
	noneLeft(t)
	told := make(chan struct{}, 100)
	l := Follow(Options{
		Base: catalog.Builtin(), Dial: func(context.Context) (*rpc.Client, error) { return nil, fmt.Errorf("no kernel %q", "dve") },
		Connected: func() { told <- struct{}{} },
	})
	defer l.Close()
	for range 2 {
		<-told
		if err := l.Err(); err == nil || !strings.Contains(err.Error(), `no kernel "dve"`) || l.Kernel() != "" {
			t.Errorf("%v, connected to %q", err, l.Kernel())
		}
	}
}
