package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/llmspell/llmspell/tools/tool"
)

// progress shows on stderr how a long call goes on: on a terminal one line that
// is rewritten, elsewhere a line now and then. Short calls show nothing.
type progress struct {
	w        io.Writer
	terminal bool
	width    int
	name     string
	start    time.Time
	after    time.Duration // silence before the first line
	every    time.Duration

	mu      sync.Mutex
	last    tool.Progress
	known   bool
	painted int // cells of the line that stands there
	done    chan struct{}
	ended   chan struct{}
}

// startProgress begins to watch a call. End must be called.
func startProgress(w io.Writer, name string) *progress {
	if isTerminal(w) {
		return newProgress(w, name, true, terminalWidth(w), time.Second, 200*time.Millisecond)
	}
	return newProgress(w, name, false, 0, 5*time.Second, 10*time.Second)
}

func newProgress(w io.Writer, name string, terminal bool, width int, after, every time.Duration) *progress {
	p := &progress{w: w, name: name, terminal: terminal, width: width, start: time.Now(), after: after, every: every,
		done: make(chan struct{}), ended: make(chan struct{})}
	go p.run()
	return p
}

// Report is what CallOptions.Progress takes.
func (p *progress) Report(v tool.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.known = v, true
}

// End stops it, and removes the line from the terminal.
func (p *progress) End() {
	close(p.done)
	<-p.ended
}

func (p *progress) run() {
	defer close(p.ended)
	wait := time.NewTimer(p.after)
	defer wait.Stop()
	for {
		select {
		case <-p.done:
			if p.painted > 0 {
				fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.painted)+"\r")
			}
			return
		case <-wait.C:
			p.paint()
			wait.Reset(p.every)
		}
	}
}

func (p *progress) paint() {
	p.mu.Lock()
	line := p.line()
	p.mu.Unlock()
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	// One cell less than the terminal has: a full line would wrap on some.
	line = runewidth.Truncate(line, max(p.width-1, 10), "…")
	cells := runewidth.StringWidth(line)
	fmt.Fprint(p.w, "\r"+line+strings.Repeat(" ", max(0, p.painted-cells)))
	p.painted = cells
}

func (p *progress) line() string {
	elapsed := time.Since(p.start).Round(time.Second)
	line := fmt.Sprintf("%s: %v", p.name, elapsed)
	if !p.known {
		return line
	}
	if p.last.Total > 0 {
		line += fmt.Sprintf(", %.0f %%", 100*min(1, max(0, p.last.Done/p.last.Total)))
	}
	if p.last.Message != "" {
		line += ", " + oneLine(p.last.Message)
	}
	return line
}
