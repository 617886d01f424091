package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

// shownSearch is what a search has found, as JSON.
type shownSearch struct {
	Query   string         `json:"query"`
	IDs     []string       `json:"ids"`              // in the order of rank
	Results []shownEpisode `json:"results,omitzero"` // nil: they were not asked for
}

func showSearch(query string, found []memory.Found, results bool) shownSearch {
	s := shownSearch{Query: query, IDs: make([]string, len(found))}
	if results {
		s.Results = make([]shownEpisode, 0, len(found))
	}
	for i, f := range found {
		s.IDs[i] = f.ID
		if results {
			e := showEpisode(f.Episode)
			e.Score = &f.Score
			s.Results = append(s.Results, e)
		}
	}
	return s
}

func (m *memoryCall) searchCommand() *cobra.Command {
	var f memoryFilter
	var limit int
	var batch, idsOnly bool
	format := newChoice("text", "table", "json", "yaml")
	mode := newChoice("auto", "words", "vectors", "hybrid")
	cmd := &cobra.Command{
		Use:   "search QUERY | --batch",
		Short: "Find turns by their words, and by their meaning if there is an embedder, the best first",
		Long: `Find turns by their words, and by their meaning if there is an embedder (runtime.memory.embedder), the best first. If the embedder fails the
words alone are looked for, and a warning on stderr says so.

With --format json the answer is {"query": …, "ids": […], "results": […]}, in the order of rank.

With --batch each line of stdin is a query: a text, or an object {"query": …} that may have session, role, since, until, metadata, limit and mode,
which then stand for those of the command line. Each answer is one line of JSON, with ids and no results.`,
		Example: "  llmspell memory search 'name of the boat' --limit 5\n  llmspell memory search --batch --limit 10 < questions.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			if batch == (len(args) == 1) {
				return usagef("give a query, or --batch and queries on stdin")
			}
			if limit < 1 {
				return usagef("--limit must be 1 or more, not %d", limit)
			}
			filter, err := f.filter()
			if err != nil {
				return err
			}
			if batch {
				return m.searchLines(ctx, mem, memory.Query{Filter: filter, Limit: limit, Mode: searchModes[mode.value]})
			}
			a, err := mem.Find(ctx, memory.Query{Text: args[0], Filter: filter, Limit: limit, Mode: searchModes[mode.value]})
			if err != nil {
				return err
			}
			m.warn(a.Warning)
			s := showSearch(args[0], a.Found, !idsOnly || format.value == "text" || format.value == "table")
			if format.value == "json" || format.value == "yaml" {
				err = writeAs(m.a.stdout, format.value, s)
			} else {
				err = m.a.printEpisodes(s.Results, format.value)
			}
			return errors.Join(err, leftOut(a.Damaged))
		}),
	}
	f.add(cmd)
	cmd.Flags().IntVar(&limit, "limit", 10, "how many at most")
	cmd.Flags().BoolVar(&batch, "batch", false, "answer each line of stdin")
	cmd.Flags().BoolVar(&idsOnly, "ids", false, "as JSON or YAML: the ids alone")
	addChoice(cmd, &mode, "mode", "how to find: by words, by vectors or by both; auto is both if there is an embedder")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

// leftOut is the error of a command that has printed all but what is damaged.
func leftOut(damaged error) error {
	if damaged == nil {
		return nil
	}
	return fmt.Errorf("left out: %w", damaged)
}

// searchModes are the modes by their names.
var searchModes = map[string]memory.Mode{"auto": memory.Auto, "words": memory.Words, "vectors": memory.Vectors, "hybrid": memory.Hybrid}

// warn prints a warning of a search, if there is one.
func (m *memoryCall) warn(text string) {
	if text != "" {
		fmt.Fprintf(m.a.stderr, "llmspell: warning: %s\n", text)
	}
}

// searchLines answers each line of stdin by one of stdout.
func (m *memoryCall) searchLines(ctx context.Context, mem *kernel.Memory, q memory.Query) error {
	warned := map[string]bool{}
	var damaged error
	err := m.a.answerLines(ctx, func(line string) (any, error) {
		asked, err := lineQuery(line, q)
		if err != nil {
			return nil, err
		}
		a, err := mem.Find(ctx, asked)
		damaged = cmp.Or(a.Damaged, damaged)
		if !warned[a.Warning] {
			m.warn(a.Warning)
			warned[a.Warning] = true
		}
		return showSearch(asked.Text, a.Found, false), err
	})
	if err != nil {
		return err
	}
	return leftOut(damaged)
}

// lineQuery is the query of one line, over that of the command line.
func lineQuery(text string, q memory.Query) (memory.Query, error) {
	if !strings.HasPrefix(text, "{") {
		q.Text = text
		return q, nil
	}
	var l struct {
		Query    *string         `json:"query"`
		Session  *string         `json:"session"`
		Role     *string         `json:"role"`
		Since    string          `json:"since"`
		Until    string          `json:"until"`
		Metadata json.RawMessage `json:"metadata"`
		Limit    *int            `json:"limit"`
		Mode     string          `json:"mode"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		why := strings.TrimPrefix(err.Error(), "json: ")
		if !strings.HasPrefix(why, "unknown field") {
			why = memory.PlainJSON(err).Error()
		}
		return q, fmt.Errorf("%s (a query is a text, or an object with query, session, role, since, until, metadata, limit, mode)", why)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return q, errors.New("there is more behind the object: one query a line")
	}
	if err := memory.CheckMembers([]byte(text), "metadata"); err != nil {
		return q, err
	}
	if l.Query == nil {
		return q, errors.New("the object has no member \"query\"")
	}
	q.Text = *l.Query
	f := memoryFilter{since: l.Since, until: l.Until, metadata: string(l.Metadata)}
	given, err := f.filter()
	if err != nil {
		return q, err
	}
	if l.Session != nil {
		q.Filter.Sessions = []string{*l.Session}
	}
	if l.Role != nil {
		q.Filter.Roles = []string{*l.Role}
	}
	if l.Since != "" {
		q.Filter.Since = given.Since
	}
	if l.Until != "" {
		q.Filter.Until = given.Until
	}
	if len(l.Metadata) > 0 {
		q.Filter.Metadata = given.Metadata
	}
	if l.Mode != "" {
		mode, ok := searchModes[l.Mode]
		if !ok {
			return q, fmt.Errorf("mode must be auto, words, vectors or hybrid, not %q", l.Mode)
		}
		q.Mode = mode
	}
	if l.Limit != nil {
		if *l.Limit < 1 {
			return q, fmt.Errorf("limit must be 1 or more, not %d", *l.Limit)
		}
		q.Limit = *l.Limit
	}
	return q, nil
}
