package inmem

import (
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(_ *testing.T, clock func() time.Time) memory.Backend { return New(clock) })
}
