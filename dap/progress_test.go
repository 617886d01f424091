package dap

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dap "github.com/google/go-dap"
	"go.uber.org/zap"
)

// progressEvents lists the events that something that takes a while makes.
func progressEvents(t *testing.T, takes time.Duration) string {
	var names []string
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t.Context(), NewServer(Options{}), zap.NewNop())
		s.offers.SupportsProgressReporting = true
		p := s.progress(dap.ProgressStartEventBody{ProgressId: "x", Title: "Waiting"})
		time.Sleep(takes)
		synctest.Wait()
		p.end()
		p.end()
		time.Sleep(time.Minute)
		s.out.close(nil)
		for m := s.out.next(); m != nil; m = s.out.next() {
			names = append(names, strings.TrimPrefix(m.(*event).Event.Event, "progress"))
		}
	})
	return strings.Join(names, " ")
}

func TestProgressTimes(t *testing.T) {
	for takes, want := range map[time.Duration]string{
		0:                       "",
		499 * time.Millisecond:  "",
		501 * time.Millisecond:  "Start End",
		2600 * time.Millisecond: "Start Update Update End",
	} {
		if got := progressEvents(t, takes); got != want {
			t.Errorf("%v: %q, want %q", takes, got, want)
		}
	}
}

func TestProgressRequest(t *testing.T) {
	for id, want := range map[string]int{progressID(7): 7, "load-1": 0, "request-x": 0, "": 0} {
		if got := progressRequest(id); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
}
