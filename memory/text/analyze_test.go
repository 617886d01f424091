package text

import (
	"slices"
	"strings"
	"testing"
)

// shown writes terms as words; parts are in parentheses, stop words have a minus.
func shown(a *analyzer, text string) string {
	var out []string
	a.each(text, func(t token) {
		s := t.term
		if t.stop {
			s = "-" + s
		}
		if t.part {
			s = "(" + s + ")"
		}
		out = append(out, s)
	})
	return strings.Join(out, " ")
}

func TestTerms(t *testing.T) {
	a := newAnalyzer(English)
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"The boats, sailing!", "-the boat sail"},
		{"She wrote it; children write", "-she write -it child write"},
		{"Caroline’s café CAFÉ", "carolin cafe cafe"},
		{"ＦＵＬＬ width Straße", "full width strass"},
		{"getUserName HTTPServer", "getusernam (get) (user) (name) httpserver (http) (server)"},
		{"max_open_conns _private", "max_open_conn (max) (open) (conn) privat"},
		{"os.Open at 3.14 or 1,000", "os.open (os) (open) -at 3.14 -or 1000"},
		{"8th of 08 May", "8 -of 8 may"},
		{"2026-05-08", "2026 5 (may) 8"},
		{"2026-13-08", "2026 13 8"},
		{"don't can’t he'll", "-don't (-dont) -can't (-cant) -he'll"},
		{"O'Brien’s Maya's", "o'brien (obrien) maya"},
		{"東京都", "(-東) 東京 (-京) 京都 (-都)"},
		{"本", "本"},
		{"カタカナ語 and 한국어", "(-カ) カタ (-タ) タカ (-カ) カナ (-ナ) ナ語 (-語) -and (-한) 한국 (-국) 국어 (-어)"},
		{"привет МИР", "привет мир"},
		{"\xff\xfe ok", "ok"},
		{strings.Repeat("x", 200) + " y", "y"},
	} {
		for range 2 { // the second time the words are known
			if got := shown(a, tt.text); got != tt.want {
				t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
			}
		}
	}
	if got := shown(newAnalyzer(None), "The Boats wrote"); got != "the boats wrote" {
		t.Errorf("without a language: %s", got)
	}
}

func TestFindsOtherForms(t *testing.T) {
	ix := newIndex(t, Params{})
	for id, body := range []string{"I wrote to the children yesterday", "call getUserName first", "私は東京都に住んでいます", "We met on 2026-05-08", "Ein Café in Bologna", "who was it?"} {
		put(t, ix, int64(id), Document{Body: body})
	}
	for query, want := range map[string]int64{"writing child": 0, "user name": 1, "東京": 2, "住": 2, "8 May": 3, "cafe": 4, "Who was?": 5} {
		if got := ids(search(t, ix, query, Options{})); len(got) == 0 || got[0] != want {
			t.Errorf("%q finds %v, want %d", query, got, want)
		}
	}
}

// TestNeighbours has an answer that shares no word with its question.
func TestNeighbours(t *testing.T) {
	ix := newIndex(t, Params{})
	put(t, ix, 1, Document{Session: "s", Speaker: "Ada", Body: "Which instrument do you play?"})
	put(t, ix, 2, Document{Session: "s", Speaker: "Bob", Body: "The accordion."})
	put(t, ix, 3, Document{Session: "t", Speaker: "Bob", Body: "Nothing new."})
	if got := ids(search(t, ix, "instrument", Options{})); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("got %v", got)
	}
	if got := ids(search(t, ix, "instrument", Options{Speaker: "Bob"})); !slices.Equal(got, []int64{2}) {
		t.Errorf("of Bob: got %v", got)
	}
	ix.Delete(1)
	if got := search(t, ix, "instrument", Options{}); len(got) > 0 {
		t.Errorf("after the question is forgotten: %v", got)
	}
}

func FuzzAnalyze(f *testing.F) {
	f.Add("The boats don't 東京都 getUserName 1,000 8th 2026-05-08 ﷺ é\u0301")
	f.Fuzz(func(t *testing.T, text string) {
		first, again := newAnalyzer(English), newAnalyzer(English)
		want := shown(first, text)
		if got := shown(again, text); got != want || shown(first, text) != want {
			t.Errorf("%q: terms differ: %s, %s", text, got, want)
		}
		first.each(text, func(tok token) {
			if tok.term == "" {
				t.Errorf("%q has an empty term", text)
			}
		})
	})
}
