package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
)

func (a *app) ragCommand() *cobra.Command {
	m := &memoryCall{a: a}
	cmd := &cobra.Command{
		Use:   "rag",
		Short: "Take in documents, find what is in them, delete them",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(m.ragIngestCommand(), m.ragSearchCommand(), m.ragListCommand(), m.ragStatsCommand(), m.ragDeleteCommand())
	cmd.PersistentFlags().StringVar(&m.tenant, "tenant", "", "whose documents (default runtime.memory.tenant of the configuration)")
	return cmd
}

// allScopes is the scope that stands for all.
const allScopes = "*"

// ragFilter are the flags that say which documents are meant.
type ragFilter struct {
	scopes, collections, ids []string
	metadata                 string
}

func (f *ragFilter) add(cmd *cobra.Command, scopes string) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.scopes, "scope", nil, `only of this scope, such as session:chat-7; a* is any that begins with a (may be repeated; default: `+scopes+`)`)
	flags.StringArrayVar(&f.collections, "collection", nil, "only of this collection (may be repeated)")
	flags.StringVar(&f.metadata, "metadata", "", "only with these members of metadata, a JSON object")
}

// filter is what the flags mean. Without a scope it is of fallback.
func (f *ragFilter) filter(fallback string) (out memory.DocumentFilter, err error) {
	out = memory.DocumentFilter{Scopes: f.scopes, Collections: f.collections, IDs: f.ids}
	if len(out.Scopes) == 0 && fallback != allScopes {
		out.Scopes = []string{fallback}
	}
	for _, scope := range out.Scopes {
		if err := memory.CheckScope(scope); err != nil {
			return out, usagef("--scope: %w", err)
		}
	}
	out.Metadata, err = metadataFlag(f.metadata)
	return out, err
}

// shownDocument is a document as JSON.
type shownDocument struct {
	ID         string         `json:"id"`
	Scope      string         `json:"scope"`
	Collection string         `json:"collection"`
	Title      string         `json:"title,omitempty"`
	Source     string         `json:"source,omitempty"`
	Metadata   map[string]any `json:"metadata,omitempty"`
	Ingested   time.Time      `json:"ingested"`
	Bytes      int            `json:"bytes"`
	Tokens     int            `json:"tokens"`
	Chunks     int            `json:"chunks"`
}

func showDocument(d *memory.Document) shownDocument {
	return shownDocument{d.ID, d.Scope, d.Collection, d.Title, d.Source, d.Metadata, d.Ingested, d.Bytes, d.Tokens, d.Chunks}
}

func (m *memoryCall) ragListCommand() *cobra.Command {
	var f ragFilter
	var limit int
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List documents",
		Args:  cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			filter, err := f.filter(allScopes)
			if err != nil {
				return err
			}
			filter.Limit = limit
			var damaged []error
			filter.Damaged = func(d *memory.Document, why error) error {
				if filter.Names(d) {
					damaged = append(damaged, why)
				}
				return nil
			}
			list, err := mem.Library.List(ctx, filter)
			if err != nil {
				return err
			}
			for _, why := range damaged {
				fmt.Fprintf(m.a.stderr, "llmspell: warning: left out: %v\n", why)
			}
			rows, t := []shownDocument{}, table{header: []string{"ID", "SCOPE", "COLLECTION", "CHUNKS", "TOKENS", "TITLE"}}
			for _, d := range list {
				rows = append(rows, showDocument(d))
				t.rows = append(t.rows, []string{oneLine(d.ID), d.Scope, d.Collection, fmt.Sprint(d.Chunks), fmt.Sprint(d.Tokens), oneLine(d.Title)})
			}
			return m.a.printRows(t, rows, format.value)
		}),
	}
	f.add(cmd, "all")
	cmd.Flags().StringArrayVar(&f.ids, "id", nil, "only with this id (may be repeated)")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many at most (0: all)")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (m *memoryCall) ragStatsCommand() *cobra.Command {
	var f ragFilter
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Count documents, by scope and collection",
		Args:  cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			filter, err := f.filter(allScopes)
			if err != nil {
				return err
			}
			list, err := mem.Library.Collections(ctx, filter)
			if err != nil {
				return err
			}
			meaning, err := mem.Library.Meaning().Stats(ctx)
			if err != nil {
				return err
			}
			vectors := showVectors(meaning)
			type shown struct {
				Scope      string  `json:"scope"`
				Collection string  `json:"collection"`
				Documents  int     `json:"documents"`
				Chunks     int     `json:"chunks"`
				Bytes      int     `json:"bytes"`
				Tokens     int     `json:"tokens"`
				TTL        float64 `json:"ttl_seconds,omitempty"`
			}
			rows, all := []shown{}, shown{}
			t := table{header: []string{"SCOPE", "COLLECTION", "DOCUMENTS", "CHUNKS", "TOKENS", "LIVE FOR"}, width: terminalWidth(m.a.stdout)}
			for _, c := range list {
				rows = append(rows, shown{c.Scope, c.Name, c.Documents, c.Chunks, c.Bytes, c.Tokens, c.TTL.Seconds()})
				all.Documents, all.Chunks, all.Bytes, all.Tokens = all.Documents+c.Documents, all.Chunks+c.Chunks, all.Bytes+c.Bytes, all.Tokens+c.Tokens
				live := "ever"
				if c.TTL > 0 {
					live = c.TTL.String()
				}
				t.rows = append(t.rows, []string{c.Scope, c.Name, fmt.Sprint(c.Documents), fmt.Sprint(c.Chunks), fmt.Sprint(c.Tokens), live})
			}
			if format.value != "text" {
				return writeAs(m.a.stdout, format.value, map[string]any{"database": mem.Backend.Where(), "documents": all.Documents, "chunks": all.Chunks, "bytes": all.Bytes,
					"tokens": all.Tokens, "collections": rows, "vectors": vectors})
			}
			out := newOutput(m.a.stdout)
			fmt.Fprintf(out, "documents    %d (%s, %s)\ndatabase     %s\n", all.Documents, plural.Of(all.Chunks, "chunk"), plural.Of(all.Tokens, "token"), mem.Backend.Where())
			io.WriteString(out, vectors.text("pieces of documents"))
			if len(rows) > 0 {
				fmt.Fprintln(out)
				t.print(out)
			}
			return out.Flush()
		}),
	}
	f.add(cmd, "all")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (m *memoryCall) ragDeleteCommand() *cobra.Command {
	var f ragFilter
	var all bool
	cmd := &cobra.Command{
		Use:   "delete [ID...]",
		Short: "Delete documents, so that no trace of them is left",
		Long: `Delete documents, so that no trace of them is left: neither in the database nor in its log.

What is named must be there. An ID alone means the documents of all scopes that have it.`,
		Example: "  llmspell rag delete /home/ann/docs/boats.md\n  llmspell rag delete --scope session:chat-7\n  llmspell rag delete --collection manuals",
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, ids []string) error {
			f.ids = ids
			filter, err := f.filter(allScopes)
			if err != nil {
				return err
			}
			n, err := mem.Library.Delete(ctx, filter, all)
			if errors.Is(err, memory.ErrEverything) {
				return usagef("say what: an ID, --scope, --collection, --metadata, or --all")
			}
			if err == nil && n == 0 && !all {
				err = errors.New("there is nothing of the kind; llmspell rag list shows what there is")
			}
			if n > 0 {
				fmt.Fprintf(m.a.stderr, "llmspell: %d deleted\n", n)
			}
			return err
		}),
	}
	f.add(cmd, "all")
	cmd.Flags().BoolVar(&all, "all", false, "all of the tenant's")
	return cmd
}

func (m *memoryCall) ragSearchCommand() *cobra.Command {
	var f ragFilter
	var limit int
	var threshold float64
	format := newChoice("text", "table", "json", "yaml")
	cmd := &cobra.Command{
		Use:     "search QUERY",
		Short:   "Find pieces of documents by their words, and with an embedder by their meaning, the best first",
		Example: "  llmspell rag search 'how is a boat varnished' --limit 3\n  llmspell rag search ferry --scope session:chat-7 --format json",
		Args:    cobra.ExactArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			if limit < 1 {
				return usagef("--limit must be 1 or more, not %d", limit)
			}
			if !(threshold >= 0 && threshold <= 1) {
				return usagef("--threshold must be from 0 to 1, not %v", threshold)
			}
			filter, err := f.filter(rag.DefaultScope)
			if err != nil {
				return err
			}
			answer, err := mem.Library.Find(ctx, rag.Query{Text: args[0], Filter: filter, Limit: limit, Threshold: threshold})
			if err != nil {
				return err
			}
			m.warn(answer.Warning)
			return errors.Join(m.printFound(args[0], answer.Found, format.value), leftOut(answer.Damaged))
		}),
	}
	f.add(cmd, "global; '*' is all")
	cmd.Flags().StringArrayVar(&f.ids, "id", nil, "only of the document with this id (may be repeated)")
	cmd.Flags().IntVar(&limit, "limit", 10, "how many at most")
	cmd.Flags().Float64Var(&threshold, "threshold", 0, "leave out what scores less, as a part of the best: 0 to 1")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

// printFound prints pieces of documents.
func (m *memoryCall) printFound(query string, found []rag.Found, format string) error {
	type shown struct {
		ID         string         `json:"id"`
		Scope      string         `json:"scope"`
		Collection string         `json:"collection"`
		Title      string         `json:"title,omitempty"`
		Source     string         `json:"source,omitempty"`
		Headings   []string       `json:"headings,omitempty"`
		Number     int            `json:"number"`
		Start      int            `json:"start"`
		End        int            `json:"end"`
		Score      float64        `json:"score"`
		Content    string         `json:"content"`
		Metadata   map[string]any `json:"metadata,omitempty"`
	}
	rows, t := []shown{}, table{header: []string{"SCORE", "ID", "NUMBER", "CONTENT"}}
	for _, k := range found {
		d := k.Of
		rows = append(rows, shown{d.ID, d.Scope, d.Collection, d.Title, d.Source, k.Headings, k.Number, k.Start, k.End, k.Score, k.Text, d.Metadata})
		t.rows = append(t.rows, []string{fmt.Sprintf("%.3f", k.Score), oneLine(d.ID), fmt.Sprint(k.Number), shortened(oneLine(k.Text), 240)})
	}
	if format == "json" || format == "yaml" {
		return writeAs(m.a.stdout, format, map[string]any{"query": query, "total": len(rows), "results": rows})
	}
	return m.a.printRows(t, rows, format)
}

// shortened is a line of so many characters at most.
func shortened(line string, most int) string {
	n := 0
	for i := range line {
		if n++; n == most {
			return line[:i] + "…"
		}
	}
	return line
}
