package dap

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	dap "github.com/google/go-dap"
)

// What takes longer than progressAfter is told to clients that show progress,
// and again after each progressEvery.
const (
	progressAfter = 500 * time.Millisecond
	progressEvery = time.Second
)

// progress tells the client of something that may take long. A nil one tells
// nothing.
type progress struct {
	out   *outbox
	start dap.ProgressStartEventBody

	mu    sync.Mutex
	timer *time.Timer
	began time.Time
	shown bool
	over  bool
}

// progressID names the progress of a request, so that cancel finds it.
func progressID(seq int) string { return fmt.Sprintf("request-%d", seq) }

// progressRequest is the reverse; 0 if the progress is not that of a request.
func progressRequest(id string) int {
	text, ok := strings.CutPrefix(id, "request-")
	if !ok {
		return 0
	}
	seq, _ := strconv.Atoi(text)
	return seq
}

// watch follows a request.
func (s *session) watch(r *request, h handler) *progress {
	return s.progress(dap.ProgressStartEventBody{
		ProgressId: progressID(r.seq), Title: title(r.command), RequestId: r.seq, Cancellable: h.cancellable,
	})
}

// progress begins to watch the time.
func (s *session) progress(start dap.ProgressStartEventBody) *progress {
	if !s.offers.SupportsProgressReporting {
		return nil
	}
	p := &progress{out: s.out, start: start, began: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(progressAfter, p.tell)
	return p
}

// tell sends the first event, or one more. It does not wait for the response
// of the request that is being answered: the progress is that request's.
func (p *progress) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	if !p.shown {
		p.shown = true
		p.out.reply(newEvent("progressStart", p.start))
	} else {
		p.out.reply(newEvent("progressUpdate", dap.ProgressUpdateEventBody{
			ProgressId: p.start.ProgressId, Message: time.Since(p.began).Round(time.Second).String(),
		}))
	}
	p.timer.Reset(progressEvery)
}

// end says that it is over.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.over = true
	p.timer.Stop()
	if p.shown {
		p.out.reply(newEvent("progressEnd", dap.ProgressEndEventBody{ProgressId: p.start.ProgressId}))
	}
}

// title says for a person what a request does.
func title(command string) string {
	titles := map[string]string{
		"evaluate": "Evaluating", "setExpression": "Assigning", "setVariable": "Assigning", "variables": "Reading variables",
		"completions": "Looking for completions", "source": "Reading source", "disassemble": "Disassembling",
		"readMemory": "Reading memory", "writeMemory": "Writing memory", "restart": "Restarting the script",
		"stackTrace": "Reading the stack", "loadedSources": "Reading sources", "configurationDone": "Starting the script",
	}
	if t := titles[command]; t != "" {
		return t
	}
	return "Waiting for " + command
}
