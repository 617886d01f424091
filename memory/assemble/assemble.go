package assemble

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Source is where a candidate was found.
type Source string

// The sources: turns of conversations, entities and facts, pieces of documents.
const (
	Episodic Source = "episodic"
	Semantic Source = "semantic"
	RAG      Source = "rag"
)

// Candidate is something that might be told to the model.
type Candidate struct {
	ID     string // names it in the text and the manifest
	Source Source
	Text   string
	Who    string    // who said it, or what document it is from
	Time   time.Time // zero if unknown
	Order  int64     // among candidates of one time: the number of a turn, an offset
	Score  float64   // compares within one source only
}

// Counter counts the tokens of a text. What Count answers for lines that end with a line feed and begin with
// "[" or "#" must add up to what it answers for all of them together, as it does for the encodings of memory/tokens.
type Counter interface {
	Count(text string) (int, error)
	Encoding() string
}

// MinBudget is the smallest budget: with less nothing worth reading fits.
const MinBudget = 100

// DefaultBudget is the budget if none is given.
const DefaultBudget = 8192

// Options say how to assemble.
type Options struct {
	Strategy Strategy // Hybrid if empty
	Budget   int      // in tokens; DefaultBudget if 0
	// Shares is the part of the budget that each source may fill before the others have had theirs. What one leaves goes to
	// the others. If nil, the strategy's.
	Shares map[Source]float64
	// MinScore leaves out what scores less, as a part of the best score of its source.
	MinScore float64
	// Similar is the part of its phrases that a candidate may have in common with one that is in; 0.8 if 0.
	Similar float64
}

// ErrBudget: the budget is less than MinBudget.
var ErrBudget = errors.New("the budget for a context is too small")

// Chunk is a candidate that is in the text.
type Chunk struct {
	Candidate
	Tokens int // with its prefix, without the heading it stands under
	Rank   int // from 1, in the order of selection
}

// Left is a candidate that is not in the text.
type Left struct {
	ID     string
	Source Source
	Score  float64
	Tokens int // 0 if they were not counted
	Reason Reason
	Of     string // for Duplicate and Similar: the ID of the one that says the same
}

// Reason is why a candidate was left out.
type Reason string

// The reasons.
const (
	OverBudget  Reason = "over budget"
	Duplicate   Reason = "duplicate id"
	SaysTheSame Reason = "says the same as another"
	NotAsked    Reason = "not a source of the strategy"
	LowScore    Reason = "score too low"
	Empty       Reason = "empty text"
)

// Context is what was assembled.
type Context struct {
	Text     string
	Tokens   int // of Text
	Budget   int
	Encoding string // by which they were counted
	Strategy Strategy
	Chunks   []Chunk // in the order of the text
	Left     []Left  // the best first
	// Confidence is the mean of the chunks' scores, each as a part of the best of its source: 0 to 1.
	Confidence float64
	// From and Until are the first and the last time in the text; zero if it has none.
	From, Until time.Time
}

// Assemble packs candidates into a text of so many tokens at most.
func Assemble(candidates []Candidate, counter Counter, o Options) (*Context, error) {
	shares, err := o.complete()
	if err != nil {
		return nil, err
	}
	p := &packer{options: o, counter: counter, used: map[Source]int{}, days: map[string]bool{}, seen: newPhrases(o.Similar),
		out: &Context{Budget: o.Budget, Encoding: counter.Encoding(), Strategy: o.Strategy}}
	ranked := p.rank(candidates, shares)
	// First each source in its share of the budget, then whatever still fits.
	waiting, err := p.pack(ranked, func(s Source) int { return int(shares[s] * float64(o.Budget)) })
	if err != nil {
		return nil, err
	}
	if waiting, err = p.pack(waiting, func(Source) int { return o.Budget }); err != nil {
		return nil, err
	}
	for _, c := range waiting {
		p.leave(c, OverBudget, "")
	}
	return p.finish(), nil
}

// CheckBudget returns the error of a budget that is less than MinBudget.
func CheckBudget(tokens int) error {
	if tokens < MinBudget {
		return fmt.Errorf("%w: %d tokens; give %d or more", ErrBudget, tokens, MinBudget)
	}
	return nil
}

// complete fills in defaults and checks.
func (o *Options) complete() (map[Source]float64, error) {
	o.Strategy = cmp.Or(o.Strategy, Hybrid)
	o.Budget = cmp.Or(o.Budget, DefaultBudget)
	if err := CheckBudget(o.Budget); err != nil {
		return nil, err
	}
	shares, err := o.Strategy.shares()
	if err != nil {
		return nil, err
	}
	if o.Shares != nil {
		shares = o.Shares
	}
	sum := 0.0
	for s, share := range shares {
		if !(share >= 0 && share <= 1) {
			return nil, fmt.Errorf("the share of %s is %v: shares are from 0 to 1", s, share)
		}
		sum += share
	}
	if sum > 1+1e-9 {
		return nil, fmt.Errorf("the shares of the sources add up to %v: they may be 1 together", sum)
	}
	if !(o.MinScore >= 0 && o.MinScore <= 1) || !(o.Similar >= 0 && o.Similar <= 1) {
		return nil, errors.New("the least score and the similarity of a context are from 0 to 1")
	}
	o.Similar = cmp.Or(o.Similar, 0.8)
	return shares, nil
}

// packer is one assembly.
type packer struct {
	options Options
	counter Counter
	out     *Context
	used    map[Source]int
	days    map[string]bool // that have a heading
	seen    *phrases
	lines   []string // by the chunks' ranks
	dates   []string // likewise: the days that they stand under
}

// ranked is a candidate that may get in.
type ranked struct {
	Candidate
	part   float64 // its score, as a part of the best of its source
	line   string
	tokens int
}

// rank orders the candidates of the asked sources, the best first, and leaves out the others.
func (p *packer) rank(candidates []Candidate, shares map[Source]float64) []*ranked {
	best := map[Source]float64{}
	for _, c := range candidates {
		if !math.IsNaN(c.Score) && !math.IsInf(c.Score, 0) {
			best[c.Source] = max(best[c.Source], c.Score)
		}
	}
	all := make([]*ranked, 0, len(candidates))
	for _, c := range candidates {
		r := &ranked{Candidate: c}
		if best[c.Source] > 0 && c.Score > 0 {
			r.part = min(c.Score/best[c.Source], 1)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b *ranked) int {
		return cmp.Or(cmp.Compare(b.part, a.part), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Order, b.Order),
			cmp.Compare(a.ID, b.ID), cmp.Compare(a.Text, b.Text))
	})
	type key struct {
		source Source
		id     string
	}
	ids := map[key]bool{}
	kept := all[:0]
	for _, r := range all {
		_, asked := shares[r.Source]
		r.Text = tidy(r.Text)
		switch {
		case !asked:
			p.leave(r, NotAsked, "")
		case r.Text == "":
			p.leave(r, Empty, "")
		case r.part < p.options.MinScore:
			p.leave(r, LowScore, "")
		case ids[key{r.Source, r.ID}]:
			p.leave(r, Duplicate, r.ID)
		default:
			ids[key{r.Source, r.ID}] = true
			kept = append(kept, r)
		}
	}
	return kept
}

// pack takes in what fits, and answers what does not. A source may fill as much as limit says.
func (p *packer) pack(candidates []*ranked, limit func(Source) int) ([]*ranked, error) {
	var waiting []*ranked
	for _, r := range candidates {
		if p.out.Tokens >= p.options.Budget {
			waiting = append(waiting, r)
			continue
		}
		if err := p.count(r); err != nil {
			return nil, err
		}
		day, cost := dayOf(r.Time), r.tokens
		if !p.days[day] {
			n, err := p.counter.Count(heading(day))
			if err != nil {
				return nil, err
			}
			cost += n
		}
		if p.out.Tokens+cost > p.options.Budget || p.used[r.Source]+cost > limit(r.Source) {
			waiting = append(waiting, r)
			continue
		}
		if of := p.seen.add(r.ID, r.Text); of != "" {
			p.leave(r, SaysTheSame, of)
			continue
		}
		p.days[day] = true
		p.used[r.Source] += cost
		p.out.Tokens += cost
		p.lines, p.dates = append(p.lines, r.line), append(p.dates, day)
		p.out.Confidence += r.part
		p.out.Chunks = append(p.out.Chunks, Chunk{Candidate: r.Candidate, Tokens: r.tokens, Rank: len(p.out.Chunks) + 1})
	}
	return waiting, nil
}

// count counts a candidate's line, once. The prefix and the text count apart: texts come again.
func (p *packer) count(r *ranked) error {
	if r.tokens > 0 {
		return nil
	}
	before, rest := prefix(r.Candidate), " "+r.Text+"\n"
	a, err := p.counter.Count(before)
	if err != nil {
		return err
	}
	b, err := p.counter.Count(rest)
	if err != nil {
		return err
	}
	r.line, r.tokens = before+rest, a+b
	return nil
}

func (p *packer) leave(r *ranked, why Reason, of string) {
	p.out.Left = append(p.out.Left, Left{ID: r.ID, Source: r.Source, Score: r.Score, Tokens: r.tokens, Reason: why, Of: of})
}
