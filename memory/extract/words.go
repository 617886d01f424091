package extract

import "strings"

// relatives are words for people and animals that somebody has, and the predicates of these.
var relatives = map[string]string{
	"wife": "wife", "husband": "husband", "spouse": "spouse", "partner": "partner", "girlfriend": "girlfriend", "boyfriend": "boyfriend", "fiancée": "fiancée", "fiancé": "fiancé", "fiancee": "fiancée", "fiance": "fiancé",
	"mother": "mother", "mum": "mother", "mom": "mother", "father": "father", "dad": "father", "sister": "sister", "brother": "brother", "son": "son", "daughter": "daughter", "aunt": "aunt", "uncle": "uncle",
	"cousin": "cousin", "nephew": "nephew", "niece": "niece", "grandmother": "grandmother", "grandma": "grandmother", "grandfather": "grandfather", "grandpa": "grandfather",
	"boss": "boss", "manager": "manager", "colleague": "colleague", "coworker": "colleague", "co-worker": "colleague", "friend": "friend", "roommate": "flatmate", "flatmate": "flatmate", "neighbour": "neighbour", "neighbor": "neighbour",
	"teacher": "teacher", "doctor": "doctor", "dentist": "dentist", "therapist": "therapist", "landlord": "landlord", "cat": "cat", "dog": "dog", "pet": "pet", "horse": "horse", "hamster": "hamster", "rabbit": "rabbit", "parrot": "parrot",
}

// animals are the relatives that are no people.
var animals = map[string]bool{"cat": true, "dog": true, "pet": true, "horse": true, "hamster": true, "rabbit": true, "parrot": true}

// professions are what somebody who says "I'm a …" is by profession.
const professions = `accountant|actor|actress|analyst|architect|archivist|artist|baker|barista|biologist|bookkeeper|builder|carpenter|chef|chemist|composer|consultant|cook|dancer|data scientist|dentist|designer|developer|doctor|driver|economist|editor|electrician|engineer|farmer|firefighter|florist|gardener|geologist|graphic designer|hairdresser|historian|journalist|judge|lawyer|lecturer|librarian|manager|mathematician|mechanic|midwife|musician|nurse|painter|paramedic|pharmacist|philosopher|photographer|physicist|physiotherapist|pianist|pilot|plumber|policeman|policewoman|politician|professor|programmer|project manager|psychologist|receptionist|researcher|scientist|secretary|singer|social worker|software developer|software engineer|soldier|surgeon|tailor|taxi driver|teacher|technician|therapist|translator|vet|veterinarian|waiter|waitress|web developer|welder|writer`

// trained may stand before a profession.
const trained = `senior|junior|freelance|trained|qualified|registered|certified|full-time|part-time|primary school|secondary school|high school`

// diets are ways of eating that one has or has not.
const diets = `vegetarian|vegan|pescatarian`

// months by their names.
const months = `January|February|March|April|May|June|July|August|September|October|November|December`

// noNames are words that begin with a capital letter and name nobody.
var noNames = set(`I I'm I've I'd I'll The A An My Our Your His Her Its Their He She It They We You This That These Those There Here What Who Which Where When Why How
	Everyone Everybody Someone Somebody Nobody Anyone Anybody One Some Most Many All Both Each Neither Either Nothing Something Everything
	Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays January February March April May June July August September October November December
	Yesterday Today Tomorrow Tonight If And But Or So Because Then Now Not No Yes Please God OK Okay Mum Mom Dad Christmas Easter Whoever While Although Since After Before`)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// vague are words that make of an object something that nobody else knows.
var vague = set(`it that this them him her me us you these those one ones to how when what who why where if your his my our their its there here so too
	not being having someone something anything everything nothing more most less because which although though but anymore instead either both each idea fact way really actually too also though`)

// isName tells whether a text names somebody or something.
func isName(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	return s != "" && !noNames[first] && !noNames[s]
}

// plain tells whether an object says by itself what it is: a few words, none of them vague.
func plain(s string, words int) bool {
	list := strings.Fields(strings.ToLower(s))
	if len(list) == 0 || len(list) > words {
		return false
	}
	for _, w := range list {
		w, _, _ = strings.Cut(strings.Trim(w, ",'"), "'") // it's
		if vague[w] || strings.ContainsAny(w, "()[]{}<>=*_|\\/@#") {
			return false
		}
	}
	return true
}
