package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// table prints rows in columns. On a terminal the last column is cut where the
// line ends; elsewhere nothing is cut, for programs to read.
type table struct {
	header []string
	rows   [][]string
	width  int // of the terminal, in cells; 0: unlimited
}

const columnGap = 2

// minLastColumn is what the last column keeps on the narrowest terminal: better a
// line that wraps than one that says nothing.
const minLastColumn = 12

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.header))
	lines := append([][]string{t.header}, t.rows...)
	for _, row := range lines {
		for i, cell := range row {
			widths[i] = max(widths[i], cellWidth(cell))
		}
	}
	for _, row := range lines {
		var b strings.Builder
		used, last := 0, len(row)-1
		for i, cell := range row[:last] {
			cell = oneLine(cell)
			b.WriteString(cell + strings.Repeat(" ", widths[i]-cellWidth(cell)+columnGap))
			used += widths[i] + columnGap
		}
		cell := oneLine(row[last])
		if t.width > 0 {
			cell = runewidth.Truncate(cell, max(t.width-used, minLastColumn), "…")
		}
		fmt.Fprintln(w, strings.TrimRight(b.String()+cell, " "))
	}
}

func cellWidth(s string) int { return runewidth.StringWidth(oneLine(s)) }

// oneLine keeps a text from another party within its line, and from speaking to
// the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// terminalWidth is the width of a terminal in cells, 0 for anything else.
func terminalWidth(stream any) int {
	if !isTerminal(stream) {
		return 0
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if width, _, err := term.GetSize(int(stream.(*os.File).Fd())); err == nil {
		return width
	}
	return 80
}

// orEmpty makes nil an empty list, which JSON writes as such.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
