package chunk

import "strings"

// markdownHeadings finds the headings of a document, written with # or underlined; not those in fenced code.
func markdownHeadings(document string) []heading {
	var out []heading
	fence, before, beforeAt := "", "", 0
	eachLine(document, len(FrontMatter(document)), len(document), func(from, to int) {
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

// markdownBlocks are paragraphs, of which fenced code is one.
func markdownBlocks(document string, start, end int) []int {
	var out []int
	fence, empty := "", false
	eachLine(document, start, end, func(from, to int) {
		line := strings.TrimSpace(document[from:to])
		if empty && line != "" && fence == "" {
			out = append(out, from)
		}
		empty = line == ""
		switch f := fenceOf(line); {
		case f == "":
		case fence == "":
			fence = f
		case strings.HasPrefix(f, fence) && strings.Trim(line, f[:1]) == "":
			fence = ""
		}
	})
	return out
}

// FrontMatter is what stands in YAML or TOML before a Markdown document, with the lines around it; "" if there is none.
func FrontMatter(document string) string {
	mark, rest, ok := strings.Cut(document, "\n")
	mark = strings.TrimRight(mark, " \t\r")
	if !ok || mark != "---" && mark != "+++" || strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]) == "" {
		return ""
	}
	end := ""
	eachLine(document, len(document)-len(rest), len(document), func(from, to int) {
		line := strings.TrimRight(document[from:to], " \t\r\n")
		if end == "" && (line == mark || mark == "---" && line == "...") {
			end = document[:to]
		}
	})
	return end
}

// FrontTitle is the title that a document's front matter gives it; "" if it gives none.
func FrontTitle(document string) (title string) {
	front := FrontMatter(document)
	eachLine(front, 0, len(front), func(from, to int) {
		for _, sign := range []string{":", "="} {
			name, value, ok := strings.Cut(front[from:to], sign)
			if ok && strings.TrimRight(name, " ") == "title" && title == "" { // of the document, not of something in it: it stands at the margin
				title = strings.Trim(strings.TrimSpace(value), `"'`)
			}
		}
	})
	return title
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
