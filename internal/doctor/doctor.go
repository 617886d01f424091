// Package doctor looks at an installation: configuration, folders, databases,
// disks, sandbox, daemons, ports, terminal, editors. It changes nothing; to see whether a
// folder can be written it writes a small file, and removes it.
package doctor

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/llmspell/llmspell/config"
)

// Status is how a finding is to be taken.
type Status string

// The statuses, from good to bad.
const (
	OK     Status = "ok"
	Note   Status = "note"  // worth knowing
	Warn   Status = "warn"  // something works less well
	Broken Status = "error" // something does not work
)

// Finding is one thing that was looked at.
type Finding struct {
	Topic  string `json:"topic"`
	Status Status `json:"status"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"` // what to do
}

// Subject is what is examined.
type Subject struct {
	Version, Revision string
	Config            *config.Loaded
	ConfigError       error // why Config holds only the defaults; nil: it does not
	Terminal          bool  // stdout is a terminal
	Width             int   // of the terminal, in cells
	// LookupEnv finds environment variables; nil: os.LookupEnv.
	LookupEnv func(string) (string, bool)
}

// patience bounds each look at something that may hang.
const patience = 10 * time.Second

// examination is one Examine under way.
type examination struct {
	Subject
	ctx      context.Context
	findings []Finding
	noSQLite bool // this program has none, which has been said
}

// Examine looks at everything, in a fixed order.
func Examine(ctx context.Context, s Subject) []Finding {
	if s.LookupEnv == nil {
		s.LookupEnv = os.LookupEnv
	}
	e := &examination{Subject: s, ctx: ctx}
	for _, look := range []func(){e.version, e.configuration, e.folders, e.disks, e.databases, e.sandbox, e.daemons, e.ports, e.terminal, e.editors} {
		if ctx.Err() == nil {
			look()
		}
	}
	return e.findings
}

// Worst returns the worst status of findings.
func Worst(findings []Finding) Status {
	order := map[Status]int{OK: 0, Note: 1, Warn: 2, Broken: 3}
	worst := OK
	for _, f := range findings {
		if order[f.Status] > order[worst] {
			worst = f.Status
		}
	}
	return worst
}

func (e *examination) add(topic string, s Status, advice, format string, args ...any) {
	e.findings = append(e.findings, Finding{Topic: topic, Status: s, Text: fmt.Sprintf(format, args...), Advice: advice})
}

func (e *examination) env(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

func (e *examination) version() {
	revision := ""
	if e.Revision != "" {
		revision = " (" + e.Revision + ")"
	}
	e.add("version", OK, "", "llmspell %s%s, %s, %s/%s", e.Version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
