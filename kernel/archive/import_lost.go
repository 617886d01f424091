package archive

import (
	"encoding/json"
	"strings"
)

// lostExecution is the error of an execution that stands for one that is in no line of the
// bundle, though what it did is.
const lostExecution = "this execution was damaged when its session was exported: only its tool calls and events were kept"

// standIns adds an execution for each that the entries belong to and that is not in the
// bundle: older versions wrote such bundles of damaged databases.
func (m *importer) standIns() {
	known := make(map[int]bool, len(m.executions))
	for i := range m.executions {
		known[m.executions[i].Sequence] = true
	}
	for i := range m.entries {
		e := &m.entries[i]
		if known[e.Execution] {
			continue
		}
		known[e.Execution] = true
		m.lost = Hash([]byte(lostSource))
		m.executions = append(m.executions, bundleExecution{
			Sequence: e.Execution, Kind: KindCode, Name: "=(lost)", Source: m.lost, Args: json.RawMessage("[]"), State: m.session.ID,
			Started: e.Started, Outcome: Crashed, Result: json.RawMessage("[]"), Error: lostExecution,
		})
	}
}

// stageLost stages the source of those that standIns added.
func (m *importer) stageLost() error {
	if m.lost == "" || m.staged[m.lost] != nil {
		return nil
	}
	st, err := m.s.stage(m.ctx, strings.NewReader(lostSource), int64(len(lostSource)), false)
	if err == nil {
		m.staged[m.lost] = st
	}
	return err
}
