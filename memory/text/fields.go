package text

import (
	"strings"
	"time"
)

// analyze enters the terms of a document's fields.
func (ix *Index) analyze(slot int32, d Document) {
	length := 0
	ix.analyzer.each(d.Body, func(t token) {
		ix.enter(slot, t.term, 1)
		if !t.part {
			length++
		}
		if t.timely {
			ix.flags[slot] |= isTimely
		}
	})
	length = min(length, longestText)
	ix.length[slot] = float32(length)
	ix.total += int64(length)
	if endsWithQuestion(d.Body) {
		ix.flags[slot] |= isQuestion
	}
	if !d.Time.IsZero() && ix.params.Date > 0 {
		ix.analyzer.each(dateWords(d.Time), func(t token) { ix.enter(slot, t.term, float32(ix.params.Date)) })
	}
	ix.speaker[slot] = none
	if d.Speaker == "" && d.Role == "" {
		return
	}
	number := ix.speakers.number(speakerKey(d.Speaker, d.Role))
	ix.speaker[slot] = number
	s := ix.speakers.at(number)
	if s.terms == nil {
		s.terms = ix.nameTerms(d.Speaker, d.Role)
	}
	for _, term := range s.terms {
		ix.enter(slot, term, 1)
	}
}

// longestText is what the length of a longer text counts as, in words.
const longestText = 1<<24 - 1

// enter counts an occurrence of a term.
func (ix *Index) enter(slot int32, term string, count float32) {
	number, ok := ix.terms[term]
	if !ok {
		if n := len(ix.spare); n > 0 {
			number, ix.spare = ix.spare[n-1], ix.spare[:n-1]
		} else {
			number = int32(len(ix.postings))
			ix.postings = append(ix.postings, postings{})
		}
		term = strings.Clone(term) // not the whole text that it was cut from
		ix.postings[number].term = term
		ix.terms[term] = number
	}
	if ix.postings[number].add(slot, count) {
		d := &ix.docs[slot]
		d.terms = append(d.terms, number)
	}
}

// nameTerms are the terms by which a query names a speaker.
func (ix *Index) nameTerms(speaker, role string) []string {
	terms := []string{}
	ix.analyzer.each(speaker+" "+role, func(t token) {
		if !t.stop && !t.part {
			terms = append(terms, t.term)
		}
	})
	return terms
}

// speakerKey joins a name and a role; splitSpeaker takes them apart.
func speakerKey(speaker, role string) string { return role + "\x00" + speaker }

func splitSpeaker(key string) (speaker, role string) {
	role, speaker, _ = strings.Cut(key, "\x00")
	return speaker, role
}

// dateWords are the words by which a query names a day.
func dateWords(t time.Time) string { return t.Format("2 January 2006") }

func endsWithQuestion(body string) bool {
	body = strings.TrimRight(body, " \t\r\n\"')")
	return strings.HasSuffix(body, "?") || strings.HasSuffix(body, "？")
}
