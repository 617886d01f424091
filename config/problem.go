package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in the configuration.
type Problem struct {
	Source  string `json:"source"`           // a file's path, a variable's name, a flag, or "profile NAME"
	Line    int    `json:"line,omitempty"`   // from 1; 0: not in a file
	Column  int    `json:"column,omitempty"` // from 1, in bytes
	Key     string `json:"key,omitempty"`    // dotted; "" when it is not about a key
	Message string `json:"message"`          // what is wrong, and what is allowed
}

// Error is the problem as file:line:column: key: message.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Source != "" {
		b.WriteString(p.Source + ":")
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", p.Line, p.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	return b.String() + p.Message
}

// Error is all that is wrong with the configuration.
type Error struct{ Problems []*Problem }

// Error lists the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Error()
	}
	if len(lines) == 1 {
		return "the configuration is not valid: " + lines[0]
	}
	return "the configuration is not valid:\n  " + strings.Join(lines, "\n  ")
}

// ExitCode is that of wrong usage.
func (e *Error) ExitCode() int { return 2 }

// nearest finds the word that is most like a wrong one; "" if none is like it.
func nearest(word string, known []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance(strings.ToLower(word), k, least); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters that must be added, removed, changed or swapped
// with their neighbour; limit if there are as many or more.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 100 {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, now := rows[0], rows[1], rows[2]
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		rows = [3][]int{last, now, before}
	}
	return min(rows[1][len(b)], limit)
}

// words lists alternatives: "a, b or c".
func words(list []string) string {
	shown := make([]string, 0, len(list))
	for _, w := range list {
		if w != "" {
			shown = append(shown, w)
		}
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	return strings.Join(shown[:len(shown)-1], ", ") + " or " + shown[len(shown)-1]
}
