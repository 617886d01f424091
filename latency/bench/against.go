package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Side is a program that measures itself, by Serve, in turn with another.
type Side struct {
	hello greeting
	in    *json.Encoder
	out   *json.Decoder
	run   *Run
}

// ErrNotServed is wrapped where a program does not speak the protocol of Serve.
var ErrNotServed = errors.New("it does not measure in turns")

// NewSide greets a program by its streams.
func NewSide(r io.Reader, w io.Writer) (*Side, error) {
	s := &Side{in: json.NewEncoder(w), out: json.NewDecoder(r)}
	if err := s.out.Decode(&s.hello); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotServed, err)
	}
	if s.hello.Format != FormatVersion {
		return nil, fmt.Errorf("%w: its format is %d, and this program's is %d", ErrNotServed, s.hello.Format, FormatVersion)
	}
	s.run = &Run{Format: FormatVersion, Time: time.Now().UTC().Truncate(time.Second), Environment: s.hello.Environment}
	return s, nil
}

// ask asks, and waits for the answer.
func (s *Side) ask(q question) (a answer, err error) {
	if err := s.in.Encode(q); err != nil {
		return a, err
	}
	return a, s.out.Decode(&a)
}

// Against measures benchmarks by two programs, round by round in turn, so that the machine is the
// same for both. Who is first is taken in turn, too. What one of them has not got is told as
// failed. An error ends it: of the context, or of a program that no longer answers.
func Against(ctx context.Context, list []Benchmark, old, now *Side, o Options) (was, is *Run, err error) {
	if o.Rounds == 0 {
		o.Rounds = DefaultRounds
	}
	done := 0
	for _, group := range Groups() {
		var names []string
		for i := range list {
			if list[i].Group == group {
				names = append(names, list[i].Name)
			}
		}
		tell := func(name string) {
			if o.Progress != nil {
				o.Progress(Progress{Done: done, Total: o.Rounds * len(list), Name: name})
			}
		}
		if err := inTurn(ctx, names, [2]*Side{old, now}, o.Rounds, tell, &done); err != nil {
			return old.run, now.run, err
		}
	}
	return old.run, now.run, nil
}

// inTurn measures benchmarks of one group.
func inTurn(ctx context.Context, names []string, sides [2]*Side, rounds int, tell func(string), done *int) error {
	if len(names) == 0 {
		return nil
	}
	first := [2]int{}
	for k, s := range sides {
		tell(names[0])
		first[k] = len(s.run.Results)
		a, err := s.ask(question{Open: names})
		if err != nil {
			return err
		}
		if len(a.Results) != len(names) {
			return fmt.Errorf("%d of %d benchmarks were opened", len(a.Results), len(names))
		}
		s.run.Results = append(s.run.Results, a.Results...)
	}
	for turn := range rounds {
		for i, name := range names {
			tell(name)
			*done++
			for k := range sides {
				side := (turn + k) % 2
				r := &sides[side].run.Results[first[side]+i]
				if r.Failed != "" {
					continue
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				a, err := sides[side].ask(question{Round: name})
				if err != nil {
					return err
				}
				if r.Failed = a.Failed; a.Round != nil {
					r.Rounds = append(r.Rounds, *a.Round)
				}
			}
		}
	}
	for _, s := range sides {
		a, err := s.ask(question{Close: true})
		if err == nil && a.Failed != "" {
			err = errors.New(a.Failed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
