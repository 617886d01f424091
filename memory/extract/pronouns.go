package extract

import (
	"regexp"
	"strings"
	"sync"
)

// referent is who a pronoun at the beginning of the next statement surely means: the only one of whom the statement before speaks.
type referent struct {
	name     string // "": nobody has said it yet
	relative string // what they are to the speaker: a key of relatives; "": nothing
	gender   string // "he", "she" or "": one of the two
}

// women and men are the relatives whose pronoun is known.
var (
	women = set("wife girlfriend fiancée fiancee mother mum mom sister daughter aunt niece grandmother grandma")
	men   = set("husband boyfriend fiancé fiance father dad brother son uncle nephew grandfather grandpa")
)

// only are the relatives of whom somebody has one: of these it can be told what they do, also without their names.
var only = set("wife husband spouse partner girlfriend boyfriend fiancée fiancé mother father boss")

func genderOf(relative string) string {
	switch {
	case women[relative]:
		return "she"
	case men[relative]:
		return "he"
	}
	return ""
}

// expressions about pronouns and whom they mean.
type referring struct {
	naming, starts, owns, named, has, lives, mine, someone, parents, others *regexp.Regexp
}

var referrals = sync.OnceValue(func() referring {
	re := func(form string) *regexp.Regexp {
		return regexp.MustCompile(strings.NewReplacer("NAME", namePart, "RELATIVES", alternatives(relatives), "PROFESSIONS", professions).Replace(form))
	}
	return referring{
		naming:  re(`^(?i:(his|her|its) name(?: is|'s)|(he|she|it)(?: is|'s) (called|named)) (NAME)(,.*)?$`),
		starts:  re(`^(?i:(he|she|it))( |'s )(.+)$`),
		owns:    re(`^(?i:(his|her|its)) (.+)$`),
		named:   re(`^[Mm]y (?:(?:new|old|older|younger|elder|little|big|best|eldest|youngest|twin) )?(RELATIVES)(?:'s name is|'s called| is called| is named|,)? (NAME)(.*)$`),
		has:     re(`^(?:I|We|I've|We've) (?:(?:just|recently|now|also|have|do) )*(?:have|got|own|adopted|rescued|bought) an? (?:[\p{Ll}-]+ ){0,2}?(RELATIVES)\b(.*)$`),
		lives:   re(`^(?:The|A|An) (?:[\p{Ll}-]+ ){0,2}?(cat|dog|horse|hamster|rabbit|parrot) (?:now )?lives with (?:me|us)\b(.*)$`),
		mine:    re(`^(?:[Mm]y (RELATIVES)|(Mum|Mom|Dad)) ((?:is|has|lives|works|was|loves|likes|hates|enjoys|speaks|plays|comes|moved|doesn't|does|can't|never|just|still|now|turned|grew|graduated|drives|owns) ?.*)$`),
		someone: re(`^.*\b(?:a|the) (?:[\p{Ll}-]+ ){0,2}?(man|guy|boy|woman|girl|lady)$`),
		parents: re(`^[Mm]y parents (?:(?:still|now|both) )?(live|work|come)( .*)$`),
		// What may be somebody else, or has somebody else beside it.
		others: re(`\b(?:RELATIVES|PROFESSIONS|man|woman|guy|girl|boy|lady|kid|kids|child|children|people|person|parents|student|who|whose|and|with|by|a|an|the|some|another|this|that|his|her|him|their|our|your|my|he|she|they|we|you)\b`),
	}
})

// resolve puts who is meant in place of a pronoun at the beginning of a clause. "": it is not sure who is meant, or the clause says nothing else.
func (r *referent) resolve(clause string, genders map[string]string) string {
	x := referrals()
	if m := x.naming.FindStringSubmatch(clause); m != nil {
		said := r.call(m)
		genders[r.name] = r.gender
		return said
	}
	if m := x.starts.FindStringSubmatch(clause); m != nil {
		who := r.who(strings.ToLower(m[1]))
		if who == "" {
			*r = referent{}
			return ""
		}
		if m[2] == "'s " {
			first, _, _ := strings.Cut(m[3], " ")
			if m[2] = " is "; first == "been" || first == "got" || first == "had" || strings.HasSuffix(first, "ed") {
				m[2] = " has "
			}
		}
		return who + m[2] + m[3]
	}
	if m := x.owns.FindStringSubmatch(clause); m != nil {
		if who := r.who(map[string]string{"his": "he", "her": "she", "its": "it"}[strings.ToLower(m[1])]); who != "" {
			return who + "'s " + m[2]
		}
		*r = referent{}
		return ""
	}
	if m := x.parents.FindStringSubmatch(clause); m != nil {
		return stand("parents") + " " + m[1] + "s" + m[2]
	}
	if m := x.mine.FindStringSubmatch(clause); m != nil {
		if relative := relatives[strings.ToLower(m[1]+m[2])]; only[relative] && !calledSo().MatchString(m[3]) {
			return stand(relative) + " " + m[3]
		}
	}
	return clause
}

// calledSo is what says a name.
var calledSo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:is|was) (?:called|named|` + namePart + `)`) })

// call notes the name that a clause says, and returns what that says of the speaker.
func (r *referent) call(m []string) string {
	pronoun := strings.ToLower(m[1] + m[2])
	pronoun = map[string]string{"his": "he", "her": "she", "its": "it", "he": "he", "she": "she", "it": "it"}[pronoun]
	name := strings.TrimSpace(m[4])
	phoned := m[3] == "called" && strings.Contains(m[0], "'s called") && r.relative != "" && !animals[r.relative] // he has called somebody
	if r.name != "" || *r == (referent{}) || !r.means(pronoun) || !isName(name) || phoned {
		*r = referent{}
		return ""
	}
	r.name = name
	if r.relative == "" {
		return ""
	}
	return "my " + r.relative + " is called " + name + m[5]
}

// means tells whether a pronoun fits.
func (r *referent) means(pronoun string) bool {
	if pronoun == "it" {
		return animals[r.relative]
	}
	return r.gender == "" || r.gender == pronoun
}

// who is the subject that a pronoun means; "": nobody knows.
func (r *referent) who(pronoun string) string {
	switch {
	case !r.means(pronoun):
		return ""
	case r.name != "":
		return r.name
	case only[relatives[r.relative]]:
		return stand(relatives[r.relative])
	}
	return ""
}

// standIn begins the names that relatives without one have in rules.
const standIn = "Standin"

func stand(relative string) string { return standIn + relative }

// unstand puts whose relative it is in place of a stand-in.
func (f *Finding) unstand(role string) {
	if relative, ok := strings.CutPrefix(f.Subject, standIn); ok {
		f.Subject = role + "'s " + relative
		if relative != "parents" {
			f.SubjectType = "person"
		}
	}
}

// after is who a pronoun means behind a clause, which says what was found. genders has those of names that are known.
func (r referent) after(clause string, found []Finding, genders map[string]string) referent {
	if len(found) > 0 && r.name != "" && found[0].Entity == r.name && found[0].Predicate == relatives[r.relative] {
		return r // it has just been named
	}
	next, rest := introduced(clause, found, genders)
	if next.name != "" && next.name == r.name {
		next = r // more was said of the same
	}
	if next.name != "" && !isName(next.name) {
		return referent{}
	}
	for _, f := range found {
		if (f.EntityType == "person" || f.EntityType == "animal") && f.Entity != next.name {
			return referent{}
		}
		rest = strings.ReplaceAll(rest, f.Entity, "")
		if s, ok := f.Value.(string); ok {
			if hasName(s) && f.Predicate != "speaks" && f.Predicate != "learns" {
				return referent{} // Anna loves Berit
			}
			before, behind, _ := strings.Cut(rest, s)
			rest = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(before, "the "), "a "), "an ") + behind
		}
	}
	if referrals().others.MatchString(rest) || hasName(rest) {
		return referent{}
	}
	return next
}

// introduced is of whom a clause speaks, and what else stands in it.
func introduced(clause string, found []Finding, genders map[string]string) (who referent, rest string) {
	x := referrals()
	if m := x.named.FindStringSubmatch(clause); m != nil {
		n, gender := name(m[2]), genderOf(m[1])
		genders[n] = gender
		return referent{n, m[1], gender}, m[3]
	}
	if m := x.has.FindStringSubmatch(clause); m != nil {
		return referent{relative: m[1], gender: genderOf(m[1])}, m[2]
	}
	if m := x.lives.FindStringSubmatch(clause); m != nil {
		return referent{relative: m[1]}, m[2]
	}
	if m := x.mine.FindStringSubmatch(clause); m != nil && m[1] != "" {
		return referent{relative: m[1], gender: genderOf(m[1])}, m[3]
	}
	if len(found) == 0 {
		if m := x.someone.FindStringSubmatch(clause); m != nil {
			return referent{gender: map[bool]string{true: "he", false: "she"}[m[1] == "man" || m[1] == "guy" || m[1] == "boy"]}, ""
		}
		return referent{}, ""
	}
	subject := found[0].Subject
	rest, ok := strings.CutPrefix(clause, subject)
	if !ok || !strings.HasPrefix(rest, " ") {
		return referent{}, ""
	}
	if relative, ok := strings.CutPrefix(subject, standIn); ok {
		return referent{relative: relative, gender: genderOf(relative)}, rest
	}
	return referent{name: subject, gender: genders[subject]}, rest
}

// hasName tells whether a text may name somebody.
func hasName(text string) bool {
	for w := range strings.FieldsSeq(text) {
		if w = strings.Trim(w, ",.!:'"); capital().MatchString(w) && !noNames[w] {
			return true
		}
	}
	return false
}

var capital = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\p{Lu}`) })
