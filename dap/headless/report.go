package headless

// Stop is the report of one stop.
type Stop struct {
	Type         string        `json:"type"` // "stop"
	N            int           `json:"n"`    // counts from 1
	Reason       string        `json:"reason"`
	Thread       int           `json:"thread"`
	File         string        `json:"file"`
	Line         int           `json:"line"`
	Text         string        `json:"text"` // the error, or that of a condition
	Source       []SourceLine  `json:"source"`
	Stack        []Frame       `json:"stack"`
	Depth        int           `json:"depth"` // of the stack, which may be cut
	Locals       []Variable    `json:"locals"`
	Evals        []Evaluation  `json:"evals"`
	Breakpoints  []string      `json:"breakpoints"` // the options that were hit
	Expectations []Expectation `json:"expectations"`
	Output       string        `json:"output"` // of the script, since the last line with output
	Dropped      int           `json:"dropped"`
}

// SourceLine is a line of the excerpt around a stop.
type SourceLine struct {
	Line    int    `json:"line"`
	Text    string `json:"text"`
	Current bool   `json:"current"`
}

// Frame is a level of the stack, innermost first.
type Frame struct {
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// Variable is a name with its value as the debugger shows it.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// Evaluation is the result of an expression: a value or an error.
type Evaluation struct {
	Expression string `json:"expression"`
	Value      string `json:"value,omitempty"`
	Type       string `json:"type,omitempty"`
	Error      string `json:"error,omitempty"`
}

// Expectation is the outcome of an --expect at one stop.
type Expectation struct {
	Spec  string `json:"spec"`
	Met   bool   `json:"met"`
	Value string `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

// Log is the report of a log point.
type Log struct {
	Type string `json:"type"` // "log"
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Step is the report of a line of the steps file.
type Step struct {
	Type        string       `json:"type"` // "step"
	Line        int          `json:"line"` // in the steps file
	Command     string       `json:"command"`
	Success     bool         `json:"success"`
	Error       string       `json:"error,omitempty"`
	Value       string       `json:"value,omitempty"`
	ValueType   string       `json:"valueType,omitempty"`
	Variables   []Variable   `json:"variables,omitempty"`
	Stack       []Frame      `json:"stack,omitempty"`
	Breakpoints []BoundPoint `json:"breakpoints,omitempty"`
}

// BoundPoint answers a breakpoint of the steps file.
type BoundPoint struct {
	Line     int    `json:"line"`
	Verified bool   `json:"verified"`
	Message  string `json:"message"`
}

// Summary is the report of the whole run, and the last line.
type Summary struct {
	Type         string               `json:"type"` // "summary"
	Script       string               `json:"script"`
	ExitCode     int                  `json:"exitCode"`
	Seconds      float64              `json:"seconds"`
	Stops        int                  `json:"stops"`
	Breakpoints  []BreakpointSummary  `json:"breakpoints"`
	Expectations []ExpectationSummary `json:"expectations"`
	Steps        *StepsSummary        `json:"steps,omitempty"`
	Failures     []string             `json:"failures"` // why the exit code is 7, or would be
	Error        *ErrorSummary        `json:"error,omitempty"`
	Coverage     *CoverageSummary     `json:"coverage,omitempty"`
	Profile      *ProfileSummary      `json:"profile,omitempty"`
	Output       string               `json:"output"`
	Dropped      int                  `json:"dropped"`
}

// BreakpointSummary is what has become of a --break, --log or --function.
type BreakpointSummary struct {
	Kind     string `json:"kind"`
	Spec     string `json:"spec"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Verified bool   `json:"verified"`
	Hits     int    `json:"hits"`
	Message  string `json:"message"` // why it is not verified, or has failed
}

// ExpectationSummary is what has become of an --expect.
type ExpectationSummary struct {
	Spec       string    `json:"spec"`
	File       string    `json:"file"`
	Line       int       `json:"line"`
	Expression string    `json:"expression"`
	Verified   bool      `json:"verified"`
	Met        bool      `json:"met"`
	Stops      int       `json:"stops"`
	Failed     int       `json:"failed"`
	Failures   []Failure `json:"failures"` // the first few
	Message    string    `json:"message"`
}

// Failure is a stop at which something was not as expected.
type Failure struct {
	Stop  int    `json:"stop"`
	Value string `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

// StepsSummary is what has become of the steps file.
type StepsSummary struct {
	File     string   `json:"file"`
	Total    int      `json:"total"`
	Done     int      `json:"done"`
	Failures []string `json:"failures"`
}

// ErrorSummary is the error that ended the script.
type ErrorSummary struct {
	Kind      string `json:"kind"` // error, syntax, file, timeout, budget, cancelled, exit
	Message   string `json:"message"`
	File      string `json:"file"`
	Line      int    `json:"line"`
	Traceback string `json:"traceback"`
}

// CoverageSummary tells how much of the loaded files has run.
type CoverageSummary struct {
	Lines int `json:"lines"`
	Hit   int `json:"hit"`
}

// ProfileSummary tells how many samples were taken.
type ProfileSummary struct {
	Samples int64 `json:"samples"`
}

// reporter writes a report as the run goes on.
type reporter interface {
	stop(Stop)
	log(Log)
	step(Step)
	end(Summary)
}
