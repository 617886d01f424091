package headless

import (
	"encoding/json"
	"io"
)

// outputLimit is how much of a script's output a line of the report holds.
const outputLimit = 64 << 10

// jsonReporter writes a line of JSON for each report.
type jsonReporter struct {
	enc    *json.Encoder
	output *capture
}

func newJSONReporter(w io.Writer, output *capture) *jsonReporter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &jsonReporter{enc, output}
}

// write ignores errors of the stream: whoever flushes it learns of them.
func (j *jsonReporter) write(v any) { _ = j.enc.Encode(v) }

func (j *jsonReporter) stop(s Stop) {
	s.Output, s.Dropped = j.output.take()
	j.write(s)
}

func (j *jsonReporter) log(l Log) { j.write(l) }

func (j *jsonReporter) step(s Step) { j.write(s) }

func (j *jsonReporter) end(s Summary) {
	s.Output, s.Dropped = j.output.take()
	j.write(s)
}
