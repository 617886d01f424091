package chunk

import "strings"

// markdownHeadings finds the headings of a document, written with # or underlined; not those in fenced code.
func markdownHeadings(document string) []heading {
	var out []heading
	fence, before, beforeAt := "", "", 0
	eachLine(document, 0, len(document), func(from, to int) {
		line := strings.TrimRight(document[from:to], " \t\r\n")
		body := strings.TrimLeft(line, " ")
		indented := len(line)-len(body) > 3
		if f := fenceOf(body); f != "" && !indented {
			switch {
			case fence == "":
				fence = f
			case strings.HasPrefix(f, fence) && strings.Trim(body, f[:1]) == "":
				fence = ""
			}
			before = ""
			return
		}
		if fence != "" || indented {
			before = ""
			return
		}
		if rank := len(body) - len(strings.TrimLeft(body, "#")); rank >= 1 && rank <= 6 && (len(body) == rank || body[rank] == ' ' || body[rank] == '\t') {
			out = append(out, heading{from, to, rank, strings.TrimSpace(strings.TrimRight(body[rank:], "# \t"))})
			before = ""
			return
		}
		if before != "" && body != "" && (strings.Trim(body, "=") == "" || strings.Trim(body, "-") == "") {
			rank := 1
			if body[0] == '-' {
				rank = 2
			}
			out = append(out, heading{beforeAt, to, rank, before})
			before = ""
			return
		}
		// Only the first line of a paragraph may be underlined here: longer headings are text.
		if before == "" && body != "" && strings.IndexByte(">-*+|", body[0]) < 0 {
			before, beforeAt = body, from
		} else if body == "" || before != "" {
			before = ""
		}
	})
	return out
}

// fenceOf is the row of signs that begins or ends fenced code.
func fenceOf(line string) string {
	for _, sign := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, sign)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}
