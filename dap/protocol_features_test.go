package dap_test

import (
	"slices"
	"testing"
)

// features are all of them.
func features() []feature {
	return slices.Concat(lifeFeatures(), attachFeatures(), breakpointFeatures(), stepFeatures(), valueFeatures())
}

// TestProtocol plays all features, compares what was said with the golden
// files, and then judges the conformance table by it.
func TestProtocol(t *testing.T) {
	said := map[string][][]exchange{}
	for _, f := range features() {
		t.Run(f.name, func(t *testing.T) {
			s := newStage(t)
			f.play(s)
			for _, c := range s.clients {
				said[f.name] = append(said[f.name], conversation(t, c.Transcript()))
			}
			checkGolden(t, f.name, s.transcript(f))
		})
	}
	t.Run("conformance", func(t *testing.T) { checkConformance(t, said) })
}
