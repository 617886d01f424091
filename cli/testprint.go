package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// testPrinter prints what comes of tests: as text for people, or as JSON lines, one as
// soon as something happens.
type testPrinter struct {
	app     *app
	json    bool
	verbose bool
	begin   time.Time
	passed  int
	failed  int
	printed *boundedOutput // of the test that runs, as text
	patient time.Duration  // how long a test runs until watch says so; 0: stillRuns
}

// stillRuns is how long a test runs until a person is told which it is.
const stillRuns = 10 * time.Second

// testLine is a JSON line of llmspell test. Its shape is stable.
type testLine struct {
	Type     string `json:"type"` // test (of --list), start, output, result, summary
	File     string `json:"file,omitempty"`
	Function string `json:"function,omitempty"` // none: the whole file
	Line     int    `json:"line,omitempty"`     // where it begins, from 1
	EndLine  int    `json:"end_line,omitempty"`

	Text string `json:"text,omitempty"` // output

	Status     string   `json:"status,omitempty"` // passed or failed
	DurationMS *float64 `json:"duration_ms,omitempty"`
	Message    string   `json:"message,omitempty"`
	ErrorLine  int      `json:"error_line,omitempty"` // in the test's file
	Traceback  string   `json:"traceback,omitempty"`

	Passed *int `json:"passed,omitempty"` // summary
	Failed *int `json:"failed,omitempty"`
}

func (p *testPrinter) line(kind string, t luaTest) testLine {
	return testLine{Type: kind, File: t.file, Function: t.function, Line: t.line, EndLine: t.endLine}
}

func (p *testPrinter) write(l testLine) error {
	for _, text := range []*string{&l.File, &l.Function, &l.Text, &l.Message, &l.Traceback} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	return writeJSON(p.app.stdout, l, false)
}

// listed prints a test that is not run.
func (p *testPrinter) listed(t luaTest) {
	if p.json {
		_ = p.write(p.line("test", t)) // whoever reads it has gone
		return
	}
	fmt.Fprintf(p.app.stdout, "%s:%d: %s\n", t.file, t.line, t.name())
}

// start says that a test begins, and returns what takes its output.
func (p *testPrinter) start(t luaTest) io.Writer {
	if p.begin.IsZero() {
		p.begin = time.Now()
	}
	if p.json {
		_ = p.write(p.line("start", t)) // the writer below fails too, and ends the test
		return &testOutput{printer: p, line: testLine{Type: "output", File: t.file, Function: t.function}}
	}
	p.printed = &boundedOutput{}
	return p.printed
}

// watch says on stderr that a test still runs, after a while, and again each time that it
// has run twice as long. JSON lines need no such word: the test has its line of start. What
// is returned ends it, and nothing is written any more when it has returned.
func (p *testPrinter) watch(t luaTest) (end func()) {
	if p.json {
		return func() {}
	}
	after := p.patient
	if after == 0 {
		after = stillRuns
	}
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		begin := time.Now()
		for ; ; after *= 2 {
			timer := time.NewTimer(time.Until(begin.Add(after)))
			select {
			case <-ended:
				timer.Stop()
				return
			case <-timer.C:
				fmt.Fprintf(p.app.stderr, "%s still runs after %v\n", t.words(), after)
			}
		}
	}()
	return func() {
		close(ended)
		<-done
	}
}

// words are how a test is spoken of.
func (t luaTest) words() string {
	if t.function == "" {
		return t.file
	}
	return t.function + " in " + t.file
}

// result says how a test has ended; failure is nil if it has passed.
func (p *testPrinter) result(t luaTest, took time.Duration, failure *testFailure) {
	l := p.line("result", t)
	l.Status, l.DurationMS = "passed", milliseconds(took)
	if failure == nil {
		p.passed++
	} else {
		p.failed++
		l.Status, l.Message, l.ErrorLine, l.Traceback = "failed", failure.Message, failure.Line, failure.Traceback
	}
	if p.json {
		_ = p.write(l)
		return
	}
	mark := "ok  "
	if failure != nil {
		mark = "FAIL"
	}
	name := t.file
	if t.function != "" {
		name += " " + t.function
	}
	fmt.Fprintf(p.app.stdout, "%s  %s (%.1f ms)\n", mark, name, *l.DurationMS)
	if failure != nil {
		p.indented(failure.Message + "\n" + failure.Traceback)
	}
	if failure != nil || p.verbose {
		p.indented(p.printed.String())
	}
}

// indented prints lines that belong to a test.
func (p *testPrinter) indented(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		fmt.Fprintf(p.app.stdout, "      %s\n", strings.TrimRight(line, "\r\n"))
	}
}

// summary prints how many tests there were.
func (p *testPrinter) summary() {
	if p.json {
		_ = p.write(testLine{Type: "summary", Passed: &p.passed, Failed: &p.failed, DurationMS: milliseconds(time.Since(p.begin))})
		return
	}
	fmt.Fprintf(p.app.stdout, "%d passed, %d failed\n", p.passed, p.failed)
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
	return &ms
}

// testOutput makes JSON lines of what a test prints.
type testOutput struct {
	printer *testPrinter
	line    testLine
	rest    []byte // the beginning of a character
}

func (o *testOutput) Write(b []byte) (int, error) {
	n := len(b)
	b = append(o.rest, b...)
	end := len(b)
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if first := b[len(b)-i]; utf8.RuneStart(first) {
			if first >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				end = len(b) - i
			}
			break
		}
	}
	o.rest = bytes.Clone(b[end:])
	if end == 0 {
		return n, nil
	}
	l := o.line
	l.Text = string(b[:end])
	return n, o.printer.write(l)
}
