package textdiff

import (
	"context"
	"fmt"
	"strings"
	"unicode"
)

// Lines splits a text after each newline.
func Lines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// Script is a script between the lines of two texts.
type Script struct {
	Old, New []string // with their newlines
	Ops      []Op
}

// Stats counts lines.
type Stats struct{ Added, Removed, Unchanged, Hunks int }

// hunk is a group of changes with the equal lines around them: ranges of ops,
// the first and last of which may be cut.
type hunk struct {
	ops                    []Op
	old, oldN, fresh, newN int
}

// hunks groups changes that stand no further apart than twice the context.
func (s *Script) hunks(around int) []hunk {
	var out []hunk
	var cur *hunk
	for i, op := range s.Ops {
		if op.Kind != Equal {
			if cur == nil {
				out = append(out, hunk{old: op.Old, fresh: op.New})
				cur = &out[len(out)-1]
				if i > 0 {
					n := min(around, s.Ops[i-1].N)
					cur.add(Op{Equal, op.Old - n, op.New - n, n})
					cur.old, cur.fresh = op.Old-n, op.New-n
				}
			}
			cur.add(op)
			continue
		}
		switch {
		case cur == nil:
		case op.N > 2*around || i == len(s.Ops)-1:
			cur.add(Op{Equal, op.Old, op.New, min(around, op.N)})
			cur = nil
		default:
			cur.add(op)
		}
	}
	return out
}

func (h *hunk) add(op Op) {
	if op.N == 0 {
		return
	}
	h.ops = append(h.ops, op)
	if op.Kind != Insert {
		h.oldN += op.N
	}
	if op.Kind != Delete {
		h.newN += op.N
	}
}

// Stats counts the script's lines, and its hunks with the given context.
func (s *Script) Stats(around int) Stats {
	st := Stats{Hunks: len(s.hunks(around))}
	for _, op := range s.Ops {
		switch op.Kind {
		case Equal:
			st.Unchanged += op.N
		case Delete:
			st.Removed += op.N
		case Insert:
			st.Added += op.N
		}
	}
	return st
}

const noNewline = "\\ No newline at end of file\n"

func writeLine(b *strings.Builder, prefix, line string) {
	b.WriteString(prefix)
	b.WriteString(line)
	if !strings.HasSuffix(line, "\n") {
		b.WriteString("\n" + noNewline)
	}
}

// span writes a range as unified diffs do: no count of one, and an empty range
// named by the line before it.
func span(start, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, n)
}

// Unified writes the script as diff -u and patch know it; "" when the texts are
// equal.
func (s *Script) Unified(oldName, newName string, around int) string {
	hunks := s.hunks(around)
	if len(hunks) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", oldName, newName)
	for _, h := range hunks {
		fmt.Fprintf(&b, "@@ -%s +%s @@\n", span(h.old, h.oldN), span(h.fresh, h.newN))
		for _, op := range h.ops {
			for i := range op.N {
				switch op.Kind {
				case Equal:
					writeLine(&b, " ", s.Old[op.Old+i])
				case Delete:
					writeLine(&b, "-", s.Old[op.Old+i])
				case Insert:
					writeLine(&b, "+", s.New[op.New+i])
				}
			}
		}
	}
	return b.String()
}

// Context writes the script as diff -c does.
func (s *Script) Context(oldName, newName string, around int) string {
	hunks := s.hunks(around)
	if len(hunks) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*** %s\n--- %s\n", oldName, newName)
	for _, h := range hunks {
		var removes, inserts bool
		changed := map[int]bool{} // positions in h.ops of changes with both sides
		for i, op := range h.ops {
			removes = removes || op.Kind == Delete
			inserts = inserts || op.Kind == Insert
			if op.Kind == Delete && i+1 < len(h.ops) && h.ops[i+1].Kind == Insert {
				changed[i], changed[i+1] = true, true
			}
		}
		side := func(skip Kind, mark string) {
			for i, op := range h.ops {
				prefix := "  "
				switch {
				case op.Kind == skip:
					continue
				case changed[i]:
					prefix = "! "
				case op.Kind != Equal:
					prefix = mark
				}
				for k := range op.N {
					if skip == Insert {
						writeLine(&b, prefix, s.Old[op.Old+k])
					} else {
						writeLine(&b, prefix, s.New[op.New+k])
					}
				}
			}
		}
		fmt.Fprintf(&b, "***************\n*** %s ****\n", closed(h.old, h.oldN))
		if removes {
			side(Insert, "- ")
		}
		fmt.Fprintf(&b, "--- %s ----\n", closed(h.fresh, h.newN))
		if inserts {
			side(Delete, "+ ")
		}
	}
	return b.String()
}

// closed writes a range by its first and last line, as context diffs do.
func closed(start, n int) string {
	if n <= 1 {
		return fmt.Sprint(start + n)
	}
	return fmt.Sprintf("%d,%d", start+1, start+n)
}

// Simple writes the changed lines only, marked with - and +.
func (s *Script) Simple() string {
	var b strings.Builder
	for _, op := range s.Ops {
		for i := range op.N {
			switch op.Kind {
			case Delete:
				b.WriteString("- " + strings.TrimSuffix(s.Old[op.Old+i], "\n") + "\n")
			case Insert:
				b.WriteString("+ " + strings.TrimSuffix(s.New[op.New+i], "\n") + "\n")
			}
		}
	}
	return b.String()
}

// Inline writes the whole new text, with the words that went as [-word-] and
// those that came as {+word+}.
func (s *Script) Inline(ctx context.Context) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s.Ops); i++ {
		op := s.Ops[i]
		switch {
		case op.Kind == Equal:
			b.WriteString(strings.Join(s.New[op.New:op.New+op.N], ""))
		case op.Kind == Delete && i+1 < len(s.Ops) && s.Ops[i+1].Kind == Insert:
			next := s.Ops[i+1]
			i++
			if err := inlineWords(ctx, &b, strings.Join(s.Old[op.Old:op.Old+op.N], ""), strings.Join(s.New[next.New:next.New+next.N], "")); err != nil {
				return "", err
			}
		case op.Kind == Delete:
			mark(&b, "[-", strings.Join(s.Old[op.Old:op.Old+op.N], ""), "-]")
		default:
			mark(&b, "{+", strings.Join(s.New[op.New:op.New+op.N], ""), "+}")
		}
	}
	return b.String(), nil
}

func inlineWords(ctx context.Context, b *strings.Builder, before, after string) error {
	x, y := words(before), words(after)
	ops, err := Compare(ctx, x, y)
	if err != nil {
		return err
	}
	for _, op := range ops {
		switch op.Kind {
		case Equal:
			b.WriteString(strings.Join(x[op.Old:op.Old+op.N], ""))
		case Delete:
			mark(b, "[-", strings.Join(x[op.Old:op.Old+op.N], ""), "-]")
		case Insert:
			mark(b, "{+", strings.Join(y[op.New:op.New+op.N], ""), "+}")
		}
	}
	return nil
}

// mark leaves a final newline outside the mark, so that marks end in their line.
func mark(b *strings.Builder, open, text, end string) {
	body := strings.TrimSuffix(text, "\n")
	b.WriteString(open + body + end)
	if len(body) < len(text) {
		b.WriteByte('\n')
	}
}

// words splits a text into runs of letters and digits, runs of white space, and
// single other characters.
func words(text string) []string {
	var out []string
	start, last := 0, -1
	for i, r := range text {
		class := classOf(r)
		if i > 0 && (class != last || class == 2) {
			out = append(out, text[start:i])
			start = i
		}
		last = class
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// classOf tells letters and digits (0), white space within a line (1), and the rest (2).
func classOf(r rune) int {
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
		return 0
	case r != '\n' && unicode.IsSpace(r):
		return 1
	}
	return 2
}
