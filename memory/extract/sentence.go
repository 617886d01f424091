package extract

import (
	"regexp"
	"strings"
	"sync"
)

// cleaning are the expressions that take away what a speaker does not say themselves.
var cleaning = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile("(?s)```.*?(?:```|$)"),    // code
		regexp.MustCompile("`[^`\n]*`"),              // code in a line
		regexp.MustCompile(`(?m)^\s*>.*$`),           // quotation
		regexp.MustCompile(`"[^"]*(?:"|$)`),          // somebody's words
		regexp.MustCompile(`“[^”]*(?:”|$)`),          //
		regexp.MustCompile(`«[^»]*(?:»|$)`),          //
		regexp.MustCompile(`(?:^|\s)'[^'\n]{3,}'\B`), //
	}
})

// joke is what takes back what is said.
var joke = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:(?:just|only|i'm|am) (?:kidding|joking)|in my dreams|yeah,? right)\b|(?:^|[ ,])(?:lol|rofl|jk|j/k|/s|(?:ha){2,}h?)[.! ]*$`)
})

// maxAside is how long a sentence is, in bytes, that says nothing but that the one before was a joke.
const maxAside = 24

// sentences are what a text says, one by one; "" stands for questions, jokes and what is quoted. Each ends with its
// mark, if it has one.
func sentences(text string) (out []string) {
	text = strings.NewReplacer("’", "'", "‘", "'", "\u00a0", " ").Replace(text)
	for _, re := range cleaning() {
		text = re.ReplaceAllString(text, " … ")
	}
	var b strings.Builder
	flush := func() {
		if s := strings.Join(strings.Fields(b.String()), " "); strings.HasSuffix(s, "?") || strings.Contains(s, "…") {
			out = append(out, "")
		} else if joke().MatchString(s) {
			if out = append(out, ""); len(out) > 1 && len(s) < maxAside {
				out[len(out)-2] = "" // it is of what was said before
			}
		} else if s != "" {
			out = append(out, s)
		}
		b.Reset()
	}
	runes := []rune(text)
	for i, r := range runes {
		b.WriteRune(r)
		switch {
		case r == '\n' || r == ';':
			flush()
		case r == '!' || r == '?' || r == '.' && ends(runes, i, b.String()):
			flush()
		}
	}
	flush()
	return out
}

// ends tells whether the full stop at i ends a sentence.
func ends(text []rune, i int, before string) bool {
	if i+1 < len(text) && text[i+1] != ' ' && text[i+1] != '\n' {
		return false // 3.5, example.com
	}
	words := strings.Fields(strings.TrimSuffix(before, "."))
	if len(words) == 0 {
		return true
	}
	switch last := words[len(words)-1]; strings.ToLower(last) {
	case "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "e.g", "i.e", "vs", "no":
		return false
	default:
		return len([]rune(last)) > 1 || strings.ToLower(last) == last || last == "I" // not an initial
	}
}

// opening is what may stand before a statement and says nothing.
var opening = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:(?:(?:ha){2,}|lol|oh|well|yes|yeah|yep|no|nope|so|and|but|also|actually|btw|by the way|ok|okay|now|anyway|besides|in fact|fyi|sure|right|thanks|thank you|great|cool|note that|please note that|remember that|please remember that|remember|for the record|as you know|hi|hey|hello|good morning|morning|as (?:I|we) (?:said|mentioned|wrote|told you)(?: before| earlier| already)?)(?:,? there)?[,!:.]?\s+)`)
})

// vocative is a greeting with a name: Hi Tom,
var vocative = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:hi|hey|hello|thanks|thank you|good morning)\s+\p{Lu}\p{L}*[,!:]\s+`)
})

// again is a verb that has the subject of the clause before it.
var again = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`,? and (?:now |also |currently )?(work|live|study|speak|love|like|hate|moved|am|have)\b`)
})

// related is a statement about somebody who is named beside what they are to the speaker.
var related = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[Mm]y (?:\p{Ll}+ )?(?:` + alternatives(relatives) + `) (\p{Lu}.*)$`)
})

// maxClause is how long a statement is at most, in bytes: what is longer is no plain one.
const maxClause = 300

// clauses are the statements of a sentence, each with a subject.
func clauses(sentence string) (out []string) {
	for {
		rest := vocative().ReplaceAllString(sentence, "")
		rest = opening().ReplaceAllString(rest, "")
		if rest == sentence {
			break
		}
		sentence = rest
	}
	sentence = strings.TrimRight(sentence, ".! ")
	if strings.HasPrefix(sentence, "I ") || strings.HasPrefix(sentence, "I'") {
		sentence = again().ReplaceAllString(sentence, "\x00I $1")
	}
	sentence = strings.NewReplacer(", and I ", "\x00I ", " and I ", "\x00I ", ", and I'", "\x00I'", " and I'", "\x00I'", ", but I ", "\x00I ", " but I ", "\x00I ", ", but I'", "\x00I'",
		", and my ", "\x00my ", " and my ", "\x00my ", ", but my ", "\x00my ",
		", and he ", "\x00he ", ", and she ", "\x00she ", ", and he's ", "\x00he's ", ", and she's ", "\x00she's ",
		" and he ", "\x00he ", " and she ", "\x00she ", " and he's ", "\x00he's ", " and she's ", "\x00she's ", " - ", "\x00", " – ", "\x00", " — ", "\x00").Replace(sentence)
	for c := range strings.SplitSeq(sentence, "\x00") {
		if c = strings.Trim(c, " ,.!:"); c != "" && len(c) <= maxClause {
			out = append(out, c)
			if r := related().FindStringSubmatch(c); r != nil {
				out = append(out, r[1]) // my sister Clara works at …: it is said of Clara, too
			}
		}
	}
	return out
}
