package dap

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
)

// launchArguments are the arguments of launch, and of restart under the key
// "arguments". Keys that are not listed belong to the client and are ignored.
type launchArguments struct {
	// Program is the script, as a path of the client or of this machine.
	Program string `json:"program"`
	// Args become the script's arg table.
	Args []string `json:"args"`
	// Function, if not empty, is called without arguments once the script has run:
	// "test_add", "M.test_add", "Suite:test_add". The script's locals are in its reach.
	Function string `json:"function"`
	// Cwd is the script's working folder; the server's own if empty.
	Cwd string `json:"cwd"`
	// Env is laid over the server's environment; null removes a variable.
	Env         map[string]*string `json:"env"`
	StopOnEntry bool               `json:"stopOnEntry"`
	// NoDebug runs without an engine: no stops, full speed.
	NoDebug      bool         `json:"noDebug"`
	PathMappings pathMappings `json:"pathMappings"`
	// Console says where the script's standard streams are: internalConsole
	// (output events, no input), integratedTerminal or externalTerminal.
	Console string `json:"console"`
	// SubProcess, or AutoAttach, debugs scripts that the script runs with
	// llmspell run as child sessions; default: if the client can.
	SubProcess *bool `json:"subProcess"`
	AutoAttach *bool `json:"autoAttachChildProcesses"`
	// WorkspaceRoots are folders whose files the source request may read, beside
	// those of the program.
	WorkspaceRoots []string `json:"workspaceRoots"`
	// Type is the client's name of this adapter.
	Type string `json:"type"`
	// Timeout ends the script after so many seconds of running; 0: never.
	Timeout float64 `json:"timeout"`
	// Budget ends the script after about so many instructions; 0: never.
	Budget int64 `json:"instructionBudget"`

	permissionArguments
	stopFilters
}

// stopFilters are the parts of a configuration that launch and attach share.
type stopFilters struct {
	// SkipFiles are patterns of files that steps run through, see pathGlobs.
	SkipFiles []string `json:"skipFiles"`
	// StepFilters are patterns of functions that a step in runs through.
	StepFilters []string `json:"stepFilters"`
	// Secrets are patterns of names whose values are shown nowhere.
	Secrets []string `json:"secrets"`
	// Exceptions are exception filters for clients that cannot set conditions,
	// or that have no user interface for them. Both names are in use.
	Exceptions      []exceptionChoice `json:"exceptionBreakpoints"`
	ExceptionsAlias []exceptionChoice `json:"exceptionFilters"`
}

// exceptions lists the exception filters of a configuration.
func (f stopFilters) exceptions() []exceptionChoice {
	return append(slices.Clip(f.Exceptions), f.ExceptionsAlias...)
}

// check reads what resolve can check before a script is there.
func (f stopFilters) check() error {
	for _, c := range f.exceptions() {
		if problem := c.check(); problem != "" {
			return badArguments("exceptionBreakpoints: %s", problem)
		}
	}
	if _, err := newSkipper(f.SkipFiles, f.StepFilters, "", translator{}); err != nil {
		return err
	}
	_, err := newSecrets(f.Secrets, nil)
	return err
}

// pathMappings accepts the two forms that editors use:
// [{"localRoot": CLIENT, "remoteRoot": SERVER}] and {CLIENT: SERVER}.
type pathMappings []pathMapping

// UnmarshalJSON implements json.Unmarshaler.
func (p *pathMappings) UnmarshalJSON(data []byte) error {
	*p = nil
	if string(data) == "null" {
		return nil
	}
	if bytes.HasPrefix(data, []byte("{")) {
		var object map[string]string
		if err := json.Unmarshal(data, &object); err != nil {
			return errors.New("pathMappings as an object must map folders of the client to folders of the server")
		}
		for local, remote := range object {
			*p = append(*p, pathMapping{local, remote})
		}
	} else {
		var list []struct{ LocalRoot, RemoteRoot string }
		if err := json.Unmarshal(data, &list); err != nil {
			return errors.New(`pathMappings must be a list of {"localRoot": FOLDER, "remoteRoot": FOLDER}`)
		}
		for _, m := range list {
			*p = append(*p, pathMapping{m.LocalRoot, m.RemoteRoot})
		}
	}
	for _, m := range *p {
		if m.Local == "" || m.Remote == "" {
			return errors.New("pathMappings: both folders of a mapping must be given")
		}
	}
	return nil
}

// resolve checks the arguments and replaces the paths by absolute ones of this
// machine.
func (a *launchArguments) resolve(t translator) error {
	if a.Program == "" {
		return badArguments("launch needs \"program\": the path of the Lua script to run")
	}
	if a.Timeout < 0 || a.Budget < 0 {
		return badArguments("timeout and instructionBudget must not be negative")
	}
	switch a.Console {
	case "", "internalConsole", "integratedTerminal", "externalTerminal":
	default:
		return badArguments("console %q is unknown: use internalConsole, integratedTerminal or externalTerminal", a.Console)
	}
	if err := a.checkFunction(); err != nil {
		return err
	}
	if err := a.check(); err != nil {
		return err
	}
	t.mappings = a.PathMappings
	// program and cwd are plain paths even for a client that uses URIs.
	t.uri = false
	if a.Cwd != "" {
		cwd, err := t.toServerPath(a.Cwd)
		if err != nil {
			return err
		}
		if a.Cwd, err = absolute(cwd, ""); err != nil {
			return err
		}
		if info, err := os.Stat(a.Cwd); err != nil || !info.IsDir() {
			return badArguments("cwd %q is not a folder: set it to an existing one or leave it out", a.Cwd)
		}
	}
	program, err := t.toServerPath(a.Program)
	if err != nil {
		return err
	}
	if a.Program, err = absolute(program, a.Cwd); err != nil {
		return err
	}
	switch info, err := os.Stat(a.Program); {
	case errors.Is(err, os.ErrNotExist):
		return badArguments("program %q does not exist: give the path of a Lua script", a.Program)
	case err != nil:
		return badArguments("program %q cannot be read: %v", a.Program, err)
	case !info.Mode().IsRegular():
		return badArguments("program %q is not a file: give the path of a Lua script", a.Program)
	}
	return nil
}
