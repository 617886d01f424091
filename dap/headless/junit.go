package headless

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// junitLimit is how much of a script's output a JUnit report holds.
const junitLimit = 1 << 20

// junitReporter writes one test suite at the end: the script itself and what
// was expected of it are its test cases.
type junitReporter struct {
	w      io.Writer
	output *capture
	steps  []junitCase
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
	Output   string      `xml:"system-out"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Error   *junitProblem `xml:"error,omitempty"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (j *junitReporter) stop(Stop) {}

// log adds to the script's output.
func (j *junitReporter) log(l Log) { fmt.Fprintf(j.output, "%s\n", l) }

func (j *junitReporter) step(s Step) {
	c := junitCase{Name: fmt.Sprintf("step %d: %s", s.Line, s.Command)}
	if !s.Success {
		c.Failure = &junitProblem{Type: "step", Message: s.Error, Text: s.Error}
	}
	j.steps = append(j.steps, c)
}

func (j *junitReporter) end(s Summary) {
	script := junitCase{Name: "the script runs to its end"}
	if e := s.Error; e != nil {
		script.Error = &junitProblem{Type: e.Kind, Message: e.Message, Text: strings.TrimSpace(e.Message + "\n" + e.Traceback)}
	}
	suite := junitSuite{Name: s.Script, Cases: []junitCase{script}}
	for _, p := range s.Breakpoints {
		c := junitCase{Name: p.Kind + " " + p.Spec}
		if p.Message != "" {
			c.Failure = &junitProblem{Type: p.Kind, Message: p.Message, Text: p.Message}
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, x := range s.Expectations {
		c := junitCase{Name: "expect " + x.Spec}
		if !x.Met {
			text := x.Message
			for _, f := range x.Failures {
				text += "\n" + f.String()
			}
			c.Failure = &junitProblem{Type: "expect", Message: x.Message, Text: text}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Cases = append(suite.Cases, j.steps...)
	if x := s.Steps; x != nil && x.Done < x.Total {
		text := x.Failures[len(x.Failures)-1]
		suite.Cases = append(suite.Cases, junitCase{Name: "all steps are done", Failure: &junitProblem{Type: "step", Message: text, Text: text}})
	}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		c.Class, c.Time = s.Script, "0"
		suite.Failures += present(c.Failure)
		suite.Errors += present(c.Error)
	}
	suite.Cases[0].Time = fmt.Sprintf("%.3f", s.Seconds)
	suite.Tests, suite.Time = len(suite.Cases), suite.Cases[0].Time
	output, dropped := j.output.take()
	if dropped > 0 {
		output = fmt.Sprintf("(%d bytes before this are left out)\n%s", dropped, output)
	}
	suite.Output = output
	j.write(suite)
}

func present(p *junitProblem) int {
	if p != nil {
		return 1
	}
	return 0
}

// write ignores errors of the stream: whoever flushes it learns of them.
func (j *junitReporter) write(suite junitSuite) {
	enc := xml.NewEncoder(j.w)
	enc.Indent("", "  ")
	_, _ = io.WriteString(j.w, xml.Header)
	_ = enc.Encode(suite)
	_, _ = io.WriteString(j.w, "\n")
}
