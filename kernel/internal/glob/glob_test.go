package glob

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"*", "", true}, {"*", "a.b.c", true}, {"**", "a.b", true},
		{"user.*", "user.created", true}, {"user.*", "user.", true}, {"user.*", "user", false}, {"user.*", "user.a.b", true},
		{"*.created", "a.b.created", true}, {"*.created", "created", false}, {"a*c", "abcbc", true}, {"a*c", "abcb", false},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"?", "", false}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false},
		{"user.**.done", "user.a.b.done", true}, {"[a]", "a", false}, {"a.c", "abc", false},
		{"é?", "éé", true}, {"?", "é", true}, {"??", "é", false}, {"*?", "日本", true}, {"*é?", "aéé", true}, {"*??", "é", false}, {"a?", "a\xff", true},
		{"?*", "é", true}, {"user.?", "user.ü", true}, {"*ü", "xü", true},
	} {
		if got := Match(tt.pattern, tt.name); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}

// A pattern made to go back and forth stays quick.
func TestMatchHostile(t *testing.T) {
	start := time.Now()
	if Match(strings.Repeat("*a", 200)+"b", strings.Repeat("a", 20_000)) {
		t.Error("it matches")
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "aXXbYc")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		for _, s := range []string{pattern, name} {
			if len(s) > 100 || !utf8.ValidString(s) || strings.Contains(s, "\n") {
				t.Skip()
			}
		}
		text := regexp.QuoteMeta(pattern)
		text = strings.NewReplacer(`\*`, "(?s:.*)", `\?`, "(?s:.)").Replace(text)
		if strings.Contains(pattern, `\`) {
			t.Skip() // the replacer would be misled
		}
		if want := regexp.MustCompile("^(?:" + text + ")$").MatchString(name); Match(pattern, name) != want {
			t.Errorf("Match(%q, %q) = %v", pattern, name, !want)
		}
	})
}
