package render

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/llmspell/llmspell/latency/bench"
)

// Page is what an HTML report shows.
type Page struct {
	Run      *bench.Run
	History  []*bench.Run     // the oldest first
	With     *bench.Reference // what the run was compared with; nil: nothing
	Compared []bench.Comparison
}

//go:embed head.html
var headText string

//go:embed page.html
var pageText string

// HTML writes a report as one file, with all that it needs in it.
func HTML(w io.Writer, p Page) error {
	view := struct {
		Page
		Environment []string
		Groups      []group
		Rows        []comparedRow
		Conclusion  string
	}{Page: p, Environment: strings.Split(strings.TrimSpace(p.Run.Environment.String()), "\n"), Conclusion: Conclusion(p.Compared)}
	for _, g := range bench.Groups() {
		of := group{Name: string(g)}
		for i := range p.Run.Results {
			if r := &p.Run.Results[i]; r.Group == g {
				of.Results = append(of.Results, shownResult(r, p.History, p.Run))
			}
		}
		if len(of.Results) > 0 {
			view.Groups = append(view.Groups, of)
		}
	}
	for i := range p.Compared {
		view.Rows = append(view.Rows, comparedRow{&p.Compared[i]})
	}
	return fill(w, pageText, view)
}

// fill writes a page, of which head.html is the beginning. It is parsed here: no other command pays for it.
func fill(w io.Writer, text string, view any) error {
	page := template.New("page")
	for _, part := range []string{headText, text} {
		if _, err := page.Parse(part); err != nil {
			return err
		}
	}
	return page.Execute(w, view)
}

// group are the results of one group.
type group struct {
	Name    string
	Results []result
}

// result is a result as the page shows it.
type result struct {
	*bench.Result
	Summary                          bench.Summary
	P50, P95, P99, Min, CPU, CV      string
	Limit, Claim, Source             string
	Over                             bool
	Distribution, Observations, Past template.HTML
}

func shownResult(r *bench.Result, history []*bench.Run, now *bench.Run) result {
	s := r.Summary()
	out := result{
		Result: r, Summary: s, P50: Figure(r.Unit, s.P50), P95: Figure(r.Unit, s.P95), P99: Figure(r.Unit, s.P99), Min: Figure(r.Unit, s.Minimum), CPU: cpu(s),
		CV: fmt.Sprintf("%.1f %%", 100*s.Variation), Limit: Budget(r, s), Claim: claim(r), Over: !r.WithinBudget(s),
	}
	if r.Claim != nil {
		out.Source = r.Claim.Source
	}
	if r.Failed != "" {
		return out
	}
	out.Distribution, out.Observations = histogram(r), rounds(r)
	out.Past = past(r.Name, history, now)
	return out
}

// comparedRow is a line of the comparison.
type comparedRow struct{ *bench.Comparison }

// Class is the style of the verdict.
func (c comparedRow) Class() string {
	switch c.Verdict {
	case bench.Failure:
		return "bad"
	case bench.Warning:
		return "warn"
	case bench.Better:
		return "good"
	}
	return ""
}

// Was, Is and the rest are cells.
func (c comparedRow) Was() string { return c.figure(c.Old) }

// Is is the figure of this run.
func (c comparedRow) Is() string { return c.figure(c.New) }

// Delta is the change.
func (c comparedRow) Delta() string { return c.only(percent(c.Change)) }

// Chance is the probability that chance explains it.
func (c comparedRow) Chance() string { return c.only(fmt.Sprintf("%.3f", c.P)) }

// Variations are those of the two runs.
func (c comparedRow) Variations() string {
	return c.only(fmt.Sprintf("%.1f %%, %.1f %%", 100*c.OldCV, 100*c.NewCV))
}

// Ratio is that of rounds taken in turn.
func (c comparedRow) Ratio() string { return c.only(ratio(c.Comparison.Ratio)) }

// Yardstick is the change of the machine.
func (c comparedRow) Yardstick() string { return c.only(percent(c.Machine)) }

func (c comparedRow) figure(v float64) string { return c.only(Figure(c.Unit, v)) }

// only is a cell of what was compared.
func (c comparedRow) only(text string) string {
	if c.Verdict == bench.Missing {
		return ""
	}
	return text
}
