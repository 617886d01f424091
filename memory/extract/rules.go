package extract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// rule is a form of a clause, and what it says. In its expression NAME stands for a name, WHO for the
// subject: the speaker, as I, or a name.
type rule struct {
	re   *regexp.Regexp
	make func(m match) []Finding
}

// match is a clause that has a rule's form.
type match struct {
	parts  map[string]string
	role   string
	at     time.Time
	follow string // what stands behind it
}

const (
	word     = `\p{Lu}[\p{L}\p{N}]*(?:['.&-]\p{L}[\p{L}\p{N}]*)*`
	title    = `(?:Mrs|Mr|Ms|Dr|Prof)\.? `
	namePart = `(?:` + title + `)?` + word + `(?: (?:(?:of|de|del|van|von|der|da|la|le|y) )?(?:the )?` + word + `){0,4}`
)

// compile makes the expression of a rule. It begins where the clause does; what it ends with must end a word.
func compile(form string) *regexp.Regexp {
	form = strings.NewReplacer("NAME", namePart, "WORD", word, "MONTHS", months, "DIETS", diets, "COUNTED", counted, "PROFESSIONS", professions, "RELATIVES", alternatives(relatives)).Replace(form)
	return regexp.MustCompile(`^` + form + `(?P<follow>$|[ ,:].*)`)
}

func alternatives(m map[string]string) string {
	list := make([]string, 0, len(m))
	for w := range m {
		list = append(list, regexp.QuoteMeta(w))
	}
	slices.Sort(list)
	return strings.Join(list, "|")
}

func (r *rule) apply(clause, role string, at time.Time) []Finding {
	found := r.re.FindStringSubmatch(clause)
	if found == nil {
		return nil
	}
	m := match{parts: map[string]string{}, role: role, at: at}
	for i, name := range r.re.SubexpNames() {
		if name != "" && found[i] != "" {
			m.parts[name] = strings.TrimSpace(found[i])
		}
	}
	m.follow = m.parts["follow"]
	return r.make(m)
}

// who is the subject; "" if it names nobody.
func (m match) who() string {
	switch s := m.parts["who"]; s {
	case "", "I":
		return m.role
	default:
		s = strings.TrimSuffix(s, "'s")
		if !isName(s) || len(strings.Fields(s)) > 4 {
			return ""
		}
		return s
	}
}

// from is when it began to hold: since when, if the clause says it; else when it was said.
func (m match) from() time.Time {
	if s := since().FindStringSubmatch(m.follow); s != nil {
		year, err := strconv.Atoi(s[2])
		if t, monthErr := time.Parse("January", s[1]); err == nil && monthErr == nil {
			return notAfter(time.Date(year, t.Month(), 1, 0, 0, 0, 0, time.UTC), m.at)
		}
		if err == nil && s[1] == "" {
			return notAfter(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), m.at)
		}
	}
	return m.at
}

var since = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:since|back in|in) (?:(` + months + `) )?((?:19|20)\d\d)$`)
})

// notAfter is the first of two times: nothing holds from a time that is to come.
func notAfter(t, limit time.Time) time.Time {
	if t.After(limit) {
		return limit
	}
	return t
}

// fact is one finding of the subject; none if there is no subject.
func (m match) fact(predicate string) (Finding, bool) {
	who := m.who()
	f := Finding{Subject: who, Predicate: predicate, From: m.from(), Confidence: 0.9}
	if who == m.role {
		f.SubjectType = "person" // who speaks is one; another name may be anything's
	}
	return f, who != ""
}

// entity says that the subject has what the part names as predicate.
func entity(predicate, part, kind string) func(match) []Finding {
	return func(m match) []Finding {
		f, ok := m.fact(predicate)
		f.Entity, f.EntityType = name(m.parts[part]), kind
		if !ok || !isName(f.Entity) || f.Entity == f.Subject {
			return nil
		}
		return []Finding{f}
	}
}

// name is a name without what is not part of it: Rome Monday.
func name(s string) string {
	words := strings.Fields(strings.TrimPrefix(strings.TrimSuffix(s, "'s"), "the "))
	for len(words) > 1 && noNames[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// ending is a rule that says what others say, but that it holds no longer.
func ending(of func(match) []Finding) func(match) []Finding {
	return func(m match) []Finding {
		list := of(m)
		for i := range list {
			list[i].Kind = Ends
		}
		return list
	}
}

// values says that the subject has each of what the part lists as predicate.
func values(predicate, part string, words int, confidence float64) func(match) []Finding {
	return func(m match) (out []Finding) {
		f, ok := m.fact(predicate)
		if !ok {
			return nil
		}
		text := m.parts[part]
		if !strings.Contains(text, " and ") { // not a list: what is behind the comma says something else
			text, _, _ = strings.Cut(text, ",")
		}
		for v := range strings.SplitSeq(strings.NewReplacer(", and ", "\x00", " and ", "\x00", ", ", "\x00").Replace(text), "\x00") {
			v = strings.Trim(v, " ,.!")
			for _, article := range []string{"a ", "an ", "the "} {
				v = strings.TrimPrefix(v, article)
			}
			if !plain(v, words) {
				return nil
			}
			f.Value, f.Confidence = v, confidence
			out = append(out, f)
		}
		return out
	}
}
