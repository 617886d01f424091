package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/peers/vectors"
	"github.com/llmspell/llmspell/latency/render"
)

const (
	vectorTitle  = "vectors: the ten nearest of so many vectors of 384 numbers, in clusters"
	vectorUnlike = "llmspell chooses a search itself, in this process and in Go; hnswlib is C++, compiled for this machine, in a process of its own, without the time of asking it; " +
		"pgvector is a server on loopback, whose times have the round trip in them. Ef is how many candidates a search keeps: more find more of the nearest, and take longer, so compare rows of like recall. " +
		"Build is the time of the index, which in pgvector is made when the rows are there"
	// vectorFaster is said of rows that are faster than ours.
	vectorFaster = "it follows a graph, which visits a small share of the vectors and is as good as the clusters are, while llmspell compares the query with a code of each, " +
		"which finds as much in any vectors and needs no graph to be built. The next step would be to build a graph beside the codes (memory/vector has one) and to use it where it finds as much"
)

// vectorCells are the cells of each row: how many vectors, the program, build, p50, its ratio to llmspell's, recall.
func vectorCells(rows []vectors.Row) (cells [][]any) {
	var ours time.Duration
	size := 0
	figure := func(d time.Duration) string { return render.Figure(bench.Nanoseconds, float64(d)) }
	for _, r := range rows {
		if r.Vectors != size {
			size, ours = r.Vectors, r.P50
		}
		if r.Missing != "" {
			cells = append(cells, []any{r.Vectors, r.Program, "not measured: " + r.Missing, "", "", ""})
			continue
		}
		cells = append(cells, []any{r.Vectors, r.Program, figure(r.Build), figure(r.P50), fmt.Sprintf("%.2fx", float64(r.P50)/float64(max(ours, 1))), fmt.Sprintf("%.4f", r.Recall)})
	}
	return cells
}

// faster says why rows are faster than llmspell's, if some are.
func faster(rows []vectors.Row) string {
	var names []string
	var ours time.Duration
	for _, r := range rows {
		if r.Program == "llmspell" {
			ours = r.P50
		} else if r.Missing == "" && r.P50 < ours {
			names = append(names, fmt.Sprintf("%s of %d", r.Program, r.Vectors))
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf("Faster than llmspell: %s. Why: %s.", strings.Join(names, "; "), vectorFaster)
}

// vectorTable prints them as text.
func vectorTable(w io.Writer, rows []vectors.Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\n  vectors\tprogram\tbuild\tp50\tof llmspell\trecall of 10\n", vectorTitle)
	for _, c := range vectorCells(rows) {
		fmt.Fprintf(t, "  %v\t%v\t%v\t%v\t%v\t%v\n", c...)
	}
	if why := faster(rows); why != "" {
		fmt.Fprintf(t, "  %s\n", why)
	}
	return t.Flush()
}

// vectorSection is their part of the page.
func vectorSection(w io.Writer, rows []vectors.Row) {
	fmt.Fprintf(w, "\n### %s\n\n", vectorTitle)
	if len(rows) == 0 {
		fmt.Fprintln(w, "Not measured: TestVectorPeers failed, or did not run.")
		return
	}
	fmt.Fprintf(w, "What differs: %s.\n\n| vectors | program | build | p50 | of llmspell | recall of 10 |\n|---|---|---|---|---|---|\n", vectorUnlike)
	for _, c := range vectorCells(rows) {
		fmt.Fprintf(w, "| %v | %v | %v | %v | %v | %v |\n", c...)
	}
	if why := faster(rows); why != "" {
		fmt.Fprintf(w, "\n%s\n", why)
	}
}
