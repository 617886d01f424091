package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/archive"
)

func (a *app) sessionListCommand() *cobra.Command {
	var f archive.Filter
	var detailed bool
	var status []string
	format := newChoice("table", "text", "json", "yaml", "names")
	cmd := &cobra.Command{
		Use:     "list [WORDS...]",
		Short:   "List the sessions, those that were changed last first",
		Example: "  llmspell session list --status active --tag nightly\n  llmspell session list report --format json",
		RunE: a.onSessions(func(ctx context.Context, s sessionStore, args []string) error {
			for _, text := range status {
				st, err := archive.ParseStatus(text)
				if err != nil {
					return usageError{err}
				}
				f.Status = append(f.Status, st)
			}
			if f.Limit < 0 {
				return usagef("--limit: %d is negative", f.Limit)
			}
			f.Text = strings.Join(args, " ")
			list, damaged := s.List(ctx, f)
			if damaged != nil && !errors.Is(damaged, archive.ErrDamaged) {
				return damaged
			}
			return errors.Join(a.printSessions(list, format.value, detailed), damagedRecords(list...), damaged)
		}),
	}
	cmd.Flags().BoolVar(&detailed, "detailed", false, "also descriptions, tags, times and counts")
	cmd.Flags().StringSliceVar(&f.Tags, "tag", nil, "only with this tag (may repeat: all of them)")
	cmd.Flags().StringSliceVar(&status, "status", nil, "only with one of these: active, suspended, completed, failed, archived")
	cmd.Flags().StringVar(&f.Name, "name", "", "only with a name of this pattern (* and ?)")
	cmd.Flags().IntVar(&f.Limit, "limit", 0, "at most this many (0: all)")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions([]string{"active", "suspended", "completed", "failed", "archived"}, cobra.ShellCompDirectiveNoFileComp))
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

// damagedRecords is the error of records that are shown, but are damaged.
func damagedRecords(list ...*archive.Session) error {
	var errs []error
	for _, r := range list {
		if r.Damaged != "" {
			errs = append(errs, fmt.Errorf("session %s (%s): %s; session export saves the rest, session delete removes it", r.ID, oneLine(r.Name), r.Damaged))
		}
	}
	return errors.Join(errs...)
}

func localTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

func (a *app) printSessions(list []*archive.Session, format string, detailed bool) error {
	out := newOutput(a.stdout)
	switch format {
	case "json", "yaml":
		shown := make([]shownSession, len(list))
		for i, r := range list {
			var err error
			if shown[i], err = showSession(r); err != nil {
				return err
			}
		}
		if err := writeAs(out, format, shown); err != nil {
			return err
		}
	case "names":
		for _, r := range list {
			fmt.Fprintln(out, r.Name)
		}
	case "text":
		for _, r := range list {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", r.ID, r.Status, r.UpdatedAt.Format(time.RFC3339), oneLine(r.Name))
		}
	default:
		a.sessionTable(list, detailed).print(out)
	}
	return out.Flush()
}

func (a *app) sessionTable(list []*archive.Session, detailed bool) *table {
	t := &table{header: []string{"ID", "STATUS", "CHANGED", "NAME"}, width: terminalWidth(a.stdout)}
	if detailed {
		t.header = []string{"ID", "STATUS", "CREATED", "CHANGED", "EXECUTIONS", "ARTIFACTS", "VARIABLES", "TAGS", "NAME", "DESCRIPTION"}
	}
	for _, r := range list {
		if !detailed {
			t.rows = append(t.rows, []string{r.ID[:min(8, len(r.ID))], string(r.Status), localTime(r.UpdatedAt), r.Name})
			continue
		}
		t.rows = append(t.rows, []string{r.ID, string(r.Status), localTime(r.CreatedAt), localTime(r.UpdatedAt), fmt.Sprint(r.Executions),
			fmt.Sprint(r.Artifacts), fmt.Sprint(r.Variables), strings.Join(r.Tags, ","), r.Name, r.Description})
	}
	return t
}

// shownSession is a record as JSON: metadata as archive.Encode writes them.
type shownSession struct {
	*archive.Session
	Metadata json.RawMessage `json:"metadata"`
}

func showSession(r *archive.Session) (shownSession, error) {
	metadata, err := archive.Encode(r.Metadata)
	return shownSession{r, metadata}, err
}

// shownExecution is an execution as JSON.
type shownExecution struct {
	*archive.Execution
	Result     json.RawMessage `json:"result"`
	DurationMS float64         `json:"duration_ms"`
}

// sessionDetails are all that show prints.
type sessionDetails struct {
	shownSession
	Values      map[string]json.RawMessage `json:"values"`
	Checkpoints []*archive.Checkpoint      `json:"checkpoints"`
	Journal     []shownExecution           `json:"journal"`
	Contents    []*archive.Artifact        `json:"artifact_list"`
}

func (a *app) sessionShowCommand() *cobra.Command {
	var executions int
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a session: its record, variables, executions and artifacts",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeSessions,
		RunE: a.onSession(func(ctx context.Context, s sessionStore, r *archive.Session, _ []string) error {
			d, damaged, err := details(ctx, s, r, executions)
			if err != nil {
				return err
			}
			out := newOutput(a.stdout)
			if format.value == "text" {
				d.print(out)
			} else if err := writeAs(out, format.value, d); err != nil {
				return err
			}
			return joinOnce(out.Flush(), damagedRecords(r), damaged)
		}),
	}
	cmd.Flags().IntVar(&executions, "executions", 20, "how many executions to show, the last ones (0: all)")
	addChoice(cmd, &format, "format", "how to print it")
	return cmd
}

// details reads all of a session that can be read; damaged says what cannot.
func details(ctx context.Context, s sessionStore, r *archive.Session, executions int) (d *sessionDetails, damaged, err error) {
	d = &sessionDetails{Values: map[string]json.RawMessage{}, Journal: []shownExecution{}}
	if d.shownSession, err = showSession(r); err != nil {
		return nil, nil, err
	}
	// noted tells whether an error is only of what is damaged.
	noted := func(err error) bool {
		if errors.Is(err, archive.ErrDamaged) {
			damaged = errors.Join(damaged, err)
			return true
		}
		return err == nil
	}
	vars, err := s.Variables(ctx, r.ID)
	if !noted(err) {
		return nil, nil, err
	}
	for name, v := range vars {
		if d.Values[name], err = archive.Encode(v); err != nil {
			return nil, nil, err
		}
	}
	if d.Checkpoints, err = s.Checkpoints(ctx, r.ID); !noted(err) {
		return nil, nil, err
	}
	journal, err := s.Executions(ctx, r.ID, 0, 0, executions)
	if !noted(err) {
		return nil, nil, err
	}
	for _, e := range journal {
		result, err := archive.Encode(append([]any{}, e.Result...))
		if err != nil {
			return nil, nil, err
		}
		d.Journal = append(d.Journal, shownExecution{e, result, float64(e.Duration) / float64(time.Millisecond)})
	}
	if d.Contents, err = s.QueryArtifacts(ctx, archive.ArtifactQuery{Session: r.ID}); !noted(err) {
		return nil, nil, err
	}
	return d, damaged, nil
}

func (d *sessionDetails) print(w io.Writer) {
	r := d.Session
	for _, line := range [][2]string{
		{"id", r.ID}, {"name", r.Name}, {"description", r.Description}, {"status", string(r.Status)}, {"reason", r.Reason},
		{"tags", strings.Join(r.Tags, ", ")}, {"metadata", string(d.shownSession.Metadata)}, {"created", localTime(r.CreatedAt)}, {"created by", r.CreatedBy},
		{"changed", localTime(r.UpdatedAt)}, {"ended", localTime(r.EndedAt)}, {"parent", r.Parent},
	} {
		if line[1] != "" && line[1] != "-" && line[1] != "{}" {
			fmt.Fprintf(w, "%-12s %s\n", line[0], oneLine(line[1]))
		}
	}
	d.printVariables(w)
	if len(d.Checkpoints) > 0 {
		t := table{header: []string{"CHECKPOINT", "CREATED", "AFTER", "NAME"}}
		for _, c := range d.Checkpoints {
			t.rows = append(t.rows, []string{fmt.Sprint(c.ID), localTime(c.CreatedAt), fmt.Sprint(c.Execution), c.Name})
		}
		fmt.Fprintln(w)
		t.print(w)
	}
	d.printJournal(w)
	if len(d.Contents) > 0 {
		fmt.Fprintln(w)
		artifactTable(d.Contents).print(w)
	}
}

func (d *sessionDetails) printVariables(w io.Writer) {
	if len(d.Values) == 0 {
		return
	}
	t := table{header: []string{"VARIABLE", "VALUE"}}
	for _, name := range sortedNames(d.Values) {
		value := string(d.Values[name])
		if len(value) > 200 {
			value = strings.ToValidUTF8(value[:200], "") + "…"
		}
		t.rows = append(t.rows, []string{name, value})
	}
	fmt.Fprintln(w)
	t.print(w)
}

func (d *sessionDetails) printJournal(w io.Writer) {
	if len(d.Journal) == 0 {
		return
	}
	t := table{header: []string{"STEP", "STARTED", "TOOK", "OUTCOME", "TOOLS", "WHAT"}}
	for _, e := range d.Journal {
		what := e.Name
		if e.Error != "" {
			what += ": " + e.Error
		}
		t.rows = append(t.rows, []string{fmt.Sprint(e.Sequence), localTime(e.Started), e.Duration.Round(10 * time.Microsecond).String(), string(e.Outcome), fmt.Sprint(e.Calls), what})
	}
	fmt.Fprintln(w)
	t.print(w)
	if left := d.Executions - len(d.Journal); left > 0 {
		fmt.Fprintf(w, "and %d earlier ones (--executions 0 shows all)\n", left)
	}
}

func artifactTable(list []*archive.Artifact) *table {
	t := &table{header: []string{"ARTIFACT", "VERSION", "TYPE", "SIZE", "CREATED", "MIME", "NAME"}}
	for _, a := range list {
		t.rows = append(t.rows, []string{fmt.Sprint(a.Sequence), fmt.Sprint(a.Version), string(a.Type), fmt.Sprint(a.Size), localTime(a.CreatedAt), a.Mime, a.Name})
	}
	return t
}
