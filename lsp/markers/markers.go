// Package markers runs tests that are written as comments in Lua files:
//
//	local x = tostring(1)
//	--@ type(x) = "string"
//	calc:execute({
//	--@ complete({|) has "input"
//
// A marker speaks of the nearest line above it that is no marker: what is in
// parentheses is a piece of that line, the last such piece if there are several, or
// the last but one with a @ for each one to pass over: type(x@). A | in it is a place
// between two bytes; without one it has to be whole words, and the place is its end.
//
// What follows = or "has" is a quoted Go string, or the rest of the line.
package markers

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Marker is one marker of a file.
type Marker struct {
	Kind string
	// Piece is the piece of text without the |. Start and End are where it is in the
	// file, Offset the place that is meant.
	Piece              string
	Start, End, Offset int
	// Op is "=" or "has"; Want is what follows.
	Op, Want string
	Line     int // of the marker, from 1
}

// Read returns the markers of a text. A marker that cannot be understood, or speaks
// of what is not there, is an error of the test.
func Read(t testing.TB, name, text string) []Marker {
	t.Helper()
	var list []Marker
	var code string // the last line of code
	codeAt, at := 0, 0
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(trimmed, "--@"); ok {
			m, problem := parse(strings.TrimSpace(rest), code, codeAt)
			if problem != "" {
				t.Errorf("%s:%d: marker %q: %s", name, i+1, trimmed, problem)
			} else {
				m.Line = i + 1
				list = append(list, m)
			}
		} else if trimmed != "" {
			code, codeAt = line, at
		}
		at += len(line) + 1
	}
	return list
}

func parse(s, code string, codeAt int) (m Marker, problem string) {
	kind, rest, ok := strings.Cut(s, "(")
	if !ok {
		return m, "no ( behind its kind"
	}
	op := ""
	end := -1
	for _, o := range []string{") = ", ") has "} {
		if at := strings.LastIndex(rest, o); at >= 0 && (end < 0 || at < end) {
			end, op = at, o
		}
	}
	if end < 0 {
		return m, `neither ") = " nor ") has " in it`
	}
	piece, want := rest[:end], strings.TrimSpace(rest[end+len(op):])
	if strings.HasPrefix(want, `"`) || strings.HasPrefix(want, "`") {
		unquoted, err := strconv.Unquote(want)
		if err != nil {
			return m, "what is wanted is no quoted string"
		}
		want = unquoted
	}
	skip := 0
	for strings.HasSuffix(piece, "@") {
		piece, skip = piece[:len(piece)-1], skip+1
	}
	words := false
	cursor := strings.IndexByte(piece, '|') // a place in a word
	if cursor >= 0 {
		piece = piece[:cursor] + piece[cursor+1:]
	} else {
		cursor = len(piece)
		words = true
	}
	at := find(code, piece, words)
	for ; skip > 0 && at >= 0; skip-- {
		at = find(code[:at], piece, words)
	}
	if at < 0 {
		return m, "the line of code above has no " + strconv.Quote(piece)
	}
	return Marker{
		Kind: strings.TrimSpace(kind), Piece: piece, Op: strings.Trim(op, ") "), Want: want,
		Start: codeAt + at, End: codeAt + at + len(piece), Offset: codeAt + at + cursor,
	}, ""
}

// find returns where the last piece is, -1 if there is none. Whole words only: x is not
// found in max.
func find(code, piece string, words bool) int {
	for end := len(code); ; {
		at := strings.LastIndex(code[:end], piece)
		if at < 0 || !words || piece == "" {
			return at
		}
		before := at > 0 && isWord(code[at-1]) && isWord(piece[0])
		next := at + len(piece)
		after := next < len(code) && isWord(code[next]) && isWord(piece[len(piece)-1])
		if !before && !after {
			return at
		}
		end = next - 1
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Files returns the paths of the Lua files in a folder and below, sorted.
func Files(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".lua") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no Lua files in %s: %v", dir, err)
	}
	return files
}

// Check compares an answer with what a marker wants.
func (m Marker) Check(t testing.TB, name, got string) {
	t.Helper()
	ok := got == m.Want
	if m.Op == "has" {
		ok = strings.Contains(got, m.Want)
	}
	if !ok {
		t.Errorf("%s:%d: %s(%s) is %q, wanted %s %q", name, m.Line, m.Kind, m.Piece, got, m.Op, m.Want)
	}
}
