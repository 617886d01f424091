package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/gather"
)

func (a *app) contextCommand() *cobra.Command {
	m := &memoryCall{a: a}
	cmd := &cobra.Command{
		Use:   "context",
		Short: "Make what a model should read before a question, of memory and documents",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(m.assembleCommand(), m.analyzeCommand(), m.strategiesCommand())
	cmd.PersistentFlags().StringVar(&m.tenant, "tenant", "", "whose memory (default runtime.memory.tenant of the configuration)")
	return cmd
}

// contextFlags are the flags that say what a context is made of.
type contextFlags struct {
	turns               memoryFilter
	budget              int
	encoding            string
	scopes, collections []string
	minScore            float64
	candidates          int
}

func (f *contextFlags) add(cmd *cobra.Command, budget int) {
	f.turns.add(cmd)
	flags := cmd.Flags()
	flags.IntVar(&f.budget, "budget", budget, fmt.Sprintf("how many tokens at most, %d or more", assemble.MinBudget))
	flags.IntVar(&f.budget, "max-tokens", budget, "the same")
	_ = flags.MarkHidden("max-tokens") // the name that scripts have for it; it is there
	flags.StringVar(&f.encoding, "encoding", "", "by which tokens are counted: o200k_base (default) or cl100k_base")
	flags.StringArrayVar(&f.scopes, "scope", nil, "documents of this scope; a* is any that begins with a (may be repeated; default: global, and those of the sessions)")
	flags.StringArrayVar(&f.collections, "collection", nil, "documents of this collection (may be repeated)")
	flags.Float64Var(&f.minScore, "min-score", 0, "leave out what scores less, as a part of the best of its source")
	flags.IntVar(&f.candidates, "candidates", 0, "how many of each source are looked at (0: enough to fill the budget)")
}

func (f *contextFlags) request(query string) (q gather.Request, err error) {
	q = gather.Request{Query: query, Budget: f.budget, Encoding: f.encoding, MinScore: f.minScore, Candidates: f.candidates,
		Documents: memory.DocumentFilter{Scopes: f.scopes, Collections: f.collections}}
	if f.budget < assemble.MinBudget {
		return q, usagef("--budget must be %d or more, not %d", assemble.MinBudget, f.budget)
	}
	q.Turns, err = f.turns.filter()
	return q, err
}

func strategyChoice() choice {
	names := []string{string(assemble.Hybrid)}
	for _, s := range assemble.Strategies() {
		if s != assemble.Hybrid {
			names = append(names, string(s))
		}
	}
	return newChoice(names...)
}

func (m *memoryCall) assembleCommand() *cobra.Command {
	var f contextFlags
	var batch bool
	strategy, format := strategyChoice(), newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "assemble QUERY | --batch",
		Short: "Print a context for a question",
		Long: `Print a context for a question: the best of turns, facts and documents that fits into the budget, in the order of time.

With --format json the answer also tells of each piece where it is from, and of what was left out why.

With --batch each line of stdin is a query: a text, or an object {"query": …} that may have session, role, since, until and metadata,
which then stand for those of the command line. Each answer is one line of JSON: {"query": …, "ids": […], "token_count": …, "formatted": …}, with the ids
of turns in the order of rank.`,
		Example: "  llmspell context assemble 'name of the boat' --session chat-7\n  llmspell context assemble 'how is a boat varnished' --strategy rag --budget 2000 --format json",
		Args:    cobra.MaximumNArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			if batch == (len(args) == 1) {
				return usagef("give a query, or --batch and queries on stdin")
			}
			q, err := f.request(strings.Join(args, ""))
			if err != nil {
				return err
			}
			q.Strategy = assemble.Strategy(strategy.value)
			if batch {
				return m.assembleLines(ctx, mem, q)
			}
			r, err := mem.Contexts.Assemble(ctx, q)
			if err != nil {
				return err
			}
			for _, w := range r.Warnings {
				fmt.Fprintf(m.a.stderr, "llmspell: %s\n", w)
			}
			if format.value != "text" {
				return writeAs(m.a.stdout, format.value, showContext(q.Query, r))
			}
			if _, err := fmt.Fprint(m.a.stdout, r.Text); err != nil {
				return err
			}
			fmt.Fprintf(m.a.stderr, "llmspell: %d of %d tokens (%s), %d pieces, %d left out\n", r.Tokens, r.Budget, r.Encoding, len(r.Chunks), len(r.Left))
			return nil
		}),
	}
	f.add(cmd, 1000)
	cmd.Flags().BoolVar(&batch, "batch", false, "answer each line of stdin")
	addChoice(cmd, &strategy, "strategy", "of what it is made")
	addChoice(cmd, &format, "format", "how to print it")
	return cmd
}

// assembleLines answers each line of stdin by one of stdout.
func (m *memoryCall) assembleLines(ctx context.Context, mem *kernel.Memory, q gather.Request) error {
	return m.a.answerLines(ctx, func(line string) (any, error) {
		asked, err := lineQuery(line, memory.Query{Filter: q.Turns})
		if err != nil {
			return nil, err
		}
		q := q
		q.Query, q.Turns = asked.Text, asked.Filter
		r, err := mem.Contexts.Assemble(ctx, q)
		if err != nil {
			return nil, err
		}
		return shownLine{asked.Text, idsByRank(r), r.Tokens, r.Text}, nil
	})
}

// shownLine is the answer to a line.
type shownLine struct {
	Query     string   `json:"query"`
	IDs       []string `json:"ids"`
	Tokens    int      `json:"token_count"`
	Formatted string   `json:"formatted"`
}

// idsByRank are the ids of the turns in a context, the best first.
func idsByRank(r *gather.Result) []string {
	byRank := make([]string, len(r.Chunks)+1)
	for _, c := range r.Chunks {
		if p := r.Of(c.Source, c.ID); p.Turn != nil {
			byRank[c.Rank] = p.Turn.ID
		}
	}
	out := []string{}
	for _, id := range byRank {
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}

// shownContext is a context as JSON.
type shownContext struct {
	Query      string         `json:"query"`
	Strategy   string         `json:"strategy"`
	IDs        []string       `json:"ids"` // of turns, in the order of rank
	Tokens     int            `json:"token_count"`
	Budget     int            `json:"budget"`
	Encoding   string         `json:"encoding"`
	Confidence float64        `json:"total_confidence"`
	Span       *shownSpan     `json:"temporal_span,omitempty"`
	Formatted  string         `json:"formatted"`
	Chunks     []shownChunk   `json:"chunks"` // in the order of the text
	Left       []shownLeft    `json:"left_out"`
	Found      map[string]int `json:"found"`
	Warnings   []string       `json:"warnings,omitempty"`
}

type shownSpan struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

type shownChunk struct {
	ID       string         `json:"id"`
	Cite     string         `json:"cite"`
	Source   string         `json:"source"`
	Session  string         `json:"session,omitempty"`
	Role     string         `json:"role,omitempty"`
	Document string         `json:"document,omitempty"`
	Headings []string       `json:"headings,omitempty"`
	Time     *time.Time     `json:"time,omitempty"`
	Content  string         `json:"content"`
	Metadata map[string]any `json:"metadata,omitempty"`
	Score    float64        `json:"score"`
	Ranker   string         `json:"ranker"`
	Tokens   int            `json:"tokens"`
	Rank     int            `json:"rank"`
}

type shownLeft struct {
	ID      string  `json:"id"`
	Cite    string  `json:"cite"`
	Source  string  `json:"source"`
	Session string  `json:"session,omitempty"`
	Score   float64 `json:"score"`
	Tokens  int     `json:"tokens,omitempty"`
	Reason  string  `json:"reason"`
	Of      string  `json:"of,omitempty"`
}

func showContext(query string, r *gather.Result) shownContext {
	s := shownContext{Query: query, Strategy: string(r.Strategy), IDs: idsByRank(r), Tokens: r.Tokens, Budget: r.Budget, Encoding: r.Encoding, Confidence: r.Confidence,
		Formatted: r.Text, Chunks: []shownChunk{}, Left: []shownLeft{}, Found: foundBySource(r), Warnings: r.Warnings}
	if !r.From.IsZero() {
		s.Span = &shownSpan{r.From, r.Until}
	}
	for _, c := range r.Chunks {
		k := shownChunk{ID: c.ID, Cite: c.ID, Source: string(c.Source), Content: c.Text, Score: c.Score, Ranker: r.Rankers[c.Source], Tokens: c.Tokens, Rank: c.Rank}
		if !c.Time.IsZero() {
			k.Time = &c.Time
		}
		switch p := r.Of(c.Source, c.ID); {
		case p.Turn != nil:
			k.ID, k.Session, k.Role, k.Content, k.Metadata = p.Turn.ID, p.Turn.Session, p.Turn.Role, p.Turn.Content, p.Turn.Metadata
		case p.Document != nil:
			k.Document, k.Headings, k.Content, k.Metadata = p.Document.Of.ID, p.Document.Headings, p.Document.Text, p.Document.Of.Metadata
		}
		s.Chunks = append(s.Chunks, k)
	}
	for _, l := range r.Left {
		k := shownLeft{ID: l.ID, Cite: l.ID, Source: string(l.Source), Score: l.Score, Tokens: l.Tokens, Reason: string(l.Reason), Of: l.Of}
		if p := r.Of(l.Source, l.ID); p.Turn != nil {
			k.ID, k.Session = p.Turn.ID, p.Turn.Session
		}
		s.Left = append(s.Left, k)
	}
	return s
}

func foundBySource(r *gather.Result) map[string]int {
	out := map[string]int{}
	for source, n := range r.Found {
		out[string(source)] = n
	}
	return out
}

func (m *memoryCall) analyzeCommand() *cobra.Command {
	var f contextFlags
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:     "analyze QUERY",
		Short:   "Compare what each strategy gives for a question",
		Example: "  llmspell context analyze 'how is a boat varnished' --budget 2000",
		Args:    cobra.ExactArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			q, err := f.request(args[0])
			if err != nil {
				return err
			}
			list, err := mem.Contexts.Analyze(ctx, q)
			if err != nil {
				return err
			}
			type shown struct {
				Strategy    string         `json:"strategy"`
				Description string         `json:"description"`
				Tokens      int            `json:"token_count"`
				Chunks      int            `json:"chunks"`
				Left        int            `json:"left_out"`
				Confidence  float64        `json:"total_confidence"`
				Found       map[string]int `json:"found"`
				IDs         []string       `json:"ids"`
			}
			rows, t := make([]shown, len(list)), table{header: []string{"STRATEGY", "TOKENS", "PIECES", "LEFT OUT", "CONFIDENCE", "TURNS", "FACTS", "DOCUMENTS"}}
			for i, r := range list {
				rows[i] = shown{string(r.Strategy), r.Strategy.Describe(), r.Tokens, len(r.Chunks), len(r.Left), r.Confidence, foundBySource(r), idsByRank(r)}
				t.rows = append(t.rows, []string{rows[i].Strategy, fmt.Sprint(r.Tokens), fmt.Sprint(len(r.Chunks)), fmt.Sprint(len(r.Left)), fmt.Sprintf("%.2f", r.Confidence),
					fmt.Sprint(r.Found[assemble.Episodic]), fmt.Sprint(r.Found[assemble.Semantic]), fmt.Sprint(r.Found[assemble.RAG])})
			}
			return m.a.printRows(t, rows, format.value)
		}),
	}
	f.add(cmd, 1000)
	addChoice(cmd, &format, "format", "how to print it")
	return cmd
}

// printRows prints a table, or what it is of in another format.
func (a *app) printRows(t table, rows any, format string) error {
	out := newOutput(a.stdout)
	switch format {
	case "json", "yaml":
		if err := writeAs(out, format, rows); err != nil {
			return err
		}
	case "table":
		t.width = terminalWidth(a.stdout)
		t.print(out)
	default:
		for _, row := range t.rows {
			fmt.Fprintln(out, strings.Join(row, "\t"))
		}
	}
	return out.Flush()
}

func (m *memoryCall) strategiesCommand() *cobra.Command {
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "strategies",
		Short: "List the strategies",
		Args:  cobra.NoArgs,
		RunE: started(func(*cobra.Command, []string) error {
			type shown struct {
				Name        string `json:"name"`
				Description string `json:"description"`
				Default     bool   `json:"default"`
			}
			var rows []shown
			t := table{header: []string{"STRATEGY", "WHAT IT IS MADE OF"}}
			for _, s := range assemble.Strategies() {
				rows = append(rows, shown{string(s), s.Describe(), s == assemble.Hybrid})
				t.rows = append(t.rows, []string{string(s), s.Describe()})
			}
			return m.a.printRows(t, rows, format.value)
		}),
	}
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}
