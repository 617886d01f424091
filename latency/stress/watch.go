package stress

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// Sample is what a process holds at a moment. What is not known is 0.
type Sample struct {
	Seconds    float64 `json:"seconds"` // since the load began
	Memory     int64   `json:"memory"`  // its own, in bytes
	Files      int     `json:"files"`   // descriptors
	Goroutines int     `json:"goroutines"`
}

// Process is a process that was loaded.
type Process struct {
	Name    string   `json:"name"`
	Before  Sample   `json:"before"` // idle, after the first load
	After   Sample   `json:"after"`  // idle, after the load
	Samples []Sample `json:"samples"`
	Leaks   []string `json:"leaks"`
}

// watched is a process that is looked at.
type watched struct {
	Process
	pid        int
	goroutines func() int // nil: unknown
}

// What a process may hold more than before: a heap that has been larger is not as dense.
const (
	slackShare = 2        // half as much
	slackBytes = 12 << 20 // and so much
)

func (p *watched) read() Sample {
	s := Sample{Memory: bench.ProcessMemory(p.pid, "RssAnon"), Files: bench.ProcessFiles(p.pid)}
	if p.goroutines != nil {
		s.Goroutines = p.goroutines()
	}
	return s
}

// leaks says what a process holds that it should not.
func (p *watched) leaks(now Sample) []string {
	list := []string{}
	if most := p.Before.Memory + p.Before.Memory/slackShare + slackBytes; now.Memory > most {
		list = append(list, fmt.Sprintf("%.1f MB are in use afterwards, %.1f MB were before", mb(now.Memory), mb(p.Before.Memory)))
	}
	if now.Files > p.Before.Files {
		list = append(list, fmt.Sprintf("%d descriptors are open afterwards, %d were before", now.Files, p.Before.Files))
	}
	if now.Goroutines > p.Before.Goroutines {
		list = append(list, fmt.Sprintf("%d goroutines are there afterwards, %d were before", now.Goroutines, p.Before.Goroutines))
	}
	return list
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// watch looks at the processes now and then, until it is stopped.
func (w *world) watch(every time.Duration, tell func(string)) (stop func()) {
	done := make(chan struct{})
	var looking sync.WaitGroup
	start := time.Now()
	looking.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			total := int64(0)
			for _, p := range w.watched {
				s := p.read()
				s.Seconds = time.Since(start).Seconds()
				p.Samples = append(p.Samples, s)
				total += s.Memory
			}
			tell(fmt.Sprintf("%v, %.0f MB", time.Since(start).Round(time.Second), mb(total)))
		}
	})
	return func() {
		close(done)
		looking.Wait()
	}
}

// Times of rest: a process gives memory back some seconds after it has become idle. To be asked is not
// to be idle.
const (
	unasked  = 6 * time.Second
	mostRest = 45 * time.Second
)

// rest waits until the processes hold no more than they should: by good, or, without it, until
// they hold no less than some seconds before.
func (w *world) rest(ctx context.Context, good func(*watched) bool) error {
	begun, last := time.Now(), map[*watched]Sample{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(w.unasked):
		}
		settled := true
		for _, p := range w.watched {
			if good != nil {
				settled = settled && good(p)
				continue
			}
			s := p.read()
			was, ok := last[p]
			last[p] = s
			settled = settled && ok && s.Memory >= was.Memory-was.Memory/50 && s.Files >= was.Files && s.Goroutines >= was.Goroutines
		}
		if settled || time.Since(begun) > w.mostRest {
			return nil
		}
	}
}
