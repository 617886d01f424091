package suite

import (
	"context"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/internal/dialogue"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/gather"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/memory/text"
)

// retrievalBenchmarks measure what is between a question and the context that a model gets.
func retrievalBenchmarks() []bench.Benchmark {
	direct := func(name, what string, budget float64, times int, open func(context.Context, *bench.Env) (*bench.Probe, error)) bench.Benchmark {
		return bench.Benchmark{Name: name, Group: bench.Memory, What: what, Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: budget, Times: times, Open: open}
	}
	return []bench.Benchmark{
		direct("memory/add-all", "100 turns are added at a time, on the disk", 0, 10, addingAll),
		direct("memory/bm25", "the ten best of 10,000 turns by BM25, in memory", ms(1), 100, ranking),
		direct("memory/context", "2,000 tokens are found in 10,000 turns and assembled", ms(2), 50, gathering),
	}
}

func addingAll(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	const each = 100
	list := dialogue.Turns(each)
	m, store, err := openMemory(ctx, env, list, nil)
	if err != nil {
		return nil, err
	}
	n := 0
	return &bench.Probe{Close: store.Close, Once: func() error {
		n++
		added, err := m.AddAll(ctx, episodes(list, fmt.Sprint("again ", n)))
		if err == nil && len(added) != each {
			err = fmt.Errorf("%d of %d turns were added", len(added), each)
		}
		return err
	}}, nil
}

func ranking(context.Context, *bench.Env) (*bench.Probe, error) {
	turns := dialogue.Turns(10_000)
	ix, err := text.New(text.Params{})
	if err != nil {
		return nil, err
	}
	for i, t := range turns {
		if err := ix.Put(int64(i), text.Document{Session: t.Session, Speaker: t.Speaker, Body: t.Text, Time: t.Time}); err != nil {
			return nil, err
		}
	}
	questions, i := dialogue.Questions(turns, 200), 0
	return &bench.Probe{Once: func() error {
		i++
		hits, err := ix.Search(questions[i%len(questions)], text.Options{K: 10})
		if err == nil && len(hits) == 0 {
			err = fmt.Errorf("nothing for %q", questions[i%len(questions)])
		}
		return err
	}}, nil
}

func gathering(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	turns := dialogue.Turns(10_000)
	m, store, err := openMemory(ctx, env, turns, nil)
	if err != nil {
		return nil, err
	}
	l, err := rag.New(store, rag.Options{})
	var g *gather.Gatherer
	if err == nil {
		g, err = gather.New(m, l, "")
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	questions, i := dialogue.Questions(turns, 200), 0
	ask := func() error {
		i++
		c, err := g.Assemble(ctx, gather.Request{Query: questions[i%len(questions)], Strategy: assemble.FromConversations, Budget: 2000})
		if err == nil && c.Tokens == 0 {
			err = fmt.Errorf("nothing for %q", questions[i%len(questions)])
		}
		return err
	}
	for range questions { // so that the tokens of what there is were counted once
		if err := ask(); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	return &bench.Probe{Once: ask, Close: store.Close}, nil
}

// episodes are turns as a store takes them. A session, if there is one, replaces their own.
func episodes(turns []dialogue.Turn, session string) []memory.Episode {
	list := make([]memory.Episode, len(turns))
	for i, t := range turns {
		list[i] = memory.Episode{Session: t.Session, Role: t.Speaker, Content: t.Text, Time: t.Time}
		if session != "" {
			list[i].Session = session
		}
	}
	return list
}
