package headless

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Place is where a breakpoint goes, as the command line gives it.
type Place struct {
	File      string // as given; "" is the script
	Line      int
	Condition string
	Action    string // what stands behind "=>"
}

// The line may stand alone. FILE is as short as it can be, so that a condition
// may have a colon and a number in it; that of a Windows path has none.
var (
	lineForm = regexp.MustCompile(`(?s)^\s*()(\d+)(\s+if\s.*|\s+=>.*|\s*)$`)
	fileForm = regexp.MustCompile(`(?s)^\s*(.+?):(\d+)(\s+if\s.*|\s+=>.*|\s*)$`)
)

// ParsePlace reads 'FILE:LINE[ if CONDITION]'.
func ParsePlace(text string) (Place, error) {
	p, rest, err := parseLine(text)
	if err != nil {
		return p, fmt.Errorf("%q is not of the form FILE:LINE or 'FILE:LINE if CONDITION'", text)
	}
	return p, p.setCondition(text, rest)
}

// ParseAction reads 'FILE:LINE[ if CONDITION] => ACTION'. The first " => "
// outside quotes counts.
func ParseAction(text, what string) (Place, error) {
	p, rest, err := parseLine(text)
	at := -1
	if err == nil {
		at = findArrow(rest)
	}
	if at < 0 {
		return p, fmt.Errorf("%q is not of the form 'FILE:LINE => %s' or 'FILE:LINE if CONDITION => %s'", text, what, what)
	}
	if p.Action = strings.TrimSpace(rest[at+len("=>"):]); p.Action == "" {
		return p, fmt.Errorf("%q: %s is missing behind =>", text, what)
	}
	return p, p.setCondition(text, rest[:at])
}

func parseLine(text string) (p Place, rest string, err error) {
	m := lineForm.FindStringSubmatch(text)
	if m == nil {
		m = fileForm.FindStringSubmatch(text)
	}
	if m == nil {
		return p, "", fmt.Errorf("%q names no line", text)
	}
	p.File = m[1]
	if p.Line, err = strconv.Atoi(m[2]); err != nil {
		return p, "", fmt.Errorf("%s is not a line", m[2])
	}
	return p, m[3], nil
}

func (p *Place) setCondition(text, rest string) error {
	rest = strings.TrimSpace(rest)
	condition, given := strings.CutPrefix(rest, "if")
	p.Condition = strings.TrimSpace(condition)
	switch {
	case p.Line < 1:
		return fmt.Errorf("%q: %d is not a line", text, p.Line)
	case given && p.Condition == "":
		return fmt.Errorf("%q: the condition is missing behind if", text)
	}
	return nil
}

// findArrow finds the first "=>" between blanks that is in no Lua string, or -1.
func findArrow(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\'':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case c == '[':
			i = skipLongString(s, i)
		case c == '=' && strings.HasPrefix(s[i:], "=>") && i > 0 && isBlank(s[i-1]) && (i+2 == len(s) || isBlank(s[i+2])):
			return i
		}
	}
	return -1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skipLongString returns the last index of the long string that begins at i, or
// i if none does.
func skipLongString(s string, i int) int {
	level := 0
	for i+1+level < len(s) && s[i+1+level] == '=' {
		level++
	}
	open := i + 1 + level
	if open >= len(s) || s[open] != '[' {
		return i
	}
	end := "]" + strings.Repeat("=", level) + "]"
	if n := strings.Index(s[open+1:], end); n >= 0 {
		return open + n + len(end)
	}
	return len(s)
}

// Find returns the paths that the place's file may have: in the working folder,
// or else beside the script. A file that exists in neither has both: the script
// may make it, and load it, as it runs.
func (p Place) Find(script string) (paths []string, found bool) {
	if p.File == "" {
		return []string{absolute(script)}, true
	}
	here, beside := absolute(p.File), absolute(p.File)
	if !filepath.IsAbs(p.File) {
		beside = absolute(filepath.Join(filepath.Dir(script), p.File))
	}
	for _, path := range []string{here, beside} {
		if _, err := os.Stat(path); err == nil {
			return []string{path}, true
		}
	}
	if here == beside {
		return []string{here}, false
	}
	return []string{here, beside}, false
}

// absolute is the path as the debugger knows it: with the links of its folder
// followed, since those of a file that does not exist cannot be.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(dir, filepath.Base(abs))
	}
	return abs
}
