package replay

import (
	"fmt"
	"time"
)

// Schedule says when to replay. The zero value is now, once.
type Schedule struct {
	Delay time.Duration // before the first replay
	Every time.Duration // between the beginnings of two; 0: no interval
	Max   int           // how many replays at most; 0: as many as the caller waits for
	Cron  *Cron         // nil: none
}

// MaxDelay bounds the delays and intervals of a schedule.
const MaxDelay = 366 * 24 * time.Hour

// Once is a schedule of one replay after a delay.
func Once(delay time.Duration) (Schedule, error) {
	s := Schedule{Delay: delay, Max: 1}
	return s, s.check()
}

// Interval is a schedule of replays every so often, max of them (0: no end).
func Interval(initial, every time.Duration, max int) (Schedule, error) {
	s := Schedule{Delay: initial, Every: every, Max: max}
	if every <= 0 {
		return s, fmt.Errorf("the interval must be more than 0, not %v", every)
	}
	return s, s.check()
}

func (s Schedule) check() error {
	switch {
	case s.Delay < 0 || s.Delay > MaxDelay:
		return fmt.Errorf("the delay must be between 0 and %v, not %v", MaxDelay, s.Delay)
	case s.Every > MaxDelay:
		return fmt.Errorf("the interval must be at most %v, not %v", MaxDelay, s.Every)
	case s.Max < 0:
		return fmt.Errorf("the number of replays must not be negative, as %d is", s.Max)
	}
	return nil
}

// Next returns when replay n, counted from 0, is due; ok is false when there is
// none. started is when the schedule began, now is the earliest time of interest:
// times of a table that have passed are left out, intervals that have passed are
// made up for.
func (s Schedule) Next(n int, started, now time.Time) (due time.Time, ok bool) {
	if s.Max > 0 && n >= s.Max {
		return time.Time{}, false
	}
	switch {
	case s.Cron != nil:
		return s.Cron.Next(now)
	case s.Every > 0:
		return started.Add(s.Delay + time.Duration(n)*s.Every), true
	case n > 0:
		return time.Time{}, false
	}
	return started.Add(s.Delay), true
}
