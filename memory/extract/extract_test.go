package extract

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// turns reads a file of turns with what is to be taken from them.
type turn struct {
	role, text string
	want, may  []string
}

func turns(t *testing.T, path string) (out []turn) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '=':
			out[len(out)-1].want = append(out[len(out)-1].want, line[2:])
		case line[0] == '~':
			out[len(out)-1].may = append(out[len(out)-1].may, line[2:])
		default:
			role, text, ok := strings.Cut(line, ": ")
			if !ok {
				t.Fatalf("%s: %q is no turn", path, line)
			}
			out = append(out, turn{role: role, text: strings.ReplaceAll(text, `\n`, "\n")})
		}
	}
	return out
}

// shown is a finding as the file writes it.
func shown(f Finding) string {
	object := f.Entity
	if object == "" {
		object = fmt.Sprint(f.Value)
	}
	predicate, ends := f.Predicate, ""
	if f.Kind == Alias {
		predicate = "alias"
	}
	if f.Kind == Ends {
		ends = "- "
	}
	return ends + f.Subject + " | " + predicate + " | " + object
}

// TestFacts holds the rules to what a careful reader takes from turns that were written for them, many of
// which are traps. Nothing may be taken that is not there.
func TestFacts(t *testing.T) {
	taken, right, wanted := 0, 0, 0
	for _, c := range turns(t, "testdata/facts.txt") {
		wanted += len(c.want)
		var got []string
		for _, f := range English(Turn{Role: c.role, Content: c.text, Time: time.Now()}) {
			got = append(got, shown(f))
		}
		taken += len(got)
		for _, g := range got {
			if slices.Contains(c.want, g) {
				right++
			} else if slices.Contains(c.may, g) {
				taken--
			} else {
				t.Errorf("%q: takes %q", c.text, g)
			}
		}
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: does not take %q", c.text, w)
			}
		}
	}
	t.Logf("%d taken, %d of them right; %d wanted", taken, right, wanted)
}

// TestUnseen measures the rules on turns that they were not made for. Nearly nothing may be taken that is not there.
func TestUnseen(t *testing.T) { testShare(t, "testdata/unseen.txt", 0.75) }

// TestPlain measures the rules on turns as people say them, with pronouns, and with traps.
func TestPlain(t *testing.T) { testShare(t, "testdata/plain.txt", 0.75) }

// testShare wants 95 % of what is taken from turns to be right, and a share of what is there to be taken.
func testShare(t *testing.T, path string, share float64) {
	t.Helper()
	taken, right, wanted := 0, 0, 0
	for _, c := range turns(t, path) {
		wanted += len(c.want)
		var found []string
		for _, f := range English(Turn{Role: c.role, Content: c.text, Time: time.Now()}) {
			got := shown(f)
			found = append(found, got)
			switch {
			case slices.Contains(c.want, got):
				right++
				taken++
			case !slices.Contains(c.may, got):
				taken++
				t.Logf("%q: takes %q", c.text, got)
			}
		}
		for _, w := range c.want {
			if !slices.Contains(found, w) {
				t.Logf("%q: does not take %q", c.text, w)
			}
		}
	}
	t.Logf("%d taken, %d of them right (%.1f %%); %d wanted, %.1f %% of them taken", taken, right, 100*float64(right)/float64(taken), wanted, 100*float64(right)/float64(wanted))
	if float64(right) < 0.95*float64(taken) || float64(right) < share*float64(wanted) {
		t.Errorf("of %d facts %d are right, of %d wanted", taken, right, wanted)
	}
}

// TestConversations holds the rules to what a reader takes from long conversations that were not written for
// them: nearly nothing may be taken that is not there.
func TestConversations(t *testing.T) {
	data, err := os.ReadFile("testdata/conversations.txt")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			wanted[line] = true
		}
	}
	taken, right, said := 0, 0, 0
	for _, file := range []string{"build-log", "maya-tom", "priya-dan"} {
		data, err := os.ReadFile("../text/testdata/quality/" + file + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			who, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok {
				continue
			}
			who, _, _ = strings.Cut(who, " ")
			said++
			for _, f := range English(Turn{Role: who, Content: text, Time: time.Now()}) {
				if taken++; wanted[shown(f)] {
					right++
				} else {
					t.Logf("%q: takes %q", text, shown(f))
				}
			}
		}
	}
	t.Logf("%d turns: %d facts taken, %d of them right; a reader takes %d", said, taken, right, len(wanted))
	if float64(right) < 0.95*float64(taken) || right < 9 {
		t.Errorf("%d of %d facts are right; it must be 95 %%, and 9 at least", right, taken)
	}
}

// FuzzEnglish: whatever is said, the rules come to an end, and name somebody.
func FuzzEnglish(f *testing.F) {
	for _, s := range []string{"My name is Ann. I live in Rome!", "I'm allergic to a, b and c", "``` \"", "Call me 'X'", "My sister\u00a0Ünal's cat is called Ÿ."} {
		f.Add("user", s)
	}
	f.Fuzz(func(t *testing.T, role, text string) {
		for _, x := range English(Turn{Role: role, Content: text, Time: time.Now()}) {
			if x.Subject == "" || x.Kind != Alias && (x.Predicate == "" || x.Entity == "" && x.Value == nil) {
				t.Errorf("%q: %+v", text, x)
			}
		}
	})
}
