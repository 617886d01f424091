//go:build !race

package latency

import (
	"testing"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// timings are how long something took: by the clock, and of the processors. A cpu of 0
// says that only the clock counts.
type timings struct{ wall, cpu time.Duration }

// byClock are the timings of what is promised by the clock.
func byClock(fn func()) timings { return timings{wall: timed(fn)} }

// least is what counts: the wall time, or the CPU time where that is known and less. Of work
// that is done one piece after the other that is what it would take by the clock if
// nobody else worked.
func (t timings) least() time.Duration {
	if t.cpu == 0 {
		return t.wall
	}
	return min(t.wall, t.cpu)
}

// series are the times of one thing, and of a yardstick that was used in turn with it.
type series struct {
	stick stick
	own   samples // what counts of the thing
	wall  samples // by the clock
	yard  samples // what counts of the yardstick: the same as of the thing
}

// add adds a sample, and uses the yardstick.
func (s *series) add(t timings) {
	s.own = append(s.own, t.least())
	s.wall = append(s.wall, t.wall)
	if s.stick.once == nil {
		return
	}
	y := s.stick.measure()
	if t.cpu == 0 {
		y.cpu = 0
	}
	s.yard = append(s.yard, y.least())
}

// beside makes a series of n samples. The stick may be none.
func beside(s stick, n int, once func() timings) series {
	all := series{stick: s}
	for range n {
		all.add(once())
	}
	return all
}

// quickest is a series whose only sample is the least of several rounds, and so is its
// yardstick's: for what takes its CPU time, to which noise only ever adds.
func quickest(s stick, rounds int, once func() timings) series {
	all := beside(s, rounds, once)
	return series{stick: s, own: samples{all.percentile(0)}, wall: samples{all.wall.percentile(0)}, yard: all.yard.first(0)}
}

// first is the percentile as a series of its own; nothing of nothing.
func (s samples) first(p float64) samples {
	if len(s) == 0 {
		return nil
	}
	return samples{s.percentile(p)}
}

// percentile is one of what counts.
func (s series) percentile(p float64) time.Duration { return s.own.percentile(p) }

// factor is how many times as long as on a machine that is undisturbed things take now,
// by percentile p of the yardstick; 1 at least.
func (s series) factor(p float64) float64 {
	if len(s.yard) == 0 {
		return 1
	}
	return max(1, float64(s.yard.percentile(p))/float64(s.stick.usual(p)))
}

// limit is a budget for percentile p, on this machine now.
func (s series) limit(p float64, budget time.Duration) time.Duration {
	return time.Duration(float64(budget) * s.factor(p))
}

// share is how much of a budget percentile p uses: nothing where there is none.
func (s series) share(p float64, budget time.Duration) float64 {
	if budget == 0 {
		return 0
	}
	return float64(s.percentile(p)) / float64(s.limit(p, budget))
}

// injected is a yardstick whose times a test makes up: noise, in turns of so many samples.
func injected(size time.Duration, noise func(i int) time.Duration) stick {
	i := -1
	return sized(size, 0, 0, func(units int) timings {
		i++
		return timings{wall: time.Duration(units)*bench.UsualUnit + noise(i)}
	})
}

// TestSeriesJudges makes up a machine: what is slower than its budget there fails, and what
// the machine makes slow does not.
func TestSeriesJudges(t *testing.T) {
	const size, budget = time.Millisecond, 1300 * time.Microsecond
	quiet := func(int) time.Duration { return 0 }
	stalls := func(i int) time.Duration { // one of twenty waits for a processor
		if i%20 == 19 {
			return 8 * time.Millisecond
		}
		return 0
	}
	busy := func(int) time.Duration { return size } // each takes twice as long
	for _, tt := range []struct {
		name  string
		noise func(int) time.Duration
		slow  float64 // what a regression makes of the thing itself
		p     float64
		fails bool
	}{
		{"quiet", quiet, 1, 50, false},
		{"quiet, tail", quiet, 1, 99, false},
		{"quiet, a regression", quiet, 1.5, 50, true},
		{"quiet, a regression in the tail", quiet, 1.5, 99, true},
		{"stalls", stalls, 1, 50, false},
		{"stalls, tail", stalls, 1, 99, false},
		{"stalls, a regression", stalls, 1.5, 50, true},
		{"busy", busy, 1, 50, false},
		{"busy, tail", busy, 1, 99, false},
		{"busy, a regression", busy, 3, 50, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := -1
			s := beside(injected(size, tt.noise), 1000, func() timings {
				i++
				return timings{wall: time.Duration(tt.slow*float64(size)) + tt.noise(i)}
			})
			if cost := s.share(tt.p, budget); (cost > 1) != tt.fails {
				t.Errorf("p%v is %v, the limit %v (%.2f of it), fails is to be %v", tt.p, s.percentile(tt.p), s.limit(tt.p, budget), cost, tt.fails)
			}
		})
	}
}

// TestYardstickTellsRegressions measures real work: the yardstick's own, so that the test
// says the same on any machine. Twice the work is told from as much; noise may need it
// some attempts.
func TestYardstickTellsRegressions(t *testing.T) {
	const size = 2 * time.Millisecond
	for _, tt := range []struct {
		name  string
		stick func(testing.TB, time.Duration) stick
	}{{"alone", alone}, {"handed", handed}, {"crossing", crossing}, {"started", started}} {
		t.Run(tt.name, func(t *testing.T) {
			own, yard := tt.stick(t, size), tt.stick(t, size)
			// A budget as for any machine: over what the yardstick takes here.
			const budget = 1.4
			cost := func(units int) float64 {
				s := beside(yard, 40, func() timings { return own.once(units) })
				return float64(s.percentile(50)) / float64(s.yard.percentile(50)) / budget
			}
			if c, _ := settleAfter(0, func() float64 { return cost(own.units) }, func(c float64) float64 { return c }); c > 1 {
				t.Errorf("as much work as the yardstick's takes %.2f of its budget", c)
			}
			more := own.units + int(size/bench.UsualUnit)
			if c, _ := settleAfter(0, func() float64 { return cost(more) }, func(c float64) float64 { return 1 / c }); c <= 1 {
				t.Errorf("twice the yardstick's work takes %.2f of the budget of as much", c)
			}
		})
	}
}

func TestSeriesWithoutYardstick(t *testing.T) {
	s := beside(stick{}, 3, func() timings { return timings{wall: 3, cpu: 2} })
	if s.factor(50) != 1 || s.limit(99, 10) != 10 || s.percentile(50) != 2 || s.wall.percentile(50) != 3 {
		t.Errorf("%+v: factor %v", s, s.factor(50))
	}
	if got := s.share(50, 0); got != 0 {
		t.Errorf("the share of no budget is %v", got)
	}
}
