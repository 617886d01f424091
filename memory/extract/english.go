package extract

import (
	"regexp"
	"strings"
	"sync"
)

// form is how a rule is written.
type form struct {
	form string
	make func(match) []Finding
}

// rules are tried in their order; the first that fits a clause says what it says.
var rules = sync.OnceValue(func() []rule {
	const (
		me    = `(?P<who>I)`
		who   = `(?P<who>I|NAME)`
		other = `(?P<who>NAME)`
		place = `(?:the )?(?P<place>NAME)`
		org   = `(?:the )?(?P<org>NAME)`
	)
	livesIn, worksAt := entity("lives_in", "place", "place"), entity("works_at", "org", "organisation")
	list := []form{
		// names
		{`(?:[Mm]y (?:full |first )?name is|[Mm]y name's|I'm called|I am called|[Cc]all me)(?P<who>) (?P<name>NAME)`, called},
		{`(?:[Mm]y friends|[Pp]eople|[Ee]veryone|[Ee]verybody|[Tt]hey|[Mm]y family) (?:call|calls) me (?P<name>NAME)`, alias},
		{`(?P<who>NAME),? (?:(?:is )?also known as|aka|a\.k\.a\.|is short for|goes by|who goes by) (?P<name>NAME)`, otherName},

		// where somebody lives, and comes from
		{me + ` (?:don't|do not|no longer) live in ` + place, ending(livesIn)},
		{other + ` (?:doesn't|does not|no longer) (?:live|lives) in ` + place, ending(livesIn)},
		{`(?:I|We) (?:(?:still|now|currently|actually) )*(?:live|lived here) in ` + place, livesIn},
		{`(?:I|We) (?:am|are|'m|'re) (?:(?:still|now|currently) )*(?:living|based) in ` + place, livesIn},
		{`(?:I'm|We're) (?:(?:still|now|currently) )*(?:living|based) in ` + place, livesIn},
		{`(?:I've|I have|We've|We have) (?:lived|been living) in ` + place, livesIn},
		{`(?:I|We|I've|I have|We've|We have) (?:(?:just|recently|finally|now|since) )*(?:moved|relocated) (?:(?:back|over|away|from NAME) )*to ` + place, livesIn},
		{other + ` (?:(?:still|now|currently) )*lives in ` + place, livesIn},
		{other + ` (?:is|'s) (?:(?:still|now|currently) )*(?:living|based) in ` + place, livesIn},
		{other + ` (?:has )?(?:(?:just|recently|finally) )*(?:moved|relocated) (?:(?:back|over|from NAME) )*to ` + place, livesIn},
		{`(?:I'm|I am) (?:originally )?from ` + place, entity("comes_from", "place", "place")},
		{`I (?:originally )?come from ` + place, entity("comes_from", "place", "place")},
		{other + ` (?:is|comes) (?:originally )?from ` + place, entity("comes_from", "place", "place")},

		// where somebody works, and as what
		{me + ` (?:don't|do not|no longer) work (?:at|for) ` + org, ending(worksAt)},
		{other + ` (?:doesn't work|does not work|no longer works) (?:at|for) ` + org, ending(worksAt)},
		{me + ` (?:(?:just|recently|finally) )*(?:quit|quit my job at|left my job at|resigned from|retired from) ` + org, ending(worksAt)},
		{`I (?:(?:still|now|currently|actually) )*work (?:at|for) ` + org, worksAt},
		{`(?:I'm|I am|I've been|I have been) (?:(?:still|now|currently) )*(?:working|employed) (?:at|for|by) ` + org, worksAt},
		{`I(?:'ve| have)? (?:(?:just|recently|finally) )*(?:started|begun|began) (?:(?:working|work|a new job|my new job|a job) )?(?:at|for) ` + org, worksAt},
		{`I(?:'ve| have)? (?:(?:just|recently|finally) )*(?:got|found|took|landed) (?:a|my|the) (?:new )?job (?:at|with) ` + org, worksAt},
		{other + ` (?:(?:still|now|currently) )*works (?:at|for) ` + org, worksAt},
		{other + ` (?:is|'s|has been) (?:(?:still|now|currently) )*(?:working|employed) (?:at|for|by) ` + org, worksAt},
		{`I (?:(?:now|currently) )?work as an? (?P<what>[\p{L} -]+?)`, profession},
		{other + ` (?:(?:now|currently) )?works as an? (?P<what>[\p{L} -]+?)`, profession},
		{`(?:I'm|I am) (?:now )?an? (?P<what>(?:(?:` + trained + `) )?(?:PROFESSIONS))`, value("works_as", "what")},
		{`(?:I'm|I am) studying (?P<what>[\p{L} ]+?) at ` + org, entity("studies_at", "org", "organisation")},
		{`I (?:study (?:[\p{L} ]+? )?at|go to) (?:the )?(?P<org>(?:University of NAME|NAME (?:University|College|School)))`, entity("studies_at", "org", "organisation")},

		// birth and age
		{`(?P<who>I) was born in ` + place, entity("born_in", "place", "place")},
		{other + ` was born in ` + place, entity("born_in", "place", "place")},
		{`(?P<who>I|NAME) was born (?:on|in) (?P<date>(?:the )?(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:MONTHS)|(?:MONTHS) \d{1,2}(?:st|nd|rd|th)?)(?:,? \d{4})?|(?:MONTHS) \d{4}|\d{4}-\d\d-\d\d|\d{4})`, date("born_on")},
		{`(?:[Mm]y|(?P<who>NAME's)) (?:birthday|date of birth) is (?:on )?(?P<date>(?:the )?(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:MONTHS)|(?:MONTHS) \d{1,2}(?:st|nd|rd|th)?)(?:,? \d{4})?|\d{4}-\d\d-\d\d)`, date("birthday")},
		{`(?:I'm|I am|(?P<who>NAME) is|(?P<who2>NAME)'s) (?P<age>\d{1,3}|COUNTED) years old`, age},
		{`(?:I|(?P<who>NAME)) (?:just )?turned (?P<age>\d{1,3}|COUNTED)`, age},

		// people and animals
		{`(?:[Mm]y|(?P<who>NAME's)) (?:(?:new|old|older|younger|elder|little|big|best|eldest|youngest|twin) )?(?P<relative>RELATIVES)(?:'s name is|'s called| is called| is named|'s named| named| called|,| is)? (?P<name>(?:` + title + `)?WORD(?: WORD)?)`, relative},
		{`.*?\b[Mm]y (?:(?:new|old|older|younger|elder|little|big|best|eldest|youngest|twin) )?(?P<relative>RELATIVES),? (?P<name>(?:` + title + `)?WORD(?: WORD)?)`, relative},
		{`(?P<name>NAME) is my (?:(?:new|old|older|younger|elder|little|big|best|eldest|youngest|twin) )?(?P<relative>RELATIVES)`, relative},
		{`(?:I|We) (?:have|own|got|adopted|'ve got) an? (?:[\p{L}-]+ )?(?P<relative>cat|dog|horse|hamster|rabbit|parrot)(?:,)? (?:named|called) (?P<name>NAME)`, relative},
		{`(?:I've|We've) (?:got|adopted) an? (?:[\p{L}-]+ )?(?P<relative>cat|dog|horse|hamster|rabbit|parrot)(?:,)? (?:named|called) (?P<name>NAME)`, relative},
		{`(?:I'm|I am|(?P<who>NAME) is) married to (?P<name>NAME)`, entity("married_to", "name", "person")},

		// likes, and what else matters
		{`(?:[Mm]y|(?P<who>NAME's)) (?:all-time |absolute )?favou?rite (?P<what>[\p{L} -]{2,40}?) (?:is|are|was always|has always been) (?P<value>.+?)`, favourite},
		{`(?P<value>[\p{L}][\p{L}' -]{1,40}) (?:is|are) (?:my|(?P<who>NAME's)) (?:all-time |absolute )?favou?rite (?P<what>[\p{L} -]{2,40})`, favourite},
		{`(?:I'm|I am|(?P<who>NAME) is) (?:(?:very|severely|badly|also) )*allergic to (?P<value>.+)`, values("allergic_to", "value", 3, 0.9)},
		{`(?:I'm|I am|I've been|I have been|I've become|I became|(?P<who>NAME) is) (?:now )?(?:an? )?(?:strict )?(?P<value>DIETS)`, values("diet", "value", 1, 0.9)},
		{`I (?:(?:really|absolutely|also) )*(?:like|love|enjoy|adore) (?P<value>.+)`, values("likes", "value", 4, 0.8)},
		{`I (?:(?:really|absolutely|also) )*(?:hate|dislike|can't stand|detest|don't like) (?P<value>.+)`, values("dislikes", "value", 4, 0.8)},
		{`I (?:(?:really|absolutely|also|always) )*prefer (?P<value>[^,]+?) (?:over|to) .+`, values("prefers", "value", 3, 0.8)},
		{`(?:I|(?P<who>NAME)) (?:speaks?|can speak) (?:(?:fluent|some|a little|good) )?(?P<value>WORD(?:, WORD)*(?:,? and WORD)?)`, values("speaks", "value", 1, 0.9)},
		{`[Mm]y (?:work |private )?e-?mail(?: address)? is (?P<value>[^\s@]+@[^\s@]+\.\p{L}{2,})`, value("email", "value")},
		{`[Mm]y (?:(?:work|mobile|cell) )?(?:phone|mobile|telephone)(?: number)? is (?P<value>\+?[\d][\d ()./-]{5,20}\d)`, value("phone", "value")},
	}
	list = append(list, life()...)
	out := make([]rule, len(list))
	for i, r := range list {
		out[i] = rule{compile(r.form), r.make}
	}
	return out
})

func called(m match) []Finding {
	n := m.parts["name"]
	if !isName(n) || len(strings.Fields(n)) > 4 {
		return nil
	}
	f, _ := m.fact("name")
	f.Value = n
	return append([]Finding{f}, alias(m)...)
}

// alias says that the speaker has another name.
func alias(m match) []Finding {
	if n := m.parts["name"]; isName(n) && len(strings.Fields(n)) <= 4 {
		return []Finding{{Kind: Alias, Subject: m.role, SubjectType: "person", Entity: n, From: m.at, Confidence: 0.9}}
	}
	return nil
}

// otherName says that somebody has another name.
func otherName(m match) []Finding {
	n := m.parts["name"]
	if m.who() == "" || !isName(n) || len(strings.Fields(n)) > 4 {
		return nil
	}
	return []Finding{{Kind: Alias, Subject: m.who(), Entity: n, From: m.at, Confidence: 0.9}}
}

// trade is where the name of a profession ends.
var trade = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(` (?:at|in|for|with|on|by|and|since|these|right|who|that|now)\b.*`)
})

func profession(m match) []Finding {
	f, ok := m.fact("works_as")
	what := trade().ReplaceAllString(m.parts["what"]+" "+m.follow, "")
	if what, _, _ = strings.Cut(what, ","); !ok || !plain(what, 4) {
		return nil
	}
	f.Value = strings.TrimSpace(what)
	return []Finding{f}
}

func date(predicate string) func(match) []Finding {
	return func(m match) []Finding {
		f, ok := m.fact(predicate)
		f.Value = strings.TrimPrefix(m.parts["date"], "the ")
		if !ok {
			return nil
		}
		return []Finding{f}
	}
}

func age(m match) []Finding {
	if m.parts["who2"] != "" {
		m.parts["who"] = m.parts["who2"]
	}
	f, ok := m.fact("age")
	n, known := count(m.parts["age"])
	if !ok || !known || n > 120 || !whole().MatchString(m.follow) {
		return nil
	}
	f.Value = n
	return []Finding{f}
}

// whole tells that a number of years ends there: not "I turned 90 degrees".
var whole = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:$|,|(?:on|in|last|this|yesterday|today|now|and|but|years old)\b)`)
})

func relative(m match) []Finding {
	word := m.parts["relative"]
	kind := "person"
	if animals[word] {
		kind = "animal"
	}
	return entity(relatives[word], "name", kind)(m)
}

func favourite(m match) []Finding {
	f, ok := m.fact("favourite_" + strings.ReplaceAll(strings.ToLower(m.parts["what"]), " ", "_"))
	v := strings.TrimSpace(m.parts["value"] + " " + m.follow)
	if m.parts["follow"] != "" && strings.HasPrefix(m.parts["follow"], ",") {
		v = m.parts["value"]
	}
	for _, article := range []string{"a ", "an ", "the "} {
		v = strings.TrimPrefix(v, article)
	}
	if !ok || !plain(v, 5) || len(strings.Fields(m.parts["what"])) > 3 {
		return nil
	}
	f.Value = v
	return []Finding{f}
}

func value(predicate, part string) func(match) []Finding {
	return func(m match) []Finding {
		f, ok := m.fact(predicate)
		f.Value = m.parts[part]
		if !ok {
			return nil
		}
		return []Finding{f}
	}
}
