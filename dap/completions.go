package dap

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// completionsArguments: a line that is absent is the first, whatever the client
// counts from.
type completionsArguments struct {
	FrameID int    `json:"frameId"`
	Text    string `json:"text"`
	Line    *int   `json:"line"`
	Column  int    `json:"column"`
}

// completions proposes how a text goes on. Columns, starts and lengths count
// UTF-16 units within a line.
func (s *session) completions(ctx context.Context, args completionsArguments) (any, error) {
	e, frame, err := s.engineFor(args.FrameID)
	if err != nil {
		return nil, err
	}
	line := 1
	if args.Line != nil {
		line = s.client.toServerLine(*args.Line)
	}
	lines := strings.SplitAfter(args.Text, "\n")
	if line < 1 || line > len(lines) {
		return nil, badArguments("completions: the text has no line %d", line)
	}
	before := 0
	for _, l := range lines[:line-1] {
		before += len(l)
	}
	offset := before + utf16ToByte(lines[line-1], args.Column-s.client.columnBase)
	list, err := e.Completions(ctx, frame, args.Text, offset)
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	body := completionsBody{Targets: make([]completionItem, 0, len(list))}
	for i, c := range list {
		start := min(max(c.Start, 0), len(args.Text))
		end := min(max(start+c.Length, start), len(args.Text))
		lineStart := strings.LastIndexByte(args.Text[:start], '\n') + 1
		body.Targets = append(body.Targets, completionItem{
			Label: c.Label, Text: textUnless(c.Text, c.Label), Type: string(c.Kind), Detail: c.Detail,
			SortText: fmt.Sprintf("%05d", i), // clients would sort by the alphabet
			Start:    utf16Len(args.Text[lineStart:start]) + s.client.columnBase,
			Length:   utf16Len(args.Text[start:end]),
		})
	}
	return body, nil
}

func textUnless(text, label string) string {
	if text == label {
		return ""
	}
	return text
}

// utf16Len counts the UTF-16 units of a text. A byte that is not UTF-8 counts
// as one, as it does when it is sent.
func utf16Len(text string) int {
	n := 0
	for _, r := range text {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// utf16ToByte finds the byte that a number of UTF-16 units comes before. Beyond
// the end of the line it is the end, without the line break.
func utf16ToByte(line string, units int) int {
	i := 0
	for i < len(line) && line[i] != '\n' && units > 0 {
		r, size := utf8.DecodeRuneInString(line[i:])
		if units--; r > 0xFFFF {
			units--
		}
		i += size
	}
	return i
}
