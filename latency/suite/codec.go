package suite

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/latency/bench"
)

// framing writes and reads messages as a debug adapter does, in memory.
func framing() *bench.Probe {
	const each = 100
	type variable struct {
		Name      string `json:"name"`
		Value     string `json:"value"`
		Type      string `json:"type"`
		Reference int    `json:"variablesReference"`
	}
	type message struct {
		Seq  int        `json:"seq"`
		Type string     `json:"type"`
		Body []variable `json:"body"`
	}
	body := []variable{{"items", "{...}", "table", 1001}, {"total", "4.5", "number", 0}, {"name", `"item 1"`, "string", 0}}
	var stream, header []byte
	return &bench.Probe{Each: each, Once: func() error {
		stream = stream[:0]
		for i := range each {
			data, err := json.Marshal(message{i, "response", body})
			if err != nil {
				return err
			}
			header = frame.Append(header[:0], len(data))
			stream = append(append(stream, header...), data...)
		}
		r := frame.NewReader(bytes.NewReader(stream), 1<<20)
		for i := range each {
			data, err := r.NextShared()
			if err != nil {
				return err
			}
			var m message
			if err := json.Unmarshal(data, &m); err != nil {
				return err
			}
			if m.Seq != i || len(m.Body) != len(body) {
				return fmt.Errorf("message %d came back as %+v", i, m)
			}
		}
		return nil
	}}
}
