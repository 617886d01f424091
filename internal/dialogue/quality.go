package dialogue

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Set is conversations and questions about them, of memory/text/testdata/quality.
type Set struct {
	Turns     []Turn
	Questions []Question
}

// Question is one, and the turns that answer it, by their numbers.
type Question struct {
	Kind, Text string
	Evidence   []int64
}

// Recall is the part of the evidence that is among some turns.
func (q Question) Recall(turns []int64) float64 {
	found := 0
	for _, n := range q.Evidence {
		if slices.Contains(turns, n) {
			found++
		}
	}
	return float64(found) / float64(len(q.Evidence))
}

// Read reads a folder of conversations and their questions.
func Read(dir string) (*Set, error) {
	s, marks := &Set{}, map[string]int64{} // turns that are evidence
	files, err := filepath.Glob(filepath.Join(dir, "*-*.txt"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no conversations in %s: %w", dir, err)
	}
	for _, file := range files {
		if err := s.readConversation(file, marks); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	list, err := readLines(filepath.Join(dir, "questions.txt"))
	for _, line := range list {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("questions.txt: %q has not three parts", line)
		}
		q := Question{Kind: parts[0], Text: parts[1]}
		for _, mark := range strings.Fields(parts[2]) {
			n, ok := marks[mark]
			if !ok {
				return nil, fmt.Errorf("questions.txt: no turn has the mark %q", mark)
			}
			q.Evidence = append(q.Evidence, n)
		}
		s.Questions = append(s.Questions, q)
	}
	return s, err
}

// readConversation reads sessions that begin with "== time", and turns such as "Ada {mark}: text".
func (s *Set) readConversation(file string, marks map[string]int64) error {
	list, err := readLines(file)
	var at time.Time
	for _, line := range list {
		if start, ok := strings.CutPrefix(line, "== "); ok {
			if at, err = time.Parse("2006-01-02 15:04", start); err != nil {
				return err
			}
			continue
		}
		who, body, _ := strings.Cut(line, ": ")
		name, mark, marked := strings.Cut(strings.TrimSuffix(who, "}"), " {")
		if marked {
			if _, again := marks[mark]; again {
				return fmt.Errorf("the mark %q is there twice", mark)
			}
			marks[mark] = int64(len(s.Turns))
		}
		s.Turns = append(s.Turns, Turn{Session: filepath.Base(file) + at.String(), Speaker: name, Text: body, Time: at})
	}
	return err
}

func readLines(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	return strings.Split(strings.TrimSpace(string(text)), "\n"), err
}
