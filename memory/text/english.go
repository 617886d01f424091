package text

import (
	"strings"
	"sync"
)

// stopWords are English words that say nothing of what a text is about. They are in the index, but a
// query passes over them as long as it has others.
var stopWords = sync.OnceValue(func() map[string]bool {
	return set(`
a about above after again against all also am an and any are aren't as at be because been before being
below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down
during each few for from further had hadn't has hasn't have haven't having he he'd he'll he's her here
here's hers herself him himself his how how's i i'd i'll i'm i've if in into is isn't it it'd it'll it's
its itself let's just me might more most mustn't my myself no nor not of off on once only or other
ought our ours ourselves out over own same shall shan't she she'd she'll she's should shouldn't so some
such than that that's the their theirs them themselves then there there's these they they'd they'll
they're they've this those through to too under until up upon us very was wasn't we we'd we'll we're
we've were weren't what what's when when's where where's which while who who's whom whose why why's will
with won't would wouldn't yes you you'd you'll you're you've your yours yourself yourselves`)
})

// irregular leads forms that no stemmer finds to the word that they are forms of.
var irregular = sync.OnceValue(func() map[string]string {
	return forms(`
arise arose arisen|awake awoke awoken|be am is are was were been|bear bore borne|beat beaten|become became|begin began begun|
bend bent|bet|bind bound|bite bit bitten|bleed bled|blow blew blown|break broke broken|breed bred|bring brought|
build built|burn burnt|buy bought|catch caught|choose chose chosen|cling clung|come came|creep crept|deal dealt|
dig dug|dive dove|do did done|draw drew drawn|dream dreamt|drink drank drunk|drive drove driven|eat ate eaten|
fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden|
forget forgot forgotten|forgive forgave forgiven|freeze froze frozen|get got gotten|give gave given|go went gone|
grind ground|grow grew grown|hang hung|have had|hear heard|hide hid hidden|hold held|keep kept|kneel knelt|
know knew known|lay laid|lead led|lean leant|leap leapt|learn learnt|leave left|lend lent|light lit|
lose lost|make made|mean meant|meet met|mistake mistook mistaken|overcome overcame|pay paid|prove proven|
ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|send sent|
sew sewn|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk|
sit sat|sleep slept|slide slid|speak spoke spoken|speed sped|spell spelt|spend spent|spill spilt|spin spun|
spoil spoilt|spring sprang sprung|stand stood|steal stole stolen|stick stuck|sting stung|stink stank|
strike struck|strive strove striven|swear swore sworn|sweep swept|swell swollen|swim swam swum|swing swung|
take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|understand understood|
undertake undertook undertaken|undergo underwent undergone|wake woke woken|wear wore worn|weave wove woven|weep wept|
win won|withdraw withdrew withdrawn|write wrote written|rewrite rewrote rewritten|
child children|man men|woman women|foot feet|tooth teeth|goose geese|mouse mice|person people|knife knives|
wife wives|life lives|leaf leaves|half halves|shelf shelves|wolf wolves|thief thieves|loaf loaves|
good better best|bad worse worst|far farther further|
photo photos photograph photographs|tv television|mom mum mother moms mums mothers|dad father dads fathers|
bike bicycle bikes bicycles|fridge refrigerator`)
})

// timely are words that tell when something happens or happened, beside numbers and the names of months and days.
var timely = sync.OnceValue(func() map[string]bool {
	return set(`
yesterday today tonight tomorrow ago last next week weekend month year morning evening afternoon night day recently soon
weeks months years days weekends monday tuesday wednesday thursday friday saturday sunday since
january february march april june july august september october november december summer winter spring autumn fall
christmas easter thanksgiving halloween birthday anniversary`)
})

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, word := range strings.Fields(list) {
		out[word] = true
	}
	return out
}

// forms reads groups of words; the first of each stands for the others.
func forms(list string) map[string]string {
	out := map[string]string{}
	for _, group := range strings.Split(list, "|") {
		words := strings.Fields(group)
		for _, form := range words[1:] {
			out[form] = words[0]
		}
	}
	return out
}
