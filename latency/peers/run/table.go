package main

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"text/tabwriter"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/peers/vectors"
	"github.com/llmspell/llmspell/latency/render"
)

// row is a line of the table of one topic.
type row struct{ name, command, p50, p95, p99, ratio, note string }

// longestNote is how many characters of a reason a row has.
const longestNote = 120

// rows are those of a topic; the ratio is how many times as long it takes as llmspell.
func (t topic) rows(run *bench.Run) []row {
	ours := run.Find(t.name + "/" + t.peers[0].name).Summary().P50
	var list []row
	for _, p := range t.peers {
		r := run.Find(t.name + "/" + p.name)
		out := row{name: p.name, command: p.command}
		if r.Failed != "" {
			reason := []rune(strings.Join(strings.Fields(r.Failed), " "))
			if len(reason) > longestNote {
				reason = append(reason[:longestNote:longestNote], '…')
			}
			out.note = "not measured: " + string(reason)
			list = append(list, out)
			continue
		}
		s := r.Summary()
		out.p50, out.p95, out.p99 = render.Figure(r.Unit, s.P50), render.Figure(r.Unit, s.P95), render.Figure(r.Unit, s.P99)
		if ours > 0 {
			out.ratio = fmt.Sprintf("%.2fx", s.P50/ours)
		}
		list = append(list, out)
	}
	return list
}

// measured are the topics that a run has.
func measured(run *bench.Run) (list []topic) {
	for _, t := range topics() {
		if run.Find(t.name+"/"+t.peers[0].name) != nil {
			list = append(list, t)
		}
	}
	return list
}

// table prints all topics that were measured.
func table(w io.Writer, run *bench.Run) error {
	fmt.Fprintln(w, run.Environment)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, topic := range measured(run) {
		fmt.Fprintf(t, "%s: %s\n", topic.name, topic.what)
		for _, r := range topic.rows(run) {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\n", r.name, r.p50, r.p95, r.p99, r.ratio, r.note)
		}
	}
	if costs := breakpointCosts(run); len(costs) > 0 {
		fmt.Fprintln(t, costTitle)
		for _, c := range costs {
			fmt.Fprintf(t, "  %s\t%s\n", c.name, c.ratio)
		}
	}
	return t.Flush()
}

const costTitle = "what breakpoints cost that are not reached: lua+breakpoints over lua"

// breakpointCosts are how many times as long each Lua takes with them.
func breakpointCosts(run *bench.Run) []row {
	var list []row
	for _, t := range measured(run) {
		if t.name != "lua" {
			continue
		}
		for _, p := range t.peers {
			without, with := run.Find("lua/"+p.name), run.Find("lua+breakpoints/"+p.name)
			if with != nil && without.Failed == "" && with.Failed == "" {
				list = append(list, row{name: p.name, ratio: fmt.Sprintf("%.2fx", with.Summary().P50/without.Summary().P50)})
			}
		}
	}
	return list
}

// page writes docs/performance.md.
func page(w io.Writer, peers, own *bench.Run, searches []vectors.Row) error {
	var b strings.Builder
	b.WriteString("# Performance\n\nThis page is made by `make performance`, of one run on one machine: no number in it was typed. The budgets that tests\nhold are in [latency/README.md](../latency/README.md), what `llmspell bench` does in [benchmarks.md](benchmarks.md).\n\n```\n")
	fmt.Fprintf(&b, "date: %s\n%s", peers.Time.Format("2006-01-02 15:04 MST"), peers.Environment)
	for _, v := range versions() {
		fmt.Fprintf(&b, "%s\n", v)
	}
	b.WriteString("```\n\n## Side by side\n\nMeasured in turns in one run, with the same client where there is a protocol. The last column is how many times as long as llmspell's median it takes: more than 1 is slower\nthan llmspell.\n")
	for _, t := range measured(peers) {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n", t.name, strings.ToUpper(t.what[:1])+t.what[1:])
		if t.unlike != "" {
			fmt.Fprintf(&b, "What differs: %s.\n", t.unlike)
		}
		b.WriteString("\n| program | by | p50 | p95 | p99 | of llmspell |\n|---|---|---|---|---|---|\n")
		for _, r := range t.rows(peers) {
			if r.note != "" {
				fmt.Fprintf(&b, "| %s | `%s` | %s | | | |\n", r.name, r.command, cell(r.note))
				continue
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s | %s |\n", r.name, r.command, r.p50, r.p95, r.p99, r.ratio)
		}
	}
	fmt.Fprintf(&b, "\n### %s\n\n| program | with breakpoints over without |\n|---|---|\n", costTitle)
	for _, c := range breakpointCosts(peers) {
		fmt.Fprintf(&b, "| %s | %s |\n", c.name, c.ratio)
	}
	vectorSection(&b, searches)
	b.WriteString("\n## llmspell\n\nWhat `llmspell bench` measures. *The original's claims* are what the original llmspell says of itself, in the place that is named: nobody has measured them here, and on this machine\nthey would be others.\n\nA budget is for a machine that is awake and that nobody else uses. Where the median is over it only because this one is slower, the yardstick beside it says by how much: `≤ 12.0 ms x 1.30` is within its budget\non a machine that takes 1.30 times as long; `over 12.0 ms` is not, there either.\n\n| benchmark | what | reached | p50 | p95 | p99 | CPU | budget | the original's claims |\n|---|---|---|---|---|---|---|---|---|\n")
	for i := range own.Results {
		r := &own.Results[i]
		claim := ""
		if r.Claim != nil {
			claim = fmt.Sprintf("claim: %s (%s)", r.Claim.Figure, r.Claim.Source)
		}
		if r.Failed != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | not measured: %s | | | | | %s |\n", r.Name, cell(r.What), r.Reach, cell(r.Failed), claim)
			continue
		}
		s := r.Summary()
		cpu := ""
		if s.CPU > 0 {
			cpu = render.Figure(bench.Nanoseconds, s.CPU)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, cell(r.What), r.Reach, render.Figure(r.Unit, s.P50), render.Figure(r.Unit, s.P95), render.Figure(r.Unit, s.P99), cpu, render.Budget(r, s), claim)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is a text in a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// versions says of the others what they are.
func versions() []string {
	var list []string
	_, lldb := lldbDAP()
	for _, c := range [][]string{
		{"dlv", "version"}, {lldb, "--version"}, {python, "-c", "import debugpy, ipykernel; print('debugpy', debugpy.__version__, 'ipykernel', ipykernel.__version__)"},
		{"lua5.1", "-v"}, {"luajit", "-v"}, {"gopls", "version"},
	} {
		out, err := exec.Command(c[0], c[1:]...).CombinedOutput()
		text := strings.Join(strings.Fields(string(out)), " ")
		if err != nil || text == "" { // lldb-dap says nothing: lldb does
			text = "is not there"
		}
		if i := strings.Index(text, " Build: "); i > 0 {
			text = text[:i]
		}
		name, _, _ := strings.Cut(c[0][strings.LastIndexByte(c[0], '/')+1:], "\n")
		list = append(list, name+": "+text[:min(len(text), 100)])
	}
	return list
}
