package sqldb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Dialect is a database's language.
type Dialect string

// The dialects.
const (
	Postgres Dialect = "postgresql"
	MySQL    Dialect = "mysql"
	SQLite   Dialect = "sqlite"
)

// MaxStatement is how long a statement may be, in bytes.
const MaxStatement = 1 << 20

// Statement is what can be said of a statement without understanding it.
type Statement struct {
	// Verb is what it does, in upper case: SELECT, INSERT and so on. Of
	// WITH … INSERT it is INSERT.
	Verb string
}

// Reads tells whether the statement gives rows and changes nothing.
func (s Statement) Reads() bool { return slices.Contains(readVerbs(), s.Verb) }

// Writes tells whether the statement is one that execute allows.
func (s Statement) Writes() bool { return slices.Contains(writeVerbs(), s.Verb) }

func readVerbs() []string {
	return []string{"SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "PRAGMA"}
}

func writeVerbs() []string {
	return []string{"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE", "ANALYZE", "REINDEX"}
}

// Parse reads a statement as far as it takes to see that it is one, and what
// it does.
func Parse(sql string, d Dialect) (Statement, error) {
	if len(sql) > MaxStatement {
		return Statement{}, fmt.Errorf("the statement is longer than %d KB", MaxStatement>>10)
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return Statement{}, errors.New("the statement contains a zero byte")
	}
	s := scanner{text: sql, dialect: d}
	verb, with, depth, ended := "", false, 0, false
	for {
		word, c, err := s.next()
		if err != nil {
			return Statement{}, err
		}
		if c == 0 {
			break
		}
		if ended {
			return Statement{}, errors.New("there is more than one statement; pass one at a time")
		}
		switch c {
		case ';':
			ended = verb != "" || with
		case '(':
			depth++
		case ')':
			depth--
		case 'w':
			word = strings.ToUpper(word)
			switch {
			case verb == "" && !with && word == "WITH":
				with, depth = true, 0
			case verb == "" && !with:
				verb = word
			case verb == "" && depth == 0 && slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES", "TABLE"}, word):
				verb = word
			}
			if d == MySQL && (word == "OUTFILE" || word == "DUMPFILE" || word == "LOAD_FILE") {
				return Statement{}, errFiles
			}
		}
	}
	if verb == "" {
		return Statement{}, errors.New("the statement is empty")
	}
	// Which quotes end a string depends on the server's settings, so these
	// words are refused wherever they stand; parameters may hold them.
	if d == MySQL {
		upper := strings.ToUpper(sql)
		for _, word := range []string{"OUTFILE", "DUMPFILE", "LOAD_FILE"} {
			if strings.Contains(upper, word) {
				return Statement{}, errFiles
			}
		}
	}
	return Statement{Verb: verb}, nil
}

var errFiles = errors.New("INTO OUTFILE, INTO DUMPFILE and LOAD_FILE touch the server's files, and are not allowed; pass text that holds these words as a parameter")

// Placeholders lists the names of a SQLite statement's placeholders :name,
// @name and $name, each once, and tells whether it has others: ? and ?1.
func Placeholders(sql string) (names []string, others bool) {
	s := scanner{text: sql, dialect: SQLite}
	for mark := byte(0); ; {
		word, c, err := s.next()
		if err != nil || c == 0 {
			return names, others
		}
		at := s.at - len(word)
		if c == 'w' && mark != 0 && sql[at-1] == mark && !slices.Contains(names, word) {
			names = append(names, word)
		}
		mark = 0
		switch c {
		case '?':
			others = true
		case ':', '@', '$':
			mark = c
		}
	}
}

// scanner splits a statement into words, punctuation and what is quoted.
type scanner struct {
	text    string
	at      int
	dialect Dialect
}

// next returns the next token: 'w' for a word, 'q' for something quoted, else
// its first byte, 0 at the end.
func (s *scanner) next() (word string, kind byte, err error) {
	for s.at < len(s.text) {
		c, rest := s.text[s.at], s.text[s.at:]
		switch {
		case c <= ' ':
			s.at++
		case strings.HasPrefix(rest, "--") && (s.dialect != MySQL || len(rest) == 2 || rest[2] <= ' '), c == '#' && s.dialect == MySQL:
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				s.at += i + 1
			} else {
				s.at = len(s.text)
			}
		case strings.HasPrefix(rest, "/*"):
			if err := s.comment(); err != nil {
				return "", 0, err
			}
		case c == '\'' || c == '"' || c == '`' && s.dialect != Postgres:
			escapes := s.dialect == MySQL && c != '`' || s.dialect == Postgres && c == '\'' && s.afterE()
			return "", 'q', s.quoted(c, escapes)
		case c == '[' && s.dialect == SQLite:
			i := strings.IndexByte(rest, ']')
			if i < 0 {
				return "", 0, errors.New("a name in [ is not closed")
			}
			s.at += i + 1
			return "", 'q', nil
		case c == '$' && s.dialect == Postgres:
			if tag, ok := dollarTag(rest); ok {
				i := strings.Index(rest[len(tag):], tag)
				if i < 0 {
					return "", 0, fmt.Errorf("a text in %s is not closed", tag)
				}
				s.at += 2*len(tag) + i
				return "", 'q', nil
			}
			s.at++
			return "", c, nil
		case isWord(c):
			n := 1
			for n < len(rest) && (isWord(rest[n]) || rest[n] == '$') {
				n++
			}
			s.at += n
			return rest[:n], 'w', nil
		default:
			s.at++
			return "", c, nil
		}
	}
	return "", 0, nil
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// afterE tells whether a quote follows the E of a PostgreSQL string with
// escapes, which the scanner took for a word.
func (s *scanner) afterE() bool {
	return s.at > 0 && (s.text[s.at-1] == 'e' || s.text[s.at-1] == 'E') && (s.at == 1 || !isWord(s.text[s.at-2]))
}

func (s *scanner) quoted(quote byte, escapes bool) error {
	for i := s.at + 1; i < len(s.text); i++ {
		switch {
		case s.text[i] == '\\' && escapes:
			i++
		case s.text[i] == quote:
			if i+1 < len(s.text) && s.text[i+1] == quote { // doubled
				i++
				continue
			}
			s.at = i + 1
			return nil
		}
	}
	return fmt.Errorf("a text in %c is not closed", quote)
}

// comment skips a comment. PostgreSQL's nest; some of MySQL's are executed.
func (s *scanner) comment() error {
	rest := s.text[s.at:]
	if s.dialect == MySQL && (strings.HasPrefix(rest, "/*!") || strings.HasPrefix(rest, "/*M!")) {
		return errors.New("comments that the server executes (/*! … */) are not allowed; write what they hold")
	}
	depth := 0
	for i := 0; i+1 < len(rest); i++ {
		switch {
		case rest[i] == '/' && rest[i+1] == '*' && (depth == 0 || s.dialect == Postgres):
			depth++
			i++
		case rest[i] == '*' && rest[i+1] == '/':
			depth--
			i++
			if depth == 0 {
				s.at += i + 1
				return nil
			}
		}
	}
	return errors.New("a comment is not closed")
}

// dollarTag returns the $tag$ that a text begins with.
func dollarTag(s string) (string, bool) {
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == '$' {
			return s[:i+1], true
		}
		if !isWord(c) || i == 1 && c >= '0' && c <= '9' {
			return "", false
		}
	}
	return "", false
}
