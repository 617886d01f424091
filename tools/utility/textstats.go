package utility

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxStatistics bounds the text of text-statistics.
const maxStatistics = 16 << 20

func textStatisticsDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "text-statistics", Aliases: []string{"text-analyzer", "word-count"}, Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"text", "words", "count", "readability", "frequency"},
		Description: "Counts characters, words, sentences, lines and paragraphs of a text, its most frequent words, and its readability",
		Parameters: schema.Map("",
			schema.Required("input", schema.Text("The text, of at most 16 MB"), "text"),
			schema.Optional("top", schema.Int("How many of the most frequent words to list", 0, 1000).WithDefault(10)),
			schema.Optional("min_length", schema.Int("The shortest words to list, in characters", 1, 100).WithDefault(1)),
			schema.Optional("words_per_minute", schema.Int("How fast one reads", 1, 10_000).WithDefault(238)),
			schema.Optional("ignore_words", schema.List("Words that are not listed, in any letter case", schema.Text("A word")), "stop_words")),
		Result: schema.Map("",
			schema.Required("characters", schema.Num("With white space")), schema.Required("characters_no_spaces", schema.Num("Without white space")), schema.Required("bytes", schema.Num("In UTF-8")),
			schema.Required("words", schema.Num("Words")), schema.Required("unique_words", schema.Num("Different words, in any letter case")), schema.Required("sentences", schema.Num("Sentences")),
			schema.Required("lines", schema.Num("Lines")), schema.Required("paragraphs", schema.Num("Paragraphs, with empty lines between them")), schema.Required("syllables", schema.Num("Syllables, by the rules of English")),
			schema.Required("average_word_length", schema.Num("In characters")), schema.Required("average_sentence_length", schema.Num("In words")),
			schema.Required("longest_word", schema.Text("The first of the longest words")), schema.Required("reading_minutes", schema.Num("Time to read it")),
			schema.Required("flesch_reading_ease", schema.Num("Higher is easier; for English")), schema.Required("flesch_kincaid_grade", schema.Num("School grade in the USA; for English")),
			schema.Required("frequency", schema.List("The most frequent words: {word, count, share}", nil))),
		Examples: []tool.Example{{Description: "Count", Params: object("input", "The cat sat. The dog ran away!\n\nThe end.", "top", 1.0),
			Want: object("words", 9.0, "sentences", 3.0, "paragraphs", 2.0, "lines", 3.0, "unique_words", 7.0, "frequency", array(object("word", "the", "count", 3.0, "share", 0.3333)))}},
	}, textStatistics)
}

func textStatistics(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	text := p.String("input")
	if len(text) > maxStatistics {
		return nil, tool.Errorf(tool.LimitExceeded, "the text has %d MB; at most %d MB can be counted", len(text)>>20, maxStatistics>>20)
	}
	chars, spaces, sentences, inSentence := 0, 0, 0, false
	for _, r := range text {
		if chars++; chars%65536 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case unicode.IsSpace(r):
			spaces++
		case strings.ContainsRune(".!?…。！？", r):
			if inSentence {
				sentences++
			}
			inSentence = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			inSentence = true
		}
	}
	if inSentence {
		sentences++
	}
	lines, paragraphs, inParagraph := 0, 0, false
	for l := range strings.Lines(text) {
		lines++
		blank := strings.TrimSpace(l) == ""
		if !blank && !inParagraph {
			paragraphs++
		}
		inParagraph = !blank
	}
	counts := map[string]int{}
	words, letters, syllables, longest, longestLength := 0, 0, 0, "", 0
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && !unicode.IsMark(r)
	}) {
		if w = strings.Trim(w, "'’"); w == "" {
			continue
		}
		if words++; words%16384 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := len([]rune(w))
		letters += n
		if n > longestLength {
			longest, longestLength = w, n
		}
		w = strings.ToLower(w)
		syllables += countSyllables(w)
		counts[w]++
	}
	if longestLength > 200 {
		longest = string([]rune(longest)[:200]) + "…"
	}
	per := func(a, b int) float64 { return float64(a) / float64(max(1, b)) }
	ease, grade := 0.0, 0.0
	if words > 0 {
		ease = 206.835 - 1.015*per(words, sentences) - 84.6*per(syllables, words)
		grade = 0.39*per(words, sentences) + 11.8*per(syllables, words) - 15.59
	}
	return &tool.Result{Message: formatUint(uint64(words)) + " words", Value: map[string]any{
		"characters": chars, "characters_no_spaces": chars - spaces, "bytes": len(text), "words": words, "unique_words": len(counts), "sentences": sentences,
		"lines": lines, "paragraphs": paragraphs, "syllables": syllables, "average_word_length": roundTo(per(letters, words), 2),
		"average_sentence_length": roundTo(per(words, sentences), 2), "longest_word": longest, "reading_minutes": roundTo(per(words, p.Int("words_per_minute")), 2),
		"flesch_reading_ease": roundTo(ease, 1), "flesch_kincaid_grade": roundTo(grade, 1), "frequency": mostFrequent(p, counts, words),
	}}, nil
}

func mostFrequent(p tool.Params, counts map[string]int, words int) []any {
	ignored := map[string]bool{}
	list, _ := p["ignore_words"].([]any)
	for _, w := range list {
		s, _ := w.(string)
		ignored[strings.ToLower(s)] = true
	}
	var names []string
	for w := range counts {
		if !ignored[w] && len([]rune(w)) >= p.Int("min_length") {
			names = append(names, w)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	out := []any{}
	for _, w := range names[:min(p.Int("top"), len(names))] {
		out = append(out, map[string]any{"word": w, "count": counts[w], "share": roundTo(float64(counts[w])/float64(words), 4)})
	}
	return out
}

// countSyllables counts groups of vowels, without a silent e at the end.
func countSyllables(w string) int {
	n, vowel := 0, false
	for _, r := range w {
		is := strings.ContainsRune("aeiouyäöüáéíóúàèìòùâêîôû", r)
		if is && !vowel {
			n++
		}
		vowel = is
	}
	if strings.HasSuffix(w, "e") && !strings.HasSuffix(w, "le") && n > 1 {
		n--
	}
	return max(1, n)
}
