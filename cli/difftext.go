package cli

import (
	"fmt"
	"strings"
)

// diffContext is how many lines are shown around a change.
const diffContext = 3

// diffText is the unified diff of two texts, "" if they are equal.
func diffText(path, before, after string) string {
	if before == after {
		return ""
	}
	old, new := splitLines(before), splitLines(after)
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", path, path)
	script := lineEdits(old, new)
	for at := 0; at < len(script); {
		if script[at].kind == ' ' {
			at++
			continue
		}
		first, end := max(0, at-diffContext), at
		for i := at; i < len(script) && i <= end+2*diffContext; i++ {
			if script[i].kind != ' ' {
				end = i + 1
			}
		}
		hunk(&b, script[first:min(len(script), end+diffContext)])
		at = end
	}
	return b.String()
}

func hunk(b *strings.Builder, lines []lineEdit) {
	olds, news := 0, 0
	for _, l := range lines {
		if l.kind != '+' {
			olds++
		}
		if l.kind != '-' {
			news++
		}
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", lines[0].old+min(olds, 1), olds, lines[0].new+min(news, 1), news)
	for _, l := range lines {
		fmt.Fprintf(b, "%c%s\n", l.kind, strings.TrimSuffix(l.text, "\n"))
		if !strings.HasSuffix(l.text, "\n") {
			b.WriteString("\\ No newline at end of file\n")
		}
	}
}

// lineEdit is a line of a diff: ' ' stays, '-' goes, '+' comes. old and new are how many
// lines of each text stand before it.
type lineEdit struct {
	kind     byte
	text     string
	old, new int
}

func splitLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// diffWindow is how many lines ahead a line is looked for again.
const diffWindow = 200

// lineEdits turns one list of lines into another. It is short rather than the shortest:
// where lines differ, the nearest pair of equal ones ahead is where they meet again.
func lineEdits(old, new []string) []lineEdit {
	var out []lineEdit
	i, j := 0, 0
	put := func(kind byte, text string) { out = append(out, lineEdit{kind, text, i, j}) }
	for i < len(old) || j < len(new) {
		if i < len(old) && j < len(new) && old[i] == new[j] {
			put(' ', old[i])
			i, j = i+1, j+1
			continue
		}
		skipOld, skipNew := meet(old[i:], new[j:])
		for range skipOld {
			put('-', old[i])
			i++
		}
		for range skipNew {
			put('+', new[j])
			j++
		}
	}
	return out
}

// meet returns how many lines of each list come before the nearest that both have.
func meet(old, new []string) (int, int) {
	for sum := 1; sum <= diffWindow; sum++ {
		for a := max(0, sum-len(new)); a <= min(sum, len(old)-1); a++ {
			if b := sum - a; b < len(new) && old[a] == new[b] {
				return a, b
			}
		}
	}
	return len(old), len(new)
}
