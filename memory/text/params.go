package text

import (
	"errors"
	"fmt"
	"strings"
)

// Params are the constants of the ranking. What is zero takes the default; what is negative counts as zero.
type Params struct {
	Language Language

	// K1 and B are BM25's: how soon more occurrences of a term add little, and how much the length of a document matters.
	K1, B float64
	// Near and Far are the shares of a document's score that go to its neighbours in the session, one and two away.
	Near, Far float64
	// Session is the share that a document has in how well its session answers the query.
	Session float64
	// Speaker multiplies the scores of a speaker whom the query names.
	Speaker float64
	// Date is what a term of a document's date counts, as a part of one in its body.
	Date float64
	// Timely multiplies the scores of documents that tell a time, for a query that asks when.
	Timely float64
	// Question multiplies the scores of documents that end with a question: they ask what others answer.
	Question float64
}

// defaults are explained in docs/retrieval.md.
var defaults = Params{
	Language: English,
	K1:       0.9, B: 0.4,
	Near: 0.5, Far: 0.25,
	Session: 0.3,
	Speaker: 1.5,
	Date:    0.2,
	Timely:  1.15, Question: 0.9,
}

// complete fills in defaults.
func (p Params) complete() (Params, error) {
	if p.Language == "" {
		p.Language = defaults.Language
	}
	if p.Language != English && p.Language != None {
		return p, fmt.Errorf("no language %q for the text index: known are %q and %q", p.Language, English, None)
	}
	values, fallback := p.numbers(), defaults.numbers()
	for i, v := range values {
		switch {
		case *v != *v || *v > 1e6:
			return p, errors.New("parameters of the text index: numbers up to 1e6 are expected")
		case *v == 0:
			*v = *fallback[i]
		case *v < 0:
			*v = 0
		}
	}
	if p.B > 1 {
		return p, fmt.Errorf("parameter B of the text index is %v: it is at most 1", p.B)
	}
	return p, nil
}

func (p *Params) numbers() []*float64 {
	return []*float64{&p.K1, &p.B, &p.Near, &p.Far, &p.Session, &p.Speaker, &p.Date, &p.Timely, &p.Question}
}

// print identifies what of the parameters a saved index was made with.
func (p Params) print() string {
	return strings.Join([]string{format, string(p.Language), fmt.Sprint(p.Date)}, " ")
}

// format changes whenever the same text or turn leads to other terms or another speaker, or the file is laid out differently.
const format = "llmspell text index 3"
