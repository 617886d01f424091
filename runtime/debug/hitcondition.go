package debug

import (
	"fmt"
	"strconv"
	"strings"
)

// hitCondition compares the number of times that a breakpoint was reached.
type hitCondition struct {
	op string
	n  int
}

// parseHitCondition reads "5", "==5", ">5", ">=5", "<5", "<=5", "%3".
func parseHitCondition(s string) (hitCondition, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return hitCondition{}, nil
	}
	op, number := "==", s
	for _, o := range []string{">=", "<=", "==", "=", ">", "<", "%"} {
		if strings.HasPrefix(s, o) {
			op, number = o, strings.TrimSpace(s[len(o):])
			break
		}
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || op == "%" && n == 0 {
		return hitCondition{}, fmt.Errorf("hit condition %q is not a number, or a number after >, >=, <, <=, == or %%", s)
	}
	if op == "=" {
		op = "=="
	}
	return hitCondition{op, n}, nil
}

func (h hitCondition) met(hits int) bool {
	switch h.op {
	case "==":
		return hits == h.n
	case ">":
		return hits > h.n
	case ">=":
		return hits >= h.n
	case "<":
		return hits < h.n
	case "<=":
		return hits <= h.n
	case "%":
		return hits%h.n == 0
	}
	return true
}

// logPart is a piece of a log message: text, or an expression.
type logPart struct {
	text string
	code string
}

// parseLogMessage splits "total {a + b}" into parts. "{{" and "}}" stand for
// braces; braces inside an expression must match.
func parseLogMessage(s string) ([]logPart, error) {
	parts := []logPart{}
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, logPart{text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '{' && strings.HasPrefix(s[i:], "{{"), c == '}' && strings.HasPrefix(s[i:], "}}"):
			text.WriteByte(c)
			i++
		case c == '{':
			end, depth := i+1, 1
			for ; end < len(s); end++ {
				if q := s[end]; q == '"' || q == '\'' { // braces in strings do not count
					for end++; end < len(s) && s[end] != q; end++ {
						if s[end] == '\\' {
							end++
						}
					}
					continue
				}
				if s[end] == '{' {
					depth++
				} else if s[end] == '}' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			if depth > 0 {
				return nil, fmt.Errorf("log message: the '{' at position %d is not closed", i+1)
			}
			code := strings.TrimSpace(s[i+1 : end])
			if err := checkExpression(code); err != nil {
				return nil, fmt.Errorf("log message: {%s}: %w", code, err)
			}
			flush()
			parts = append(parts, logPart{code: code})
			i = end
		default:
			text.WriteByte(c)
		}
	}
	flush()
	return parts, nil
}
