package extract

import (
	"regexp"
	"strings"
	"sync"
)

const (
	numbers = `one|two|three|four|five|six|seven|eight|\d`
	played  = `piano|guitar|bass|violin|viola|cello|flute|clarinet|saxophone|trumpet|drums|harp|organ|accordion|ukulele|banjo|tennis|football|soccer|chess|golf|hockey|rugby|cricket|basketball|volleyball|badminton|squash|handball`
	owned   = `boat|ship|yacht|car|van|bike|band|choir|company|startup|firm|shop|café|cafe|restaurant|bakery|blog|podcast|farm|horse|pony|goldfish|tortoise|kitten|puppy`
)

// life are rules about what people have, do, plan, avoid and fear.
func life() []form {
	const (
		who   = `(?P<who>I|NAME)`
		other = `(?P<who>NAME)`
		place = `(?:the )?(?P<place>NAME)`
	)
	return []form{
		// names
		{`(?:I go by|[Yy]ou can call me|[Jj]ust call me) (?P<name>NAME)`, alias},

		// where somebody comes from, learned and belongs
		{`I (?:grew up|was raised|was brought up|was born and raised) in ` + place, entity("grew_up_in", "place", "place")},
		{other + ` (?:grew up|was raised|was brought up|was born and raised) in ` + place, entity("grew_up_in", "place", "place")},
		{who + ` graduated from (?:the )?(?P<org>NAME)`, entity("graduated_from", "org", "organisation")},
		{`(?:I'm|I am) (?:engaged to|dating|going out with|in a relationship with) (?P<name>NAME)`, entity("partner", "name", "person")},
		{`(?:I'm|I am|(?P<who>NAME) is) (?:now |still |happily |recently )?(?P<value>married|divorced|widowed|engaged)`, alone("marital_status")},
		{`(?:I|We) (?:have|'ve got|have got) (?P<value>` + numbers + `) (?:(?:grown-up|young|little|small|teenage|adult) )?(?:children|kids)`, value("children", "value")},

		// work and age
		{`(?:I've been|I have been) (?:working as )?an? (?P<what>(?:(?:` + trained + `) )?(?:PROFESSIONS))`, value("works_as", "what")},
		{other + ` is (?:now )?an? (?P<what>(?:(?:` + trained + `) )?(?:PROFESSIONS))`, value("works_as", "what")},
		{`(?:I'm|I am) (?:now |already )?(?P<age>\d{2})`, age},

		// what somebody has, by its name or its kind
		{`(?:[Mm]y|[Oo]ur|(?P<who>NAME's)) (?:(?:new|old|little) )?(?P<thing>` + owned + `)(?:'s name is|'s called| is called| is named|,? called|,? named) (?P<name>NAME)`, owns},
		{`I (?:own|drive) an? (?P<value>[^,]+)`, possession},
		{other + ` (?:owns|drives) an? (?P<value>[^,]+)`, possession},

		// what somebody likes, does, avoids and fears
		{other + ` (?:(?:really|absolutely|also) )*(?:likes|loves|enjoys|adores) (?P<value>.+)`, values("likes", "value", 4, 0.8)},
		{other + ` (?:(?:really|absolutely|also) )*(?:hates|dislikes|can't stand|detests|doesn't like|does not like) (?P<value>.+)`, values("dislikes", "value", 4, 0.8)},
		{`(?:I'm|I am|(?P<who>NAME) is) (?:a (?:big |huge |great )?fan of|(?:really |very |totally )?into) (?P<value>.+)`, values("likes", "value", 4, 0.8)},
		{`(?:I'm|I am|(?P<who>NAME) is) (?:(?:terribly|really|very|a bit) )?(?:afraid|scared|terrified) of (?P<value>.+)`, values("fears", "value", 3, 0.8)},
		{`(?:I|(?P<who>NAME)) (?:(?:don't|do not|never|can't|cannot|doesn't|does not) )(?:eats?|drinks?) (?P<value>.+)`, values("avoids", "value", 3, 0.9)},
		{`(?:I|(?P<who>NAME)) (?:also )?plays? (?:the )?(?P<value>` + played + `)`, value("plays", "value")},
		{`[Mm]y (?:main |favou?rite )?hobb(?:y is|ies are) (?P<value>.+)`, values("hobby", "value", 3, 0.8)},
		{`(?:I'm|I am|I've been|I have been|(?P<who>NAME) is) learning (?:to speak )?(?P<value>WORD)`, alone("learns")},

		// plans
		{`(?:I'm|I am|We're|We are|(?P<who>NAME) is) (?:planning to|going to) (?P<value>(?:visit|move to|travel to|fly to|study in) (?:the )?NAME)`, plan},
	}
}

// owns says that somebody has a thing or an animal with a name.
func owns(m match) []Finding { return entity(m.parts["thing"], "name", m.parts["thing"])(m) }

// possession says that somebody has something, without what it is for.
func possession(m match) []Finding {
	m.parts["value"] = purpose().ReplaceAllString(m.parts["value"], "")
	return values("owns", "value", 4, 0.8)(m)
}

var purpose = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(` (?:to|at|in|for|with|on|by|and|since|that|which|from|when|now)\b.*`)
})

// alone is a value that nothing but a time or another statement stands behind: not "engaged in talks".
func alone(predicate string) func(match) []Finding {
	return func(m match) []Finding {
		if !behind().MatchString(m.follow) || noNames[m.parts["value"]] {
			return nil
		}
		return value(predicate, "value")(m)
	}
}

var behind = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:$|,|(?:now|again|since|for|and|with|to|at)\b)`)
})

// plan is what somebody is going to do.
func plan(m match) []Finding {
	verb, to, ok := strings.Cut(m.parts["value"], " ")
	words := strings.Fields(to)
	if !ok || len(words) == 0 || noNames[words[len(words)-1]] {
		return nil
	}
	f, ok := m.fact("plans")
	f.Value, f.Confidence, f.From = verb+" "+to, 0.8, m.at
	if !ok {
		return nil
	}
	return []Finding{f}
}
