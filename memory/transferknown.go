package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// What is known leaves and comes as lines with one member each, behind those of the turns that it was
// taken from. docs/memory.md has the grammar.
type knownLine struct {
	Predicate *predicateLine `json:"predicate,omitempty"`
	Entity    *entityLine    `json:"entity,omitempty"`
	Fact      *factLine      `json:"fact,omitempty"`
	Pattern   *patternLine   `json:"pattern,omitempty"`
}

type predicateLine struct {
	Name   string `json:"name"`
	Single bool   `json:"single"`
}

type entityLine struct {
	Name    string      `json:"name"`
	Type    string      `json:"type,omitempty"`
	Created string      `json:"created,omitempty"`
	Aliases []aliasLine `json:"aliases,omitempty"`
}

type aliasLine struct {
	Name    string    `json:"name"`
	Created string    `json:"created,omitempty"`
	Source  *TurnName `json:"source,omitempty"`
}

type factLine struct {
	Subject    string          `json:"subject"`
	Predicate  string          `json:"predicate"`
	Entity     string          `json:"entity,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"`
	ValidFrom  string          `json:"valid_from,omitempty"`
	ValidTo    string          `json:"valid_to,omitempty"`
	KnownFrom  string          `json:"known_from,omitempty"`
	KnownTo    string          `json:"known_to,omitempty"`
	Source     *TurnName       `json:"source,omitempty"`   // the only one
	Sources    []TurnName      `json:"sources,omitempty"`  // several
	Asserted   bool            `json:"asserted,omitempty"` // by somebody, too
	Confidence *float64        `json:"confidence,omitempty"`
}

type patternLine struct {
	Session string `json:"session,omitempty"`
	Kind    string `json:"kind"`
	About   string `json:"about,omitempty"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Count   int    `json:"count"`
	Failed  int    `json:"failed,omitempty"`
	First   string `json:"first,omitempty"`
	Last    string `json:"last,omitempty"`
}

// setSources names those of the turns of an export. In an export of all, a turn that is not among them was forgotten, and what it told was kept.
func (l *factLine) setSources(rows []int64, all bool, turns map[int64]TurnName) {
	for _, row := range rows {
		if t, ok := turns[row]; ok {
			l.Sources = append(l.Sources, t)
		} else if all || row == 0 {
			l.Asserted = true
		}
	}
	switch {
	case len(l.Sources) == 0:
		l.Asserted = false // nobody else tells it
	case len(l.Sources) == 1 && !l.Asserted:
		l.Source, l.Sources = &l.Sources[0], nil
	}
}

// sources are the rows of the episodes that tell the fact.
func (l *factLine) sources(tx Tx) (rows []int64, err error) {
	turns := l.Sources
	if l.Source != nil {
		turns = append([]TurnName{*l.Source}, turns...)
	}
	if l.Asserted {
		rows = append(rows, 0)
	}
	for i := range turns {
		row, err := turns[i].row(tx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return Sources(rows...), nil
}

// written is an instant as a line has it; "" at the ends of time.
func written(i Instant) string {
	if i == Beginning || i == Forever {
		return ""
	}
	return i.Time().Format(time.RFC3339Nano)
}

// exportKnown writes what is known: all, or what is known from episodes with some rows, and the patterns of
// sessions.
func exportKnown(ctx context.Context, r Reader, w io.Writer, all bool, turns map[int64]TurnName, sessions []string) (n int, err error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	put := func(l knownLine) error {
		n++
		return errors.Join(enc.Encode(l), ctx.Err())
	}
	entities, facts, err := exported(r, all, turns)
	if err != nil {
		return 0, err
	}
	if all {
		singles, err := r.Singles()
		if err != nil {
			return n, err
		}
		for name, single := range singles {
			if err := put(knownLine{Predicate: &predicateLine{name, single}}); err != nil {
				return n, err
			}
		}
	}
	source := func(row int64) *TurnName {
		if t, ok := turns[row]; ok {
			return &t
		}
		return nil // it was forgotten, and what is known from it was kept
	}
	aliases, err := r.Aliases()
	if err != nil {
		return n, err
	}
	also := map[int64][]aliasLine{}
	for _, a := range aliases {
		if _, ok := turns[a.Source]; all || ok {
			also[a.Entity] = append(also[a.Entity], aliasLine{a.Name, written(a.Created), source(a.Source)})
		}
	}
	names := map[int64]string{}
	for _, e := range entities {
		names[e.ID] = e.Name
		if err := put(knownLine{Entity: &entityLine{e.Name, e.Type, written(e.Created), also[e.ID]}}); err != nil {
			return n, err
		}
	}
	for _, f := range facts {
		l := factLine{Subject: names[f.Subject], Predicate: f.Predicate, Entity: names[f.Object.Entity], ValidFrom: written(f.Valid.From), ValidTo: written(f.Valid.To),
			KnownFrom: written(f.Known.From), KnownTo: written(f.Known.To), Confidence: &f.Confidence}
		l.setSources(f.Sources, all, turns)
		if f.Object.Entity == 0 {
			l.Value = json.RawMessage(f.Object.Value)
		}
		if err := put(knownLine{Fact: &l}); err != nil {
			return n, err
		}
	}
	if !all && len(sessions) == 0 {
		return n, nil
	}
	patterns, err := r.Patterns(PatternQuery{Sessions: sessions})
	for _, p := range patterns {
		if err := put(knownLine{Pattern: &patternLine{p.Session, p.Kind, p.About, p.From, p.To, p.Count, p.Failed, written(p.First), written(p.Last)}}); err != nil {
			return n, err
		}
	}
	return n, err
}

// exported are the entities and facts of an export. Damage is an error: an export has everything.
func exported(r Reader, all bool, turns map[int64]TurnName) (entities []Entity, facts []Fact, err error) {
	list, err := r.Entities()
	if err != nil {
		return nil, nil, err
	}
	every, err := r.Facts(FactQuery{})
	if err != nil {
		return nil, nil, err
	}
	if err := r.CheckKnowledge(); err != nil {
		return nil, nil, fmt.Errorf("some of what is known is damaged; forget it first: %w", err)
	}
	needed := map[int64]bool{}
	for _, f := range every {
		told := slices.ContainsFunc(f.Sources, func(row int64) bool { _, ok := turns[row]; return ok })
		if all || told {
			facts = append(facts, f)
			needed[f.Subject], needed[f.Object.Entity] = true, true
		}
	}
	for _, e := range list {
		if all || needed[e.ID] {
			entities = append(entities, e)
		}
	}
	return entities, facts, nil
}

// isKnownLine tells whether a line is about what is known: by its first member.
func isKnownLine(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte("{"))
	rest = bytes.TrimLeft(rest, " \t")
	for _, name := range []string{`"predicate"`, `"entity"`, `"fact"`, `"pattern"`} {
		if ok && bytes.HasPrefix(rest, []byte(name)) {
			return true
		}
	}
	return false
}

// parseKnown reads a line, and checks what can be without the store.
func parseKnown(text []byte) (l knownLine, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return l, fmt.Errorf("there is no member %s in lines about what is known", name)
		}
		return l, PlainJSON(err)
	}
	if err := checkEnd(d); err != nil {
		return l, err
	}
	if err := CheckMembers(text); err != nil {
		return l, err
	}
	return l, l.check()
}

func (l *knownLine) check() error {
	var err error
	switch {
	case l.Predicate != nil:
		err = checkPredicate(l.Predicate.Name)
	case l.Entity != nil:
		_, err = nameKey(l.Entity.Name)
		for _, a := range l.Entity.Aliases {
			_, aliasErr := nameKey(a.Name)
			_, timeErr := instant(a.Created, 0)
			err = errors.Join(err, aliasErr, timeErr)
		}
		_, timeErr := instant(l.Entity.Created, 0)
		err = errors.Join(err, timeErr)
	case l.Fact != nil:
		_, err = l.Fact.fact()
	case l.Pattern != nil:
		_, err = l.Pattern.pattern()
	default:
		err = errors.New("there is neither a predicate nor an entity, a fact or a pattern")
	}
	return err
}

// instant reads a time, or another one where there is none.
func instant(text string, other Instant) (Instant, error) {
	if text == "" {
		return other, nil
	}
	t, err := ParseTime(text)
	return At(t), err
}

// fact is what the line says, without its names.
func (l *factLine) fact() (f Fact, err error) {
	f = Fact{Predicate: l.Predicate, Confidence: 1}
	if l.Confidence != nil {
		f.Confidence = *l.Confidence
	}
	if err := checkPredicate(l.Predicate); err != nil {
		return f, err
	}
	if !(f.Confidence > 0 && f.Confidence <= 1) {
		return f, errors.New("the confidence is not more than 0 and at most 1")
	}
	if _, err := nameKey(l.Subject); err != nil {
		return f, fmt.Errorf("subject: %w", err)
	}
	switch {
	case (l.Entity == "") == (len(l.Value) == 0):
		return f, errors.New("a fact has an entity or a value, and not both")
	case l.Entity != "":
		if _, err := nameKey(l.Entity); err != nil {
			return f, fmt.Errorf("entity: %w", err)
		}
	default:
		v, err := DecodeValue(string(l.Value))
		if _, isNumber := number(v); isNumber && !keepsDigits(string(l.Value)) {
			v = string(l.Value)
		}
		if err == nil {
			f.Object.Value, err = EncodeValue(v)
		}
		if err != nil {
			return f, err
		}
	}
	for _, t := range []struct {
		text  string
		to    *Instant
		other Instant
	}{{l.ValidFrom, &f.Valid.From, Beginning}, {l.ValidTo, &f.Valid.To, Forever}, {l.KnownFrom, &f.Known.From, Beginning}, {l.KnownTo, &f.Known.To, Forever}} {
		if *t.to, err = instant(t.text, t.other); err != nil {
			return f, err
		}
	}
	if f.Valid.From >= f.Valid.To || f.Known.From >= f.Known.To {
		return f, errors.New("a time of the fact ends before it begins")
	}
	return f, nil
}

func (l *patternLine) pattern() (p Pattern, err error) {
	p = Pattern{Session: l.Session, Kind: l.Kind, About: l.About, From: l.From, To: l.To, Count: l.Count, Failed: l.Failed}
	if p.First, err = instant(l.First, 0); err == nil {
		p.Last, err = instant(l.Last, p.First)
	}
	if err == nil {
		err = p.validate()
	}
	return p, err
}
