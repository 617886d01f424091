package tokens

import (
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	// Counts of OpenAI's tiktoken.
	for _, tt := range []struct {
		encoding, text string
		want           int
	}{
		{O200k, "", 0},
		{"", "hello world", 2},
		{O200k, "tiktoken is great!", 6},
		{Cl100k, "tiktoken is great!", 6},
		{Cl100k, "hello world", 2},
		{Cl100k, "お誕生日おめでとう", 9},
		{O200k, "お誕生日おめでとう", 8},
	} {
		c, err := New(tt.encoding)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second is remembered
			if got, err := c.Count(tt.text); err != nil || got != tt.want {
				t.Errorf("%s: Count(%q) = %d, %v, want %d", c.Encoding(), tt.text, got, err, tt.want)
			}
		}
	}
}

func TestUnknownEncoding(t *testing.T) {
	if _, err := New("gpt9"); err == nil || !strings.Contains(err.Error(), O200k) {
		t.Errorf("New(gpt9): %v", err)
	}
}

func TestRemembersSoMuch(t *testing.T) {
	c, err := New(Cl100k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range remembered + 10 {
		if _, err := c.Count(string(rune(0x1000 + i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.counts); n > remembered {
		t.Errorf("%d counts are remembered", n)
	}
}
