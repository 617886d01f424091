package chunk

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// level answers the offsets between start and end where a document may be cut, in order.
type level func(document string, start, end int) []int

// paragraphs end with empty lines.
func paragraphs(document string, start, end int) []int {
	var out []int
	empty := false
	eachLine(document, start, end, func(from, to int) {
		blank := strings.TrimSpace(document[from:to]) == ""
		if empty && !blank {
			out = append(out, from)
		}
		empty = blank
	})
	return out
}

// sentencesOf follows Unicode's sentence boundaries (UAX #29).
func sentencesOf(document string, start, end int) []int {
	var out []int
	it := sentences.FromString(document[start:end])
	for it.Next() {
		out = append(out, start+it.End())
	}
	return out
}

// wordsOf cuts after white space.
func wordsOf(document string, start, end int) []int {
	var out []int
	for i := start + 1; i < end; i++ {
		if space(document[i-1]) && !space(document[i]) {
			out = append(out, i)
		}
	}
	return out
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// linesOf cuts after each line.
func linesOf(document string, start, end int) []int {
	var out []int
	eachLine(document, start, end, func(_, to int) { out = append(out, to) })
	return out
}

// characters cuts nothing: the last level takes as many characters as may be.
func characters(string, int, int) []int { return nil }

// blocks of code begin at the margin, after a line that is empty or a comment that belongs to them.
func blocks(document string, start, end int) []int {
	var out []int
	comment, before := -1, "" // where the comment begins that the next line ends
	eachLine(document, start, end, func(from, to int) {
		line := strings.TrimRight(document[from:to], " \t\r\n")
		switch {
		case line == "":
			comment = -1
		case isComment(line):
			if comment < 0 {
				comment = from
			}
		case strings.IndexByte(" \t})]", line[0]) >= 0 || continues(line):
			comment = -1
		default:
			if comment >= 0 {
				out = append(out, comment)
			} else if before == "" || closes(before) {
				out = append(out, from)
			}
			comment = -1
		}
		before = line
	})
	return out
}

// within are the blocks of a block, such as the methods of a class: they begin after an empty line, or with a comment after
// one, and stand less far from the margin than all else there.
func within(document string, start, end int) []int {
	var out []int
	least, empty, comment := -1, false, -1 // where the comment begins that the next line ends
	eachLine(document, start, end, func(from, to int) {
		line := strings.TrimRight(document[from:to], " \t\r\n")
		body := strings.TrimLeft(line, " \t")
		indent := len(line) - len(body)
		switch {
		case body == "":
			empty, comment = true, -1
			return
		case isComment(body):
			if empty {
				comment = from
			}
			empty = false
			return
		}
		if begin := max(comment, -1); empty || begin >= 0 {
			if begin < 0 {
				begin = from
			}
			if least < 0 || indent < least {
				least, out = indent, out[:0]
			}
			if indent == least && begin > start && strings.IndexByte("})]", body[0]) < 0 {
				out = append(out, begin)
			}
		}
		empty, comment = false, -1
	})
	return out
}

func isComment(line string) bool {
	for _, mark := range []string{"//", "#", "--", "/*", "*/", ";;", "\"\"\"", "@"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// continues reports whether a line at the margin belongs to the block above.
func continues(line string) bool {
	switch strings.Trim(line, "():; ") {
	case "end", "else", "fi", "done", "esac", "begin", "{":
		return true
	}
	return strings.HasPrefix(line, "else") || strings.HasPrefix(line, "elif ") || strings.HasPrefix(line, "except") || strings.HasPrefix(line, "finally")
}

// closes reports whether a block ends with a line.
func closes(line string) bool {
	return line[0] == '}' || line[0] == ')' || line[0] == ']' || strings.TrimRight(line, "); ,") == "end"
}

// eachLine calls f with the offsets of each line, with its line end.
func eachLine(document string, start, end int, f func(from, to int)) {
	for start < end {
		to := end
		if i := strings.IndexByte(document[start:end], '\n'); i >= 0 {
			to = start + i + 1
		}
		f(start, to)
		start = to
	}
}
