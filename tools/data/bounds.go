package data

import (
	"context"
	"math/big"

	"github.com/llmspell/llmspell/tools/tool"
)

// A query can make values that are huge only when they are walked through:
// reduce range(40) as $i (1; [., .]) holds 40 arrays and 2^40 numbers. They can
// also be nested so deeply that walking through them overflows the stack, which
// ends the process. Neither gojq nor the encoders look out for that, so values
// are measured before they are given to what walks through them.

// maxValue bounds a value that is walked through, in bytes as measure counts
// them, and maxNesting its depth.
const maxValue = 256 << 20

// measurer adds up the size of values: 16 for each, and the length of texts.
type measurer struct {
	ctx   context.Context
	left  int
	count int
}

// measure returns an error when values are too large or too deep to be walked
// through, or when ctx is done.
func measure(ctx context.Context, values ...any) error {
	m := measurer{ctx: ctx, left: maxValue}
	for _, v := range values {
		if err := m.add(v, 0); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurer) add(v any, depth int) error {
	if m.count++; m.count%lookEvery == 0 && m.ctx.Err() != nil {
		return context.Cause(m.ctx)
	}
	m.left -= 16
	switch v := v.(type) {
	case string:
		m.left -= len(v)
	case *big.Int:
		m.left -= v.BitLen() / 3
	case []any:
		if depth == maxNesting {
			return tooDeep()
		}
		for _, e := range v {
			if err := m.add(e, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if depth == maxNesting {
			return tooDeep()
		}
		for k, e := range v {
			m.left -= len(k)
			if err := m.add(e, depth+1); err != nil {
				return err
			}
		}
	}
	if m.left < 0 {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return tool.Errorf(tool.LimitExceeded, "the query makes a value of more than %d MB; narrow the query or the input", maxValue>>20)
}

func tooDeep() error {
	return tool.Errorf(tool.LimitExceeded, "the query makes a value that is nested more than %d deep", maxNesting)
}

// walkable is measure for what a query computes with: a value that is no
// composite is not walked through.
func walkable(values ...any) error {
	for _, v := range values {
		switch v.(type) {
		case []any, map[string]any:
			if err := measure(context.Background(), v); err != nil {
				return err
			}
		}
	}
	return nil
}
