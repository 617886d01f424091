package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

// shownFact is a fact as JSON.
type shownFact struct {
	ID         int64      `json:"id"`
	Subject    string     `json:"subject"`
	Predicate  string     `json:"predicate"`
	Object     any        `json:"object"`
	IsEntity   bool       `json:"is_entity"`
	Text       string     `json:"text"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidTo    *time.Time `json:"valid_to,omitempty"`
	KnownFrom  *time.Time `json:"known_from,omitempty"`
	KnownTo    *time.Time `json:"known_to,omitempty"`
	Confidence float64    `json:"confidence"`
	// Sources are the turns that tell it. It is forgotten with the last of them, unless somebody has asserted it.
	Sources  []memory.TurnName `json:"sources,omitempty"`
	Asserted bool              `json:"asserted"`
}

// shownEntity is an entity as JSON.
type shownEntity struct {
	ID      int64       `json:"id"`
	Name    string      `json:"name"`
	Type    string      `json:"entity_type"`
	Aliases []string    `json:"aliases,omitempty"`
	Facts   []shownFact `json:"facts"`
	Score   float64     `json:"score,omitempty"`
}

func showFact(f memory.Statement, sources []memory.TurnName) shownFact {
	at := func(i memory.Instant) *time.Time {
		if t := i.Time(); !t.IsZero() {
			return &t
		}
		return nil // from ever, for ever
	}
	return shownFact{f.ID, f.Name, f.Predicate, f.Object, f.Fact.Object.Entity != 0, f.Text(), at(f.Valid.From), at(f.Valid.To), at(f.Known.From), at(f.Known.To), f.Confidence, sources, f.Asserted()}
}

func showEntity(ctx context.Context, mem *kernel.Memory, k memory.Known) (shownEntity, error) {
	e := shownEntity{ID: k.ID, Name: k.Name, Type: k.Type, Aliases: k.Aliases, Facts: make([]shownFact, len(k.Facts)), Score: k.Score}
	facts := make([]memory.Fact, len(k.Facts))
	for i, f := range k.Facts {
		facts[i] = f.Fact
	}
	turns, err := mem.TurnsOf(ctx, facts...)
	for i, f := range k.Facts {
		e.Facts[i] = showFact(f, turns[f.ID])
	}
	return e, err
}

// printEntities prints entities, each with its facts.
func (a *app) printEntities(list []shownEntity, format string) error {
	if format != "text" {
		return writeAs(a.stdout, format, list)
	}
	out := newOutput(a.stdout)
	for _, e := range list {
		fmt.Fprint(out, e.Name)
		if e.Type != "" {
			fmt.Fprintf(out, " (%s)", e.Type)
		}
		if len(e.Aliases) > 0 {
			fmt.Fprintf(out, ", also %s", strings.Join(e.Aliases, ", "))
		}
		fmt.Fprintln(out)
		for _, f := range e.Facts {
			fmt.Fprintf(out, "  %s: %s%s\n", memory.PredicateText(f.Predicate), oneLine(fmt.Sprint(f.Object)), f.times())
		}
	}
	return out.Flush()
}

// times is when a fact holds, and if it is believed no longer, until when it was.
func (f *shownFact) times() string {
	var parts []string
	if f.ValidFrom != nil {
		parts = append(parts, "since "+f.ValidFrom.Format(time.DateOnly))
	}
	if f.ValidTo != nil {
		parts = append(parts, "until "+f.ValidTo.Format(time.DateOnly))
	}
	if f.KnownTo != nil {
		parts = append(parts, "believed until "+f.KnownTo.Format(time.RFC3339))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// moment are the flags for a moment on both clocks.
type moment struct{ asOf, knownAt string }

func (w *moment) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.asOf, "as-of", "", "what held at this time, e.g. 2024-05-01 (default: now)")
	cmd.Flags().StringVar(&w.knownAt, "known-at", "", "as it was believed at this time (default: now)")
}

func (w *moment) on(mem *kernel.Memory) (memory.AsOf, error) {
	as := mem.Now()
	for _, f := range []struct {
		name, text string
		to         *memory.Instant
	}{{"--as-of", w.asOf, &as.Valid}, {"--known-at", w.knownAt, &as.Known}} {
		if f.text == "" {
			continue
		}
		t, err := memory.ParseTime(f.text)
		if err != nil {
			return as, usagef("%s: %w", f.name, err)
		}
		*f.to = memory.At(t)
	}
	return as, nil
}

func (m *memoryCall) queryCommand() *cobra.Command {
	var when moment
	var entityType, name string
	var limit int
	var history bool
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "query [WORDS]",
		Short: "Find what is known: entities by their words, the best first",
		Long: `Find what is known: entities by their names, aliases, types, and by what is known of them, the best first. Without words all.

llmspell memory consolidate takes what is known from turns; llmspell memory fact adds to it by hand.`,
		Example: "  llmspell memory query 'who lives in Rome'\n  llmspell memory query --name Ann --as-of 2024-05-01\n  llmspell memory query --name Ann --history",
		Args:    cobra.MaximumNArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			switch {
			case limit < 1:
				return usagef("--limit must be 1 or more, not %d", limit)
			case name != "" && len(args) > 0:
				return usagef("give words to look for, or --name")
			case history && name == "":
				return usagef("--history is of one entity: give --name")
			}
			as, err := when.on(mem)
			if err != nil {
				return err
			}
			var found []memory.Known
			if name != "" {
				at := &as
				if history {
					at = nil
				}
				k, err := mem.Know(ctx, name, at)
				if err != nil {
					return err
				}
				found = []memory.Known{*k}
			} else if found, err = mem.Query(ctx, memory.KnowledgeQuery{Text: strings.Join(args, " "), Type: entityType, Limit: limit, As: &as}); err != nil {
				return err
			}
			shown := make([]shownEntity, len(found))
			for i, k := range found {
				if shown[i], err = showEntity(ctx, mem, k); err != nil {
					return err
				}
			}
			return m.a.printEntities(shown, format.value)
		}),
	}
	when.add(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the entity with this name or alias")
	cmd.Flags().BoolVar(&history, "history", false, "all that was ever believed of it")
	cmd.Flags().StringVar(&entityType, "type", "", "only entities of this type, e.g. person")
	cmd.Flags().IntVar(&limit, "limit", 10, "how many at most")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (m *memoryCall) factCommand() *cobra.Command {
	var c memory.Claim
	var from, to string
	var entity bool
	how := newChoice("assert", "correct", "retract")
	cmd := &cobra.Command{
		Use:   "fact SUBJECT PREDICATE [OBJECT]",
		Short: "Say what is known: that a subject has an object as predicate",
		Long: `Say what is known: that a subject has an object as predicate, from now on or in a time.

The object is a text, a number, true or false; with --entity or --object-type the name of an entity. Of predicates with one object at a time, such as lives_in, a new
one takes the place of the one before. --how correct takes the place of all that was believed of its time, --how retract says that it does not hold.`,
		Example: "  llmspell memory fact Ann lives_in Rome --entity --from 2020-01-01\n  llmspell memory fact Ann age 41\n  llmspell memory fact Ann lives_in --how retract",
		Args:    cobra.RangeArgs(2, 3),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			if !(c.Confidence > 0 && c.Confidence <= 1) {
				return usagef("--confidence must be more than 0, and at most 1, not %v", c.Confidence)
			}
			c.Subject, c.Predicate = args[0], args[1]
			for _, f := range []struct {
				name, text string
				to         *time.Time
			}{{"--from", from, &c.From}, {"--to", to, &c.To}} {
				if f.text == "" {
					continue
				}
				t, err := memory.ParseTime(f.text)
				if err != nil {
					return usagef("%s: %w", f.name, err)
				}
				*f.to = t
			}
			switch {
			case len(args) == 3 && (entity || c.EntityType != ""):
				c.Entity = args[2]
			case len(args) == 3:
				c.Value = memory.ParseValue(args[2])
			case how.value != "retract":
				return usagef("give an object")
			}
			switch how.value {
			case "correct":
				return mem.Correct(ctx, c)
			case "retract":
				return mem.Retract(ctx, c)
			}
			return mem.Assert(ctx, c)
		}),
	}
	flags := cmd.Flags()
	addChoice(cmd, &how, "how", "believe it from now on, in place of all else of its time, or no longer")
	flags.BoolVar(&entity, "entity", false, "the object is the name of an entity")
	flags.StringVar(&c.SubjectType, "type", "", "the type of the subject, e.g. person")
	flags.StringVar(&c.EntityType, "object-type", "", "the type of the object, which is the name of an entity then")
	flags.StringVar(&from, "from", "", "since when it holds (default: now)")
	flags.StringVar(&to, "to", "", "until when (default: until something else is known to begin)")
	flags.Float64Var(&c.Confidence, "confidence", 1, "how sure it is: more than 0, at most 1")
	return cmd
}

func (m *memoryCall) consolidateCommand() *cobra.Command {
	var o memory.ConsolidateOptions
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "consolidate",
		Short: "Take what is known from the turns that were not read yet",
		Long: `Take what is known from the turns that were not read yet: who lives and works where, who is whose sister, what somebody likes, by rules of English.

What is asked, quoted, wished or denied is not taken, nor what assistants say. It may be run at any time: what was taken once is not taken again.`,
		Args: cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			done, stopped := mem.Consolidate(ctx, o)
			var err error
			if format.value == "text" {
				_, err = fmt.Fprintf(m.a.stdout, "read         %d (%d say nothing new, %d failed)\nentities     %d new, %d changed, %d merged\n",
					done.Processed, done.Skipped, done.Failed, done.Added, done.Updated, done.Deleted)
			} else {
				err = writeAs(m.a.stdout, format.value, map[string]any{"entries_processed": done.Processed, "entries_skipped": done.Skipped, "entries_failed": done.Failed,
					"entities_added": done.Added, "entities_updated": done.Updated, "entities_deleted": done.Deleted, "duration_ms": float64(done.Duration.Microseconds()) / 1000})
			}
			return errors.Join(append([]error{err, stopped}, done.Errors...)...)
		}),
	}
	cmd.Flags().StringArrayVar(&o.Sessions, "session", nil, "only of this session; a* is any that begins with a (may be repeated)")
	cmd.Flags().StringArrayVar(&o.Sessions, "session-id", nil, "the same")
	_ = cmd.Flags().MarkHidden("session-id") // the name in the original; it is there
	cmd.Flags().BoolVar(&o.Force, "force", false, "read again what was read before")
	addChoice(cmd, &format, "format", "how to print what was done")
	return cmd
}
