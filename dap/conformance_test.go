package dap_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap/daptest"
)

var update = flag.Bool("update", false, "write the conformance table into docs/dap.md")

// What specification 1.71 has, in its order.
var (
	specRequests = strings.Fields(`initialize configurationDone launch attach disconnect terminate restart setBreakpoints
		breakpointLocations setFunctionBreakpoints setExceptionBreakpoints dataBreakpointInfo setDataBreakpoints
		setInstructionBreakpoints continue next stepIn stepOut stepBack reverseContinue restartFrame goto gotoTargets
		stepInTargets pause stackTrace scopes variables setVariable setExpression source threads terminateThreads modules
		loadedSources evaluate completions exceptionInfo readMemory writeMemory disassemble locations cancel
		runInTerminal startDebugging`)
	specEvents = strings.Fields(`initialized stopped continued exited terminated thread output breakpoint module loadedSource
		process capabilities progressStart progressUpdate progressEnd invalidated memory`)
	specFlags = strings.Fields(`supportsConfigurationDoneRequest supportsFunctionBreakpoints supportsConditionalBreakpoints
		supportsHitConditionalBreakpoints supportsEvaluateForHovers exceptionBreakpointFilters supportsStepBack
		supportsSetVariable supportsRestartFrame supportsGotoTargetsRequest supportsStepInTargetsRequest
		supportsCompletionsRequest completionTriggerCharacters supportsModulesRequest additionalModuleColumns
		supportedChecksumAlgorithms supportsRestartRequest supportsExceptionOptions supportsValueFormattingOptions
		supportsExceptionInfoRequest supportTerminateDebuggee supportSuspendDebuggee supportsDelayedStackTraceLoading
		supportsLoadedSourcesRequest supportsLogPoints supportsTerminateThreadsRequest supportsSetExpression
		supportsTerminateRequest supportsDataBreakpoints supportsReadMemoryRequest supportsWriteMemoryRequest
		supportsDisassembleRequest supportsCancelRequest supportsBreakpointLocationsRequest supportsClipboardContext
		supportsSteppingGranularity supportsInstructionBreakpoints supportsExceptionFilterOptions
		supportsSingleThreadExecutionRequests supportsDataBreakpointBytes breakpointModes supportsANSIStyling`)
)

// drives are the sessions that together show all that works.
var drives = []func(*testing.T, *driven){driveLaunched, driveAttached, driveTerminal, driveChild}

// The table in docs/dap.md is what sessions have shown, and what initialize, or
// a capabilities event, advertises is exactly what they have shown.
func TestConformance(t *testing.T) {
	d := &driven{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, drive := range drives {
		drive(t, d)
	}
	if t.Failed() {
		return
	}
	for _, flag := range specFlags {
		if d.advertised[flag] != d.flags[flag] {
			t.Errorf("%s: advertised %v, driven %v", flag, d.advertised[flag], d.flags[flag])
		}
	}
	checkTable(t, conformanceTable(d))
}

// conformanceTable renders what was driven.
func conformanceTable(d *driven) string {
	var b strings.Builder
	for _, part := range []struct {
		title string
		names []string
		works map[string]bool
	}{{"Requests", specRequests, d.requests}, {"Events", specEvents, d.events}, {"Capabilities", specFlags, d.flags}} {
		n := 0
		var rows strings.Builder
		for _, name := range part.names {
			mark := "–"
			if part.works[name] {
				mark = "yes"
				n++
			}
			fmt.Fprintf(&rows, "| `%s` | %s |\n", name, mark)
		}
		fmt.Fprintf(&b, "\n### %s: %d of %d\n\n| name | works |\n|---|---|\n%s", part.title, n, len(part.names), rows.String())
	}
	return b.String()
}

const (
	conformanceFile  = "../docs/dap.md"
	conformanceBegin = "<!-- conformance: go test ./dap -run TestConformance -update -->\n"
	conformanceEnd   = "<!-- end of conformance -->\n"
)

// checkTable compares the table with the manual, or writes it there.
func checkTable(t *testing.T, table string) {
	t.Helper()
	data, err := os.ReadFile(conformanceFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), conformanceBegin)
	old, after, ok2 := strings.Cut(rest, conformanceEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the conformance table", conformanceFile)
	}
	if *update {
		text := before + conformanceBegin + table + conformanceEnd + after
		if err := os.WriteFile(conformanceFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != table {
		t.Errorf("the conformance table of %s is out of date: run go test ./dap -run TestConformance -update", conformanceFile)
	}
}

// The lists above are those of the specification's schema.
func TestConformanceLists(t *testing.T) {
	path := daptest.SchemaPath()
	if path == "" {
		t.Log("no schema at hand: nothing to compare with")
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct {
			Properties map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	var requests, events []string
	for name := range schema.Definitions {
		lower := strings.ToLower(name[:1]) + name[1:]
		if short, ok := strings.CutSuffix(lower, "Request"); ok && short != "" {
			requests = append(requests, short)
		}
		if short, ok := strings.CutSuffix(lower, "Event"); ok && short != "" {
			events = append(events, short)
		}
	}
	var flags []string
	for name := range schema.Definitions["Capabilities"].Properties {
		flags = append(flags, name)
	}
	for what, lists := range map[string][2][]string{"requests": {requests, specRequests}, "events": {events, specEvents}, "capabilities": {flags, specFlags}} {
		got, want := slices.Sorted(slices.Values(lists[1])), slices.Sorted(slices.Values(lists[0]))
		equal(t, what, strings.Join(got, " "), strings.Join(want, " "))
	}
}
