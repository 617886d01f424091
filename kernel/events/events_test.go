package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
)

var background = context.Background()

func subscribe(t testing.TB, b *Bus, opt SubscribeOptions, patterns ...string) *Subscription {
	t.Helper()
	s, err := b.Subscribe(opt, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func publish(t testing.TB, b *Bus, eventType string, data any) *Event {
	t.Helper()
	e, err := b.Publish(background, eventType, data, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// drain returns the data of all events that wait.
func drain(s *Subscription) string {
	var out []string
	for e := s.TryReceive(); e != nil; e = s.TryReceive() {
		out = append(out, fmt.Sprint(e.Data))
	}
	return strings.Join(out, " ")
}

func TestPatterns(t *testing.T) {
	b := New(Options{})
	defer b.Close()
	subs := map[string]*Subscription{}
	for _, p := range []string{"*", "user.*", "user.created", "*.created", "**", "user.?reated", "order.*"} {
		subs[p] = subscribe(t, b, SubscribeOptions{}, p)
	}
	both := subscribe(t, b, SubscribeOptions{}, "user.*", "order.*", "*")
	for i, eventType := range []string{"user.created", "user.deleted", "order.created", "user.a.b"} {
		publish(t, b, eventType, i)
		publish(t, b, eventType, i) // once more, by the remembered route
	}
	for p, want := range map[string]string{
		"*": "0 0 1 1 2 2 3 3", "**": "0 0 1 1 2 2 3 3", "user.*": "0 0 1 1 3 3", "user.created": "0 0", "*.created": "0 0 2 2", "user.?reated": "0 0", "order.*": "2 2",
	} {
		if got := drain(subs[p]); got != want {
			t.Errorf("%s got %s, want %s", p, got, want)
		}
	}
	if got := drain(both); got != "0 0 1 1 2 2 3 3" {
		t.Errorf("three patterns that match the same got %s", got)
	}
}

func TestBadNames(t *testing.T) {
	b := New(Options{})
	for _, name := range []string{"", "a*", "a?b", "a\nb", "\xff", "é\x00", "é\x7f", strings.Repeat("x", 257)} {
		if _, err := b.Publish(background, name, nil, PublishOptions{}); err == nil {
			t.Errorf("%q was published", name)
		}
	}
	for _, patterns := range [][]string{nil, {""}, {"a", "\x01"}, make([]string, 101)} {
		if _, err := b.Subscribe(SubscribeOptions{}, patterns...); err == nil {
			t.Errorf("%q was subscribed to", patterns)
		}
	}
	for _, opt := range []SubscribeOptions{{Buffer: -1}, {Buffer: MaxBuffer + 1}, {Policy: "lose"}} {
		if _, err := b.Subscribe(opt, "x"); err == nil {
			t.Errorf("%+v was taken", opt)
		}
	}
	for _, meta := range []Metadata{{TTL: -1}, {Source: strings.Repeat("x", 2000)}, {Tags: make([]string, 100)}, {Priority: 1 << 40}} {
		if _, err := b.Publish(background, "x", nil, PublishOptions{Meta: meta}); err == nil {
			t.Errorf("%+v was published", meta)
		}
	}
	if s := b.Stats(); s.Published != 0 || s.Subscriptions != 0 {
		t.Errorf("%+v", s)
	}
}

func FuzzPublish(f *testing.F) {
	f.Add("user.created", "user.*")
	f.Add("é", "?")
	f.Fuzz(func(t *testing.T, eventType, pattern string) {
		b := New(Options{})
		s, err := b.Subscribe(SubscribeOptions{}, pattern)
		if err != nil {
			s = subscribe(t, b, SubscribeOptions{}, "*")
		}
		e, err := b.Publish(background, eventType, map[string]any{"x": eventType}, PublishOptions{})
		if err != nil {
			return
		}
		if _, err := json.Marshal(e); err != nil {
			t.Error(err)
		}
		if got := s.TryReceive(); got != nil && got.Type != eventType {
			t.Errorf("got %q", got.Type)
		}
	})
}

// Clients that speak JSON see what it can say.
func TestPlainData(t *testing.T) {
	b := New(Options{})
	data := map[any]any{int64(5): "five", 0.5: []any{math.NaN(), math.Inf(1), 1.5}, "5": "text", "k": map[string]any{"in": map[any]any{int64(7): nil}}}
	e, err := b.Publish(background, "x", data, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if want := `"data":{"0.5":[null,null,1.5],"5":"text","k":{"in":{"7":null}}}`; err != nil || !strings.Contains(string(text), want) {
		t.Errorf("%s, %v", text, err)
	}
	if data["5"] != "text" || data[int64(5)] != "five" {
		t.Error("the data was changed")
	}
	if _, err := b.Publish(background, "x", map[any]any{int64(1): strings.Repeat("x", DefaultMaxEventBytes)}, PublishOptions{}); err == nil {
		t.Error("an event that is too large is published")
	}
}

func TestShape(t *testing.T) {
	b := New(Options{Now: func() time.Time { return time.Unix(0, 5).UTC() }})
	e, err := b.Publish(background, "a.b", map[string]any{"x": 1}, PublishOptions{Language: "lua", Meta: Metadata{CorrelationID: "c", Source: "s", Target: "t", Tags: []string{"u"}, Priority: 2, TTL: 1500 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"data":{"x":1},"event_type":"a.b","id":"` + e.ID() + `","language":"lua","metadata":{"correlation_id":"c","priority":2,"source":"s","tags":["u"],"target":"t","ttl":1.5},"schema_version":"1.0","sequence":1,"timestamp":"1970-01-01T00:00:00.000000005Z"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if other := publish(t, New(Options{}), "a", nil); other.ID() == e.ID() {
		t.Error("two buses give the same ID")
	}
}

func TestPolicies(t *testing.T) {
	b := New(Options{})
	oldest := subscribe(t, b, SubscribeOptions{Buffer: 3}, "*")
	newest := subscribe(t, b, SubscribeOptions{Buffer: 3, Policy: DropNewest}, "*")
	for i := range 5 {
		publish(t, b, "x", i)
	}
	if got := drain(oldest); got != "2 3 4" {
		t.Errorf("drop_oldest: %s", got)
	}
	if got := drain(newest); got != "0 1 2" {
		t.Errorf("drop_newest: %s", got)
	}
	reject := subscribe(t, b, SubscribeOptions{Buffer: 1, Policy: Reject}, "*")
	publish(t, b, "x", 5)
	e, err := b.Publish(background, "x", 6, PublishOptions{})
	var rejected *RejectedError
	if e == nil || !errors.As(err, &rejected) || len(rejected.Subscriptions) != 1 || rejected.Subscriptions[0] != reject.ID() {
		t.Errorf("reject: %v, %v", e, err)
	}
	if drain(reject) != "5" || drain(oldest) != "5 6" {
		t.Error("reject has kept the event from others")
	}
	if s := b.Stats(); s.Dropped != 5 || s.Rejected != 1 || s.Published != 7 || s.Pending != 2 {
		t.Errorf("%+v", s)
	}
}

func TestBlock(t *testing.T) {
	b := New(Options{})
	s := subscribe(t, b, SubscribeOptions{Buffer: 1, Policy: Block, BlockTime: MaxBlockTime, Owner: "me"}, "*")
	publish(t, b, "x", 0)
	ctx, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	if _, err := b.Publish(ctx, "x", 1, PublishOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no room: %v", err)
	}
	var rejected *RejectedError
	if _, err := b.Publish(background, "x", 1, PublishOptions{Owner: "me"}); !errors.As(err, &rejected) {
		t.Errorf("waiting for itself: %v", err)
	}
	const n = 1000
	go func() {
		for i := 1; i <= n; i++ {
			if _, err := b.Publish(background, "x", i, PublishOptions{}); err != nil {
				t.Error(err)
			}
		}
	}()
	for i := 0; i <= n; i++ {
		e, err := s.Receive(background)
		if err != nil || e.Data != i {
			t.Fatalf("event %d: %v, %v", i, e, err)
		}
	}
	publish(t, b, "x", 0)
	done := make(chan error, 1)
	go func() {
		_, err := b.Publish(background, "x", 1, PublishOptions{})
		done <- err
	}()
	for b.Stats().Published < n+5 {
		time.Sleep(time.Millisecond)
	}
	s.Unsubscribe() // lets go of who waits
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A subscriber that receives nothing holds publishers up once, for its time, and holds
// nobody else's events back; when it receives again it is waited for again.
func TestBlockEnds(t *testing.T) {
	b := New(Options{})
	const most = 50 * time.Millisecond
	slow := subscribe(t, b, SubscribeOptions{Buffer: 1, Policy: Block, BlockTime: most}, "*")
	other := subscribe(t, b, SubscribeOptions{}, "*")
	publish(t, b, "x", 0)
	other.TryReceive()
	published := make(chan time.Duration, 1)
	began := time.Now()
	go func() {
		publish(t, b, "x", 1)
		published <- time.Since(began)
	}()
	if e, err := other.Receive(background); err != nil || e.Data != 1 {
		t.Errorf("the other got %v, %v", e, err)
	}
	if took := <-published; took < most {
		t.Errorf("it was waited for %v, not %v", took, most)
	}
	began = time.Now()
	for i := range 1000 {
		publish(t, b, "x", 2+i)
	}
	if took := time.Since(began); took > 1000*most/2 {
		t.Errorf("1000 events for one that receives nothing took %v", took)
	}
	if i := slow.Info(); i.Dropped != 1001 || i.Pending != 1 {
		t.Errorf("%+v", i)
	}
	if e := slow.TryReceive(); e.Data != 0 {
		t.Errorf("got %v", e.Data)
	}
	publish(t, b, "x", "fits")
	began = time.Now()
	publish(t, b, "x", "waits")
	if took := time.Since(began); took < most {
		t.Errorf("after it has received it was waited for %v", took)
	}
	for _, d := range []time.Duration{-1, MaxBlockTime + 1} {
		if _, err := b.Subscribe(SubscribeOptions{BlockTime: d}, "*"); err == nil {
			t.Errorf("%v is accepted", d)
		}
	}
}

func TestTimeToLive(t *testing.T) {
	now := time.Unix(1000, 0)
	b := New(Options{Now: func() time.Time { return now }})
	s := subscribe(t, b, SubscribeOptions{Buffer: 2, Policy: DropNewest}, "*")
	for i := range 2 {
		if _, err := b.Publish(background, "x", i, PublishOptions{Meta: Metadata{TTL: time.Second}}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Second)
	publish(t, b, "x", 2) // finds room, since the others have expired
	if got := drain(s); got != "2" {
		t.Errorf("got %s", got)
	}
	if len(b.History(Query{})) != 1 {
		t.Errorf("history %v", b.History(Query{}))
	}
	if i := s.Info(); i.Expired != 2 || i.Dropped != 0 || i.Received != 1 {
		t.Errorf("%+v", i)
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Unix(1000, 0)
	b := New(Options{Now: func() time.Time { return now }, MaxPerSecond: 10})
	n := 0
	burst := func() {
		for range 50 {
			_, err := b.Publish(background, "x", nil, PublishOptions{})
			var limited *LimitedError
			if err == nil {
				n++
			} else if !errors.As(err, &limited) {
				t.Fatal(err)
			}
		}
	}
	burst()
	now = now.Add(500 * time.Millisecond)
	burst()
	now = now.Add(time.Hour)
	burst()
	now = now.Add(-2 * time.Hour)
	burst()
	if n != 25 || b.Stats().Limited != 175 {
		t.Errorf("%d were published: %+v", n, b.Stats())
	}
}

func TestHistory(t *testing.T) {
	now := time.Unix(1000, 0)
	b := New(Options{History: 5, HistoryBytes: 10_000, Now: func() time.Time { return now }})
	for i := range 8 {
		now = now.Add(time.Second)
		if _, err := b.Publish(background, fmt.Sprintf("t%d.x", i%2), i, PublishOptions{Meta: Metadata{CorrelationID: fmt.Sprint("c", i%3)}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		q    Query
		want string
	}{
		"all":         {Query{}, "3 4 5 6 7"},
		"limit":       {Query{Limit: 2}, "6 7"},
		"pattern":     {Query{Patterns: []string{"t1.*"}}, "3 5 7"},
		"after":       {Query{After: 6}, "6 7"},
		"since":       {Query{Since: time.Unix(1006, 0)}, "5 6 7"},
		"until":       {Query{Until: time.Unix(1006, 0)}, "3 4"},
		"correlation": {Query{CorrelationID: "c1"}, "4 7"},
	} {
		var got []string
		for _, e := range b.History(tt.q) {
			got = append(got, fmt.Sprint(e.Data))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
	publish(t, b, "big", strings.Repeat("x", 9_500))
	if s := b.Stats(); s.HistoryBytes > 10_000 || s.History != 2 {
		t.Errorf("%+v", s)
	}
	publish(t, b, "bigger", strings.Repeat("x", 20_000)) // than all of the history: not remembered
	if s := b.Stats(); s.History != 2 {
		t.Errorf("%+v", s)
	}
	if _, err := b.Publish(background, "huge", []any{strings.Repeat("x", 5<<20)}, PublishOptions{}); err == nil {
		t.Error("an event of 5 MB was taken")
	}
}

func TestIncludeExcludeOff(t *testing.T) {
	b := New(Options{Include: []string{"user.*", "order.*"}, Exclude: []string{"*.debug"}})
	for eventType, want := range map[string]bool{"user.x": true, "order.x": true, "user.debug": false, "tool.x": false} {
		e, err := b.Publish(background, eventType, nil, PublishOptions{})
		if err != nil || (e != nil) != want || b.Wanted(eventType) != want {
			t.Errorf("%s: %v, %v", eventType, e, err)
		}
	}
	off := New(Options{Off: true})
	if e, err := off.Publish(background, "x", nil, PublishOptions{}); e != nil || err != nil || off.Wanted("x") {
		t.Errorf("%v, %v", e, err)
	}
}

func TestLimits(t *testing.T) {
	b := New(Options{MaxSubscriptions: 2, BufferBytes: 3000})
	s := subscribe(t, b, SubscribeOptions{Filter: func(e *Event) bool { return e.Data != "no" }}, "*")
	subscribe(t, b, SubscribeOptions{Filter: func(*Event) bool { panic("argh") }}, "*")
	if _, err := b.Subscribe(SubscribeOptions{}, "*"); err == nil {
		t.Error("a third subscription was made")
	}
	publish(t, b, "x", "no")
	for range 100 {
		publish(t, b, "x", strings.Repeat("x", 800))
	}
	if i := s.Info(); i.Pending > 4 || i.Dropped != 100-int64(i.Pending) {
		t.Errorf("%+v", i)
	}
	b.Close()
	if _, err := b.Subscribe(SubscribeOptions{}, "*"); err == nil {
		t.Error("a closed bus took a subscription")
	}
	for range 4 {
		s.TryReceive()
	}
	if _, err := s.Receive(background); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if s.Unsubscribe() {
		t.Error("ended twice")
	}
}

func TestReceiveTimeout(t *testing.T) {
	b := New(Options{})
	s := subscribe(t, b, SubscribeOptions{}, "*")
	if e, err := s.ReceiveTimeout(background, time.Millisecond); e != nil || err != nil {
		t.Errorf("%v, %v", e, err)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := s.ReceiveTimeout(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	go func() { _, _ = b.Publish(background, "x", 1, PublishOptions{}) }()
	if e, err := s.ReceiveTimeout(background, time.Minute); err != nil || e.Data != 1 {
		t.Errorf("%v, %v", e, err)
	}
}

func hook(t testing.TB, r *hooks.Registry, p hooks.Point, f func(*hooks.Call) hooks.Result) {
	t.Helper()
	if _, err := r.Register(p, hooks.Definition{Name: "test", Func: func(_ context.Context, c *hooks.Call) (hooks.Result, error) { return f(c), nil }}); err != nil {
		t.Fatal(err)
	}
}

func TestHooks(t *testing.T) {
	r := hooks.New(hooks.Options{})
	b := New(Options{Hooks: r})
	s := subscribe(t, b, SubscribeOptions{}, "*")
	var after []string
	hook(t, r, hooks.BeforeEventEmit, func(c *hooks.Call) hooks.Result {
		switch c.Component.Name {
		case "cancel":
			return hooks.Result{Kind: hooks.Cancel, Reason: "no"}
		case "modify":
			return hooks.Result{Kind: hooks.Modified, Data: map[string]any{"data": "other"}}
		case "replace":
			return hooks.Result{Kind: hooks.Replace, Value: "replaced"}
		case "redirect":
			return hooks.Result{Kind: hooks.Redirect, Target: "elsewhere"}
		case "nowhere":
			return hooks.Result{Kind: hooks.Redirect, Target: "*"}
		}
		return hooks.Result{}
	})
	hook(t, r, hooks.AfterEventEmit, func(c *hooks.Call) hooks.Result {
		after = append(after, fmt.Sprint(c.Component.Name, c.Data["data"], c.Data["subscriptions"]))
		return hooks.Result{}
	})
	var cancelled *hooks.CancelledError
	if _, err := b.Publish(background, "cancel", 1, PublishOptions{}); !errors.As(err, &cancelled) || cancelled.Reason != "no" {
		t.Errorf("cancel: %v", err)
	}
	if _, err := b.Publish(background, "nowhere", 1, PublishOptions{}); err == nil {
		t.Error("an event was redirected to a pattern")
	}
	for _, eventType := range []string{"plain", "modify", "replace", "redirect"} {
		publish(t, b, eventType, 1)
	}
	if got := drain(s); got != "1 other replaced 1" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(after, " "); got != "plain1 1 modifyother1 replacereplaced1 elsewhere1 1" {
		t.Errorf("after: %s", got)
	}
	if b.Stats().Cancelled != 1 {
		t.Errorf("%+v", b.Stats())
	}
}

func TestHandle(t *testing.T) {
	r := hooks.New(hooks.Options{})
	b := New(Options{Hooks: r})
	var failures, handled atomic.Int64
	hook(t, r, hooks.EventHandlerError, func(c *hooks.Call) hooks.Result {
		if text := fmt.Sprint(c.Data["error"]); strings.Contains(text, "odd") || strings.Contains(text, "argh") {
			failures.Add(1)
		}
		return hooks.Result{}
	})
	if _, err := b.Handle(background, SubscribeOptions{}, func(ctx context.Context, e *Event) error {
		defer handled.Add(1)
		switch n := e.Data.(int); {
		case n == 9:
			panic("argh")
		case n == 10:
			<-ctx.Done() // until the bus is closed
		case n%2 == 1:
			return errors.New("odd")
		}
		return nil
	}, "*"); err != nil {
		t.Fatal(err)
	}
	for i := range 11 {
		publish(t, b, "x", i)
	}
	for failures.Load() < 5 {
		time.Sleep(time.Millisecond)
	}
	b.Close()
	if handled.Load() != 11 && handled.Load() != 10 { // the last may not have begun
		t.Errorf("%d were handled", handled.Load())
	}
	if _, err := b.Handle(background, SubscribeOptions{}, nil, "*"); err == nil {
		t.Error("a closed bus took a handler")
	}
	ctx, cancel := context.WithCancel(background)
	other := New(Options{})
	if _, err := other.Handle(ctx, SubscribeOptions{}, func(context.Context, *Event) error { return nil }, "*"); err != nil {
		t.Fatal(err)
	}
	cancel()
	for other.Stats().Subscriptions > 0 {
		time.Sleep(time.Millisecond)
	}
	other.Close()
}

// Publishers, subscribers who come and go, and those who ask, all at once. Each
// subscriber gets what one publisher has published in its order, and with Block
// all of it.
func TestStress(t *testing.T) {
	b := New(Options{})
	const publishers, each = 4, 5000
	steady := subscribe(t, b, SubscribeOptions{Buffer: 64, Policy: Block, BlockTime: MaxBlockTime}, "p?")
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for i := range each {
				if _, err := b.Publish(background, fmt.Sprint("p", p), i, PublishOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s, err := b.Subscribe(SubscribeOptions{Buffer: 8}, "p*")
				if err != nil {
					t.Error(err)
					return
				}
				last := map[string]int{}
				for range 20 {
					if e := s.TryReceive(); e != nil {
						if before, ok := last[e.Type]; ok && e.Data.(int) <= before {
							t.Errorf("%s: %v after %d", e.Type, e.Data, before)
						}
						last[e.Type] = e.Data.(int)
					}
				}
				b.Stats()
				b.History(Query{Limit: 3})
				b.Subscriptions("")
				s.Unsubscribe()
			}
		})
	}
	next := map[string]int{}
	for range publishers * each {
		e, err := steady.Receive(background)
		if err != nil {
			t.Fatal(err)
		}
		if e.Data != next[e.Type] {
			t.Fatalf("%s: %v, want %d", e.Type, e.Data, next[e.Type])
		}
		next[e.Type]++
	}
	all.Wait()
	close(stop)
	others.Wait()
	if s := b.Stats(); s.Published != publishers*each || s.Subscriptions != 1 || s.Pending != 0 {
		t.Errorf("%+v", s)
	}
	b.Close()
}

// An event that nobody gets costs little.
func TestNobodyListens(t *testing.T) {
	b := New(Options{History: -1})
	b.id()
	if n := testing.AllocsPerRun(100, func() {
		if _, err := b.Publish(background, "x", nil, PublishOptions{}); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

// A subscriber that takes nothing cannot hold up what the kernel does.
func TestKernelEventsWaitForNobody(t *testing.T) {
	b := New(Options{})
	s := subscribe(t, b, SubscribeOptions{Buffer: 1, Policy: Block}, "*")
	for range 3 {
		if b.MayBlock(ExecutionStarted) {
			t.Error("it may block")
		}
		if _, err := b.Publish(t.Context(), ExecutionStarted, nil, PublishOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if i := s.Info(); i.Pending != 1 || i.Dropped != 2 {
		t.Errorf("%+v", i)
	}
}

// The documentation names all events of the kernel.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{KernelStarted, KernelStopping, ConfigReloaded, SessionCreated, SessionClosed, ExecutionStarted, ExecutionCompleted,
		ExecutionFailed, ToolInvoked, ToolCompleted, ToolFailed, StateChanged, string(DropOldest), string(DropNewest), string(Block), string(Reject)} {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/events.md does not name %s", name)
		}
	}
}
