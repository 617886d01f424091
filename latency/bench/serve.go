package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The protocol by which one program measures in turn with another: a line of JSON from the
// program that is measured to greet, then a line for each question.
type (
	question struct {
		Open  []string `json:"open,omitempty"`  // begin with these benchmarks
		Round string   `json:"round,omitempty"` // measure a round of this one of them
		Close bool     `json:"close,omitempty"` // end them
	}
	greeting struct {
		Format      int         `json:"format"`
		Environment Environment `json:"environment"`
	}
	answer struct {
		Results []Result `json:"results,omitempty"` // of Open
		Round   *Round   `json:"round,omitempty"`   // of Round
		Failed  string   `json:"failed,omitempty"`  // of Round and Close
	}
)

// Serve measures what it is asked for in lines of r, until that ends, and answers in lines of w.
func Serve(ctx context.Context, list []Benchmark, env *Env, r io.Reader, w io.Writer) (err error) {
	s := &server{list: list, env: env, stick: newYardstick(), open: map[string]*opened{}}
	defer func() { err = errors.Join(err, s.close()) }()
	out := json.NewEncoder(w)
	if err := out.Encode(greeting{Format: FormatVersion, Environment: Look()}); err != nil {
		return err
	}
	for in := json.NewDecoder(r); ; {
		var q question
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("what to measure: %w", err)
		}
		if err := out.Encode(s.answer(ctx, q)); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// server is one call of Serve.
type server struct {
	list  []Benchmark
	env   *Env
	stick *yardstick
	open  map[string]*opened
}

func (s *server) answer(ctx context.Context, q question) (a answer) {
	for _, name := range q.Open {
		o := s.begin(ctx, name)
		s.open[name] = o
		a.Results = append(a.Results, o.result)
	}
	if q.Round != "" {
		o := s.open[q.Round]
		switch {
		case o == nil:
			a.Failed = "it was not opened"
		case o.result.Failed != "":
			a.Failed = o.result.Failed
		default:
			o.round(ctx, s.stick)
			a.Failed = o.result.Failed
			if n := len(o.result.Rounds); n > 0 {
				a.Round = &o.result.Rounds[n-1]
				o.result.Rounds = nil
			}
		}
	}
	if q.Close {
		if err := s.close(); err != nil {
			a.Failed = err.Error()
		}
	}
	return a
}

func (s *server) begin(ctx context.Context, name string) *opened {
	for i := range s.list {
		if s.list[i].Name == name {
			return open(ctx, &s.list[i], s.env)
		}
	}
	return &opened{result: Result{Name: name, Failed: "this llmspell has no such benchmark"}}
}

// close ends what was opened, and says what failed at that.
func (s *server) close() error {
	var problems []error
	for name, o := range s.open {
		failed := o.result.Failed
		if o.close(); failed == "" && o.result.Failed != "" {
			problems = append(problems, fmt.Errorf("%s: %s", name, o.result.Failed))
		}
		delete(s.open, name)
	}
	return errors.Join(problems...)
}
