package metrics

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

var update = flag.Bool("update", false, "write the table of docs/observability.md")

// everything are the families of a kernel that has done something of everything.
func everything(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	m := New(sources())
	m.Observe("exec.run", "ok", time.Millisecond)
	m.ObserveExecution(time.Millisecond)
	return parse(t, m)
}

// labelsOf are the labels of all samples of a family.
func labelsOf(f *dto.MetricFamily) []string {
	names := map[string]bool{}
	for _, m := range f.Metric {
		for _, l := range m.Label {
			names[l.GetName()] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// TestNames holds the names to Prometheus' conventions, and to what was
// promised.
func TestNames(t *testing.T) {
	families := everything(t)
	for name, labels := range map[string]string{
		"llmspell_kernel_requests_total":           "method status",
		"llmspell_kernel_request_duration_seconds": "method",
		"llmspell_kernel_active_connections":       "",
		"llmspell_tool_invocations_total":          "status tool",
		"llmspell_tool_errors_total":               "code tool",
	} {
		if f := families[name]; f == nil || strings.Join(labelsOf(f), " ") != labels {
			t.Errorf("%s is promised, with the labels %q", name, labels)
		}
	}
	for name, f := range families {
		if f.GetHelp() == "" || !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(name) {
			t.Errorf("%s is called thus, and explained by %q", name, f.GetHelp())
		}
		if !strings.HasPrefix(name, "llmspell_") {
			continue // these names are others'
		}
		if isCounter := f.GetType() == dto.MetricType_COUNTER; isCounter != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %v", name, f.GetType())
		}
	}
}

const tableMark = "<!-- metrics: written by go test ./kernel/metrics -run TestDocs -update -->"

// TestDocs checks the table of metrics.
func TestDocs(t *testing.T) {
	const path = "../../docs/observability.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), tableMark)
	if len(parts) != 3 {
		t.Fatalf("%s has %d marks, want two", path, len(parts)-1)
	}
	want := "\n" + table(everything(t))
	if parts[1] == want {
		return
	}
	if !*update {
		t.Fatalf("the table of %s is not what there is: run go test ./kernel/metrics -run TestDocs -update", path)
	}
	parts[1] = want
	if err := os.WriteFile(path, []byte(strings.Join(parts, tableMark)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func table(families map[string]*dto.MetricFamily) string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		labels := labelsOf(f)
		for i := range labels {
			labels[i] = "`" + labels[i] + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	return b.String()
}

// dashboard is what the test looks at of docs/grafana/llmspell.json.
type dashboard struct {
	Title, UID string
	Panels     []struct {
		ID      int
		Title   string
		Type    string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct{ Name, Definition string }
	}
}

// TestDashboard checks that the dashboard asks only for metrics and labels that
// there are, and for all that were promised.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana/llmspell.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	families := everything(t)
	used, ids := map[string]bool{}, map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.W == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("the panel %d %q has the place %+v", p.ID, p.Title, p.GridPos)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			for name := range checkQuery(t, families, p.Title, target.Expr, target.LegendFormat) {
				used[name] = true
			}
		}
	}
	for _, v := range d.Templating.List {
		if v.Definition == "" { // it chooses where the metrics are
			continue
		}
		checkQuery(t, families, "the variable "+v.Name, v.Definition, "")
	}
	for name, f := range families {
		if strings.HasPrefix(name, "llmspell_kernel_") && !used[name] {
			t.Errorf("the dashboard does not show %s (%s)", name, f.GetHelp())
		}
	}
	for _, name := range []string{"llmspell_tool_invocations_total", "llmspell_tool_errors_total", "llmspell_sessions", "process_resident_memory_bytes", "process_cpu_seconds_total"} {
		if !used[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

var (
	metricName = regexp.MustCompile(`\b(?:llmspell|go|process)_\w+`)
	grouping   = regexp.MustCompile(`\bby \(([^)]*)\)`)
	matchers   = regexp.MustCompile(`\{([^}]*)\}`)
	legend     = regexp.MustCompile(`\{\{(\w+)\}\}`)
)

// checkQuery returns the families that a query asks for.
func checkQuery(t *testing.T, families map[string]*dto.MetricFamily, where, query, format string) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	labels := []string{"instance", "job"} // Prometheus adds these
	for _, name := range metricName.FindAllString(query, -1) {
		f := families[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			base := strings.TrimSuffix(name, suffix)
			if h := families[base]; base != name && h != nil && h.GetType() == dto.MetricType_HISTOGRAM {
				f, name = h, base
				if suffix == "_bucket" {
					labels = append(labels, "le")
				}
			}
		}
		if f == nil {
			t.Errorf("%s asks for %s, which there is not: %s", where, name, query)
			continue
		}
		if f.GetType() == dto.MetricType_HISTOGRAM && !strings.Contains(query, name+"_") {
			t.Errorf("%s asks for the histogram %s itself: %s", where, name, query)
		}
		if f.GetType() == dto.MetricType_COUNTER && !strings.Contains(query, "rate(") {
			t.Errorf("%s shows the counter %s itself: %s", where, name, query)
		}
		used[name] = true
		labels = append(labels, labelsOf(f)...)
	}
	if len(used) == 0 {
		t.Errorf("%s asks for nothing: %s", where, query)
	}
	var asked []string
	for _, m := range grouping.FindAllStringSubmatch(query, -1) {
		asked = append(asked, strings.Split(m[1], ",")...)
	}
	for _, m := range matchers.FindAllStringSubmatch(query, -1) {
		for pair := range strings.SplitSeq(m[1], ",") {
			asked = append(asked, pair[:strings.IndexAny(pair+"=", "=!~")])
		}
	}
	for _, m := range legend.FindAllStringSubmatch(format, -1) {
		asked = append(asked, m[1])
	}
	for _, label := range asked {
		if !slices.Contains(labels, strings.TrimSpace(label)) {
			t.Errorf("%s asks for the label %q, which is none of %v: %s", where, label, labels, query)
		}
	}
	return used
}
