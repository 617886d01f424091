package assemble

import (
	"fmt"
	"strings"
)

// Strategy says which sources a context is made of.
type Strategy string

// The strategies. FromConversations and FromFacts have one source; Hybrid has both, and FromDocuments the documents before both.
const (
	FromConversations Strategy = "episodic"
	FromFacts         Strategy = "semantic"
	Hybrid            Strategy = "hybrid"
	FromDocuments     Strategy = "rag"
)

// Strategies are all strategies, by name.
func Strategies() []Strategy { return []Strategy{FromConversations, Hybrid, FromDocuments, FromFacts} }

// Describe says in a line what a strategy does.
func (s Strategy) Describe() string {
	switch s {
	case FromConversations:
		return "turns of conversations"
	case FromFacts:
		return "entities and facts"
	case Hybrid:
		return "turns of conversations (60 % of the budget) and facts (40 %)"
	case FromDocuments:
		return "pieces of documents (40 %), turns of conversations (40 %) and facts (20 %)"
	}
	return ""
}

// shares are the parts of the budget that the sources get.
func (s Strategy) shares() (map[Source]float64, error) {
	switch s {
	case FromConversations:
		return map[Source]float64{Episodic: 1}, nil
	case FromFacts:
		return map[Source]float64{Semantic: 1}, nil
	case Hybrid:
		return map[Source]float64{Episodic: 0.6, Semantic: 0.4}, nil
	case FromDocuments:
		return map[Source]float64{RAG: 0.4, Episodic: 0.4, Semantic: 0.2}, nil
	}
	var names []string
	for _, known := range Strategies() {
		names = append(names, string(known))
	}
	return nil, fmt.Errorf("no context strategy %q: known are %s", s, strings.Join(names, ", "))
}

// Sources are what a strategy packs.
func (s Strategy) Sources() ([]Source, error) {
	shares, err := s.shares()
	if err != nil {
		return nil, err
	}
	var out []Source
	for _, source := range []Source{Episodic, Semantic, RAG} {
		if _, ok := shares[source]; ok {
			out = append(out, source)
		}
	}
	return out, nil
}
