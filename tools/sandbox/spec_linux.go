package sandbox

import (
	"encoding/json"
	"fmt"
	"syscall"
)

// spec is what a supervisor is told, as one line of JSON.
type spec struct {
	Path   string   `json:"path"`
	Args   []string `json:"args"`
	Env    []string `json:"env"`
	Limits Limits   `json:"limits"`
	Walls  walls    `json:"walls"`
	Nice   int      `json:"nice"` // of the process that asks
}

// report is what a supervisor answers, once nothing of the program is left.
type report struct {
	Failed   string             `json:"failed,omitempty"` // what could not be done
	Errno    syscall.Errno      `json:"errno,omitempty"`  // why
	Status   syscall.WaitStatus `json:"status"`
	Reason   Reason             `json:"reason"`
	CPU      int64              `json:"cpu"` // nanoseconds
	Memory   int64              `json:"memory"`
	Killed   int                `json:"killed"`
	Left     int                `json:"left"` // could not be killed
	Confined []string           `json:"confined"`
}

// The files of a supervisor, beyond the program's standard streams.
const (
	controlFd = 3 // the spec comes here; its end means to kill everything
	reportFd  = 4
	folderFd  = 5 // the working folder
)

// supervisorName is how a supervisor is called: nobody starts one by mistake.
const supervisorName = "llmspell: supervisor"

func decodeReport(data []byte) (*report, error) {
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("sandbox: the supervisor said nothing that is understood: %w", err)
	}
	return &r, nil
}
