package text

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// token is a term of a text.
type token struct {
	term string
	// stop: a query passes over it. part: it is within another term, and adds nothing to a text's length.
	stop, part bool
	timely     bool // it tells a time
}

// known bounds the words that an analyzer remembers.
const known = 1 << 16

// longest is the length in bytes of the longest word that is a term; what is longer is data, not language.
const longest = 128

// analyzer turns text into terms. It remembers words: it belongs to one goroutine at a time.
type analyzer struct {
	language Language
	words    map[string][]token
	env      *snowballstem.Env
}

func newAnalyzer(language Language) *analyzer {
	return &analyzer{language: language, words: map[string][]token{}, env: snowballstem.NewEnv("")}
}

// forget is the end of what the analyzer remembers.
func (a *analyzer) forget() {
	if len(a.words) > 0 {
		a.words = map[string][]token{}
	}
	a.env.SetCurrent("")
}

// each calls add for all terms of a text, in order.
func (a *analyzer) each(text string, add func(token)) {
	year := false // the word before was one, as in 2026-05-08
	segments(text, func(word string) {
		tokens, ok := a.words[word]
		if !ok {
			if len(a.words) >= known {
				clear(a.words)
			}
			tokens = a.word(word)
			a.words[strings.Clone(word)] = tokens
		}
		for _, t := range tokens {
			add(t)
		}
		if year {
			if month := isoMonth(word); month != "" {
				add(token{term: a.stem(month), part: true, timely: true})
			}
		}
		year = len(word) == 4 && numeric(word)
	}, func(run string) {
		pairs(fold(run), func(term string, whole bool) { add(token{term: term, part: !whole, stop: !whole}) })
	})
}

// isoMonth names the month that two digits number.
func isoMonth(word string) string {
	if len(word) != 2 {
		return ""
	}
	n := int(word[0]-'0')*10 + int(word[1]-'0')
	if !digit(word[0]) || !digit(word[1]) || n < 1 || n > 12 {
		return ""
	}
	return monthNames[n]
}

var monthNames = [...]string{1: "january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december"}

// word answers the terms of one word: itself, and the words that an identifier is made of.
func (a *analyzer) word(word string) []token {
	if len(word) > longest {
		return nil
	}
	word = strings.Trim(word, "_")
	if word == "" {
		return nil
	}
	out := []token{a.term(word)}
	if joined := joined(word); joined != "" {
		if t := a.term(joined); t.term != out[0].term {
			t.part, t.stop = true, out[0].stop
			out = append(out, t)
		}
	}
	for _, part := range parts(word) {
		t := a.term(part)
		t.part = true
		if t.term != out[0].term {
			out = append(out, t)
		}
	}
	return out
}

// joined is a word without its apostrophes, as many write O'Brien and don't. "": it has none, or it is a contraction that is another
// word then, such as he'll.
func joined(word string) string {
	if !strings.ContainsAny(word, "'\u2019\u2018\u02bc") {
		return ""
	}
	folded := fold(word)
	if stopWords()[folded] && !strings.HasSuffix(folded, "n't") {
		return ""
	}
	return strings.ReplaceAll(folded, "'", "")
}

func (a *analyzer) term(word string) token {
	folded := fold(word)
	if numeric(folded) {
		return token{term: number(folded), timely: true}
	}
	if a.language == None {
		return token{term: folded}
	}
	if stopWords()[folded] {
		return token{term: folded, stop: true}
	}
	return token{term: a.stem(folded), timely: timely()[folded]}
}

// stem leads a folded word to what its forms have in common.
func (a *analyzer) stem(word string) string {
	if a.language == None || !ascii(word) {
		return word
	}
	if base, ok := irregular()[word]; ok {
		word = base
	}
	a.env.SetCurrent(word)
	english.Stem(a.env)
	return a.env.Current()
}
