package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

// forgetting is what memory forget is told.
type forgetting struct {
	turns                memoryFilter
	all, facts           bool
	olderThan            string
	keepPerSession       int
	important            float64
	processed, keepFacts bool
	entities, aliases    []string
	known                []int64 // facts, by their numbers
	patterns             bool
	pattern              []int64 // by their numbers
	given                func(flag string) bool
}

func (m *memoryCall) forgetCommand() *cobra.Command {
	var f forgetting
	cmd := &cobra.Command{
		Use:   "forget [ID...]",
		Short: "Forget turns, or what is known, so that no trace of them is left",
		Long: `Forget turns, or what is known, so that no trace of them is left: neither in the database nor in its log.

What is named must be there. With a turn goes what is known from it alone. Backups, exports and copies of the file are not concerned.

--older-than and --keep-per-session forget what a retention does not keep; so does a daemon, if runtime.memory.retention says so.`,
		Example: `  llmspell memory forget --session chat-7
  llmspell memory forget D1:3 --session chat-7
  llmspell memory forget --until 2024-01-01
  llmspell memory forget --older-than 90d --processed --keep-facts
  llmspell memory forget --entity Ann`,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, ids []string) error {
			f.turns.ids = ids
			n, err := f.run(ctx, mem)
			if n > 0 {
				fmt.Fprintf(m.a.stderr, "llmspell: %d forgotten\n", n)
			}
			return err
		}),
	}
	f.turns.add(cmd)
	flags := cmd.Flags()
	f.given = flags.Changed
	flags.BoolVar(&f.all, "all", false, "all turns of the tenant, what is known from them alone, and what of the rest is damaged")
	flags.StringArrayVar(&f.entities, "entity", nil, "the entity with this name, and all that is or was known of it (may be repeated)")
	flags.Int64SliceVar(&f.known, "fact", nil, "the fact with this number, as memory query and memory check show it (may be repeated)")
	flags.StringArrayVar(&f.aliases, "alias", nil, "this name of an entity, which has another (may be repeated)")
	flags.BoolVar(&f.facts, "knowledge", false, "all entities and facts")
	flags.BoolVar(&f.patterns, "patterns", false, "all patterns, or with --session those of these sessions")
	flags.Int64SliceVar(&f.pattern, "pattern", nil, "the pattern with this number, as memory check and memory patterns --format json show it (may be repeated)")
	flags.StringVar(&f.olderThan, "older-than", "", "turns that happened longer ago, e.g. 90d, 12h")
	flags.IntVar(&f.keepPerSession, "keep-per-session", 0, "turns beyond so many of a session: the least important, of these the oldest")
	flags.Float64Var(&f.important, "keep-important", 0, "with these two: keep turns whose metadata has an importance of so much or more")
	flags.BoolVar(&f.processed, "processed", false, "with these two: only turns that were consolidated")
	flags.BoolVar(&f.keepFacts, "keep-facts", false, "with these two: keep what is known from the turns")
	return cmd
}

// run forgets, and tells how many there were.
func (f *forgetting) run(ctx context.Context, mem *kernel.Memory) (int, error) {
	filter, err := f.turns.filter()
	if err != nil {
		return 0, err
	}
	turns := f.all || len(filter.IDs)+len(filter.Roles) > 0 || !filter.Since.IsZero() || !filter.Until.IsZero() || filter.Metadata != nil || len(filter.Sessions) > 0 && !f.patterns
	if f.given("keep-per-session") && f.keepPerSession < 1 {
		return 0, usagef("--keep-per-session must be 1 or more, not %d: --all forgets all turns", f.keepPerSession)
	}
	retention := f.olderThan != "" || f.keepPerSession != 0
	kinds := 0
	for _, given := range []bool{turns, retention, len(f.entities) > 0, len(f.aliases) > 0, len(f.known) > 0, f.facts, f.patterns, len(f.pattern) > 0} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return 0, usagef("say what: an ID, --session, --role, --since, --until, --metadata, --all, --older-than, --keep-per-session, --entity, --alias, --fact, --knowledge, --patterns or --pattern")
	case kinds > 1:
		return 0, usagef("turns, what a retention does not keep, entities, aliases, facts, all knowledge, patterns: forget one kind at a time")
	case !retention && (f.important != 0 || f.processed || f.keepFacts):
		return 0, usagef("--keep-important, --processed and --keep-facts go with --older-than or --keep-per-session")
	case retention:
		return f.retain(ctx, mem)
	case f.facts:
		return mem.ForgetKnowledge(ctx)
	case f.patterns:
		return mem.ForgetPatterns(ctx, memory.PatternQuery{Sessions: filter.Sessions})
	case len(f.entities) > 0:
		return forgetEach(ctx, f.entities, mem.ForgetEntity)
	case len(f.aliases) > 0:
		return forgetEach(ctx, f.aliases, mem.ForgetAlias)
	case len(f.pattern) > 0:
		return forgetEach(ctx, f.pattern, mem.ForgetPattern)
	case len(f.known) > 0:
		return forgetEach(ctx, f.known, mem.ForgetFact)
	}
	n, err := mem.Forget(ctx, filter, f.all)
	if err == nil && n == 0 && !f.all {
		err = errors.New("there is nothing of the kind; llmspell memory list shows what there is")
	}
	return n, err
}

// forgetEach forgets what is named, and tells how much of it.
func forgetEach[T any](ctx context.Context, list []T, forget func(context.Context, T) error) (int, error) {
	for i, what := range list {
		if err := forget(ctx, what); err != nil {
			return i, err
		}
	}
	return len(list), nil
}

// retain forgets what a retention does not keep.
func (f *forgetting) retain(ctx context.Context, mem *kernel.Memory) (int, error) {
	p := memory.Retention{MaxPerSession: f.keepPerSession, Important: f.important, ProcessedOnly: f.processed, KeepFacts: f.keepFacts}
	var err error
	if f.olderThan != "" {
		if p.MaxAge, err = parseAge(f.olderThan); err != nil {
			return 0, usagef("--older-than: %w", err)
		}
	}
	if err := p.Validate(); err != nil {
		return 0, usagef("%w", err)
	}
	return mem.Retain(ctx, p)
}

// parseAge reads a duration that may be in days or weeks, too.
func parseAge(text string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			if n, err := strconv.ParseFloat(number, 64); err == nil && n*float64(length) >= 1 && n*float64(length) < math.MaxInt64 {
				return time.Duration(n * float64(length)), nil
			}
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d, nil
	}
	return 0, fmt.Errorf("%q is no time such as 90d, 2w or 12h, of less than 292 years", text)
}
