package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// memoryCall is what the commands on memory have in common.
type memoryCall struct {
	a      *app
	tenant string
}

// on wraps a command that works on the memory.
func (m *memoryCall) on(run func(ctx context.Context, mem *kernel.Memory, args []string) error) func(*cobra.Command, []string) error {
	return started(func(cmd *cobra.Command, args []string) error {
		c := configOf(cmd).Config
		if path, _ := kernel.MemoryOptions(c); path == db.Memory {
			return errors.New("the memory is not kept: it ends with each process (runtime.memory.backend is \"memory\" in the configuration)")
		}
		var tenant *string
		if cmd.Flags().Changed("tenant") {
			tenant = &m.tenant
		}
		mem, err := kernel.OpenMemory(cmd.Context(), c, tenant)
		if err != nil {
			return err
		}
		return errors.Join(run(cmd.Context(), mem, args), mem.Close())
	})
}

func (a *app) memoryCommand() *cobra.Command {
	m := &memoryCall{a: a}
	cmd := &cobra.Command{
		Use:   "memory",
		Short: "Add to, search and forget what scripts and agents remember",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(m.addCommand(), m.searchCommand(), m.listCommand(), m.statsCommand(), m.forgetCommand(), m.exportCommand(), m.importCommand(), m.checkCommand(),
		m.queryCommand(), m.factCommand(), m.consolidateCommand(), m.patternsCommand(), m.embedCommand())
	cmd.PersistentFlags().StringVar(&m.tenant, "tenant", "", "whose memory (default runtime.memory.tenant of the configuration)")
	return cmd
}

// memoryFilter are the flags that say which episodes are meant.
type memoryFilter struct {
	sessions, ids, roles []string
	since, until         string
	metadata             string
}

func (f *memoryFilter) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sessions, "session", nil, "only of this session; a* is any that begins with a (may be repeated)")
	flags.StringArrayVar(&f.sessions, "session-id", nil, "the same")
	_ = flags.MarkHidden("session-id") // the name in the original; it is there
	flags.StringArrayVar(&f.roles, "role", nil, "only by this role (may be repeated)")
	flags.StringVar(&f.since, "since", "", "only what happened at this time or later, e.g. 2024-05-01 or 2024-05-01T13:00:00Z")
	flags.StringVar(&f.until, "until", "", "only what happened before this time")
	flags.StringVar(&f.metadata, "metadata", "", "only with these members of metadata, a JSON object")
}

func (f *memoryFilter) filter() (out memory.Filter, err error) {
	out = memory.Filter{Sessions: f.sessions, IDs: f.ids, Roles: f.roles}
	if f.since != "" {
		if out.Since, err = memory.ParseTime(f.since); err != nil {
			return out, usagef("--since: %w", err)
		}
	}
	if f.until != "" {
		if out.Until, err = memory.ParseTime(f.until); err != nil {
			return out, usagef("--until: %w", err)
		}
	}
	out.Metadata, err = metadataFlag(f.metadata)
	return out, err
}

func metadataFlag(text string) (map[string]any, error) {
	m, err := memory.ParseMetadata(text)
	if err != nil {
		return nil, usagef("--metadata must be a JSON object, not %s: %w", text, err)
	}
	return m, nil
}

// shownEpisode is an episode as JSON.
type shownEpisode struct {
	ID        string         `json:"id"`
	Session   string         `json:"session"`
	Role      string         `json:"role"`
	Content   string         `json:"content"`
	Time      time.Time      `json:"time"`
	Ingested  time.Time      `json:"ingested"`
	Metadata  map[string]any `json:"metadata,omitempty"`
	Processed bool           `json:"processed"`
	Score     *float64       `json:"score,omitempty"`
}

func showEpisode(e *memory.Episode) shownEpisode {
	return shownEpisode{ID: e.ID, Session: e.Session, Role: e.Role, Content: e.Content, Time: e.Time, Ingested: e.Ingested, Metadata: e.Metadata, Processed: e.Processed}
}

// printEpisodes prints a list in a format.
func (a *app) printEpisodes(list []shownEpisode, format string) error {
	out := newOutput(a.stdout)
	switch format {
	case "json", "yaml":
		if err := writeAs(out, format, list); err != nil {
			return err
		}
	case "table":
		t := table{header: []string{"ID", "SESSION", "ROLE", "TIME", "CONTENT"}, width: terminalWidth(a.stdout)}
		for _, e := range list {
			t.rows = append(t.rows, []string{e.ID, e.Session, e.Role, e.Time.Format(time.DateTime), oneLine(e.Content)})
		}
		t.print(out)
	default:
		for _, e := range list {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", e.ID, e.Session, e.Role, e.Time.Format(time.RFC3339), oneLine(e.Content))
		}
	}
	return out.Flush()
}

func (m *memoryCall) addCommand() *cobra.Command {
	var id, at, metadata string
	cmd := &cobra.Command{
		Use:     "add SESSION ROLE CONTENT",
		Short:   "Remember a turn, and print its id",
		Example: "  llmspell memory add chat-7 user 'My boat is called Marigold'\n  llmspell memory add chat-7 assistant 'A fine name.' --metadata '{\"topic\":\"boats\"}'",
		Args:    cobra.ExactArgs(3),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			e := memory.Episode{ID: id, Session: args[0], Role: args[1], Content: args[2]}
			var err error
			if e.Metadata, err = metadataFlag(metadata); err != nil {
				return err
			}
			if at != "" {
				if e.Time, err = memory.ParseTime(at); err != nil {
					return usagef("--time: %w", err)
				}
			}
			stored, err := mem.Add(ctx, e)
			if err == nil {
				_, err = fmt.Fprintln(m.a.stdout, stored.ID)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&id, "id", "", "its id in the session (default: a new one)")
	cmd.Flags().StringVar(&at, "time", "", "when it happened (default: now)")
	cmd.Flags().StringVar(&metadata, "metadata", "", "what else is to be kept, a JSON object")
	return cmd
}

func (m *memoryCall) listCommand() *cobra.Command {
	var f memoryFilter
	var limit int
	order := newChoice("taken", "time", "newest")
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"show"},
		Short:   "List turns",
		Args:    cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			filter, err := f.filter()
			if err != nil {
				return err
			}
			filter.Limit, filter.Order = limit, map[string]memory.Order{"time": memory.ByTime, "newest": memory.Newest}[order.value]
			damaged := memory.Damage{}
			filter.Damaged = func(e *memory.Episode, why error) error { damaged[e.Row] = why; return nil }
			list, err := mem.List(ctx, filter)
			if err != nil {
				return err
			}
			shown := make([]shownEpisode, len(list))
			for i, e := range list {
				shown[i] = showEpisode(e)
			}
			return errors.Join(m.a.printEpisodes(shown, format.value), leftOut(damaged.Err("turns")))
		}),
	}
	f.add(cmd)
	cmd.Flags().StringArrayVar(&f.ids, "id", nil, "only with this id (may be repeated)")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many at most (0: all)")
	addChoice(cmd, &order, "order", "in which order: as they were taken in, as they happened, the newest first")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (m *memoryCall) statsCommand() *cobra.Command {
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Count what is remembered",
		Args:  cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			s, err := mem.Stats(ctx)
			if err != nil {
				return err
			}
			if format.value != "text" {
				return writeAs(m.a.stdout, format.value, map[string]any{"tenant": s.Tenant, "database": s.Where, "episodes": s.Episodes, "sessions": s.Sessions,
					"unprocessed": s.Unprocessed, "sessions_with_unprocessed": s.UnprocessedSessions,
					"entities": s.Entities, "facts": s.Facts, "patterns": s.Patterns, "vectors": showVectors(s.Vectors)})
			}
			_, err = fmt.Fprintf(m.a.stdout, "episodes     %d (%d not consolidated)\nsessions     %d\nentities     %d\nfacts        %d\npatterns     %d\ntenant       %q\ndatabase     %s\n",
				s.Episodes, s.Unprocessed, s.Sessions, s.Entities, s.Facts, s.Patterns, s.Tenant, s.Where)
			if err == nil {
				_, err = io.WriteString(m.a.stdout, showVectors(s.Vectors).text("turns"))
			}
			return err
		}),
	}
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (m *memoryCall) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read everything, and compare the checksums",
		Args:  cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			if err := mem.Backend.Check(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(m.a.stdout, "ok")
			return err
		}),
	}
}
