package live

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
)

const (
	// memberWait is how long the answer to one question is waited for.
	memberWait = 30 * time.Millisecond
	// At most maxAsking questions are under way, and maxAnswers answers remembered.
	maxAsking  = 4
	maxAnswers = 200
	maxMembers = 500
)

// question is one that is under way.
type question struct {
	began time.Time
	done  chan struct{} // closed when the answer is there
}

// asker asks one kernel for the members of variables and of values of the state. What it answers later than it was
// waited for is there for the next who asks.
type asker struct {
	client *rpc.Client
	source string

	mu      sync.Mutex
	closed  bool
	asking  map[string]*question       // by what is asked
	answers map[string][]catalog.Entry // the last ones
	tasks   sync.WaitGroup
}

func newAsker(f *fetcher) *asker {
	return &asker{client: f.client, source: f.source, asking: map[string]*question{}, answers: map[string][]catalog.Entry{}}
}

// close waits for the questions that are under way. The client must be closed.
func (a *asker) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.tasks.Wait()
}

// members are the fields that a path of names leads to in a session, as the kernel
// says in time, or has said before.
func (l *Live) members(session string, path []string) (list []catalog.Entry, late bool) {
	a := l.asker.Load()
	if a == nil || len(path) == 0 {
		return nil, false
	}
	expression := strings.Join(path, ".")
	return a.answer(session+" "+expression, func(ctx context.Context) ([]catalog.Entry, bool) { return a.fetch(ctx, session, expression) })
}

// answer is the answer to the question of a key, as it comes in time, or came before; late
// says that it has not come. A kernel that leaves one question unanswered for longer than
// that is not waited for again until it has answered: it hangs, and somebody types.
func (a *asker) answer(key string, fetch func(context.Context) ([]catalog.Entry, bool)) (list []catalog.Entry, late bool) {
	q, wait := a.ask(key, fetch)
	if q != nil && wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-q.done:
		case <-timer.C:
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.answers[key], !a.closed && (q == nil || a.asking[key] == q)
}

// ask begins to ask, unless it is asked already, and says how long the answer is waited
// for. The question is nil if there are too many already.
func (a *asker) ask(key string, fetch func(context.Context) ([]catalog.Entry, bool)) (q *question, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	wait = memberWait
	for _, other := range a.asking {
		wait = min(wait, memberWait-time.Since(other.began))
	}
	if q := a.asking[key]; q != nil {
		return q, wait
	}
	if a.closed || len(a.asking) >= maxAsking {
		return nil, 0
	}
	q = &question{began: time.Now(), done: make(chan struct{})}
	a.asking[key] = q
	a.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		list, ok := fetch(ctx)
		a.mu.Lock()
		defer a.mu.Unlock()
		if ok {
			if len(a.answers) >= maxAnswers {
				clear(a.answers)
			}
			a.answers[key] = list
		}
		delete(a.asking, key)
		close(q.done)
	})
	return q, wait
}

// fetch asks the kernel. It is not ok if that does not answer, or the session is busy
// with something that cannot be interrupted.
func (a *asker) fetch(ctx context.Context, session, expression string) (list []catalog.Entry, ok bool) {
	page, err := a.client.Variables(ctx, rpc.VariablesParams{Session: session, Expression: expression, Raw: true, Count: maxMembers})
	if err != nil {
		return nil, a.client.Err() == nil && ctx.Err() == nil // the session is gone
	}
	if page.Partial {
		return nil, false
	}
	return entriesOf(page.Variables[:min(len(page.Variables), maxMembers)], session, a.source), true
}
