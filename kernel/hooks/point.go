package hooks

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/tools/schema"
)

// Point is a place in the kernel's work at which hooks run. The constants are the
// points that the kernel knows; Custom makes others.
type Point string

// The points of agents.
const (
	BeforeAgentInit      Point = "BeforeAgentInit"
	AfterAgentInit       Point = "AfterAgentInit"
	BeforeAgentExecution Point = "BeforeAgentExecution"
	AfterAgentExecution  Point = "AfterAgentExecution"
	AgentError           Point = "AgentError"
	BeforeAgentShutdown  Point = "BeforeAgentShutdown"
	AfterAgentShutdown   Point = "AfterAgentShutdown"
)

// The points of tools.
const (
	BeforeToolDiscovery Point = "BeforeToolDiscovery"
	AfterToolDiscovery  Point = "AfterToolDiscovery"
	ToolValidation      Point = "ToolValidation"
	BeforeToolExecution Point = "BeforeToolExecution"
	AfterToolExecution  Point = "AfterToolExecution"
	ToolError           Point = "ToolError"
)

// The points of workflows.
const (
	BeforeWorkflowStart     Point = "BeforeWorkflowStart"
	WorkflowStageTransition Point = "WorkflowStageTransition"
	BeforeWorkflowStage     Point = "BeforeWorkflowStage"
	AfterWorkflowStage      Point = "AfterWorkflowStage"
	WorkflowCheckpoint      Point = "WorkflowCheckpoint"
	WorkflowRollback        Point = "WorkflowRollback"
	AfterWorkflowComplete   Point = "AfterWorkflowComplete"
	WorkflowError           Point = "WorkflowError"
)

// The points of state.
const (
	BeforeStateRead  Point = "BeforeStateRead"
	AfterStateRead   Point = "AfterStateRead"
	BeforeStateWrite Point = "BeforeStateWrite"
	AfterStateWrite  Point = "AfterStateWrite"
	StateConflict    Point = "StateConflict"
	StateMigration   Point = "StateMigration"
)

// The points of the system.
const (
	SystemStartup         Point = "SystemStartup"
	SystemShutdown        Point = "SystemShutdown"
	ConfigurationChange   Point = "ConfigurationChange"
	ResourceLimitExceeded Point = "ResourceLimitExceeded"
	SecurityViolation     Point = "SecurityViolation"
)

// The points of sessions.
const (
	SessionStart      Point = "SessionStart"
	SessionEnd        Point = "SessionEnd"
	SessionCheckpoint Point = "SessionCheckpoint"
	SessionRestore    Point = "SessionRestore"
	SessionSave       Point = "SessionSave"
)

// The points of events.
const (
	BeforeEventEmit   Point = "BeforeEventEmit"
	AfterEventEmit    Point = "AfterEventEmit"
	EventHandlerError Point = "EventHandlerError"
)

// The points of performance.
const (
	PerformanceThresholdExceeded Point = "PerformanceThresholdExceeded"
	MemoryUsageHigh              Point = "MemoryUsageHigh"
	CPUUsageHigh                 Point = "CpuUsageHigh"
)

// Points returns the kernel's points: agents, tools, workflows, state, system,
// sessions, events, performance.
func Points() []Point {
	return []Point{
		BeforeAgentInit, AfterAgentInit, BeforeAgentExecution, AfterAgentExecution, AgentError, BeforeAgentShutdown, AfterAgentShutdown,
		BeforeToolDiscovery, AfterToolDiscovery, BeforeToolExecution, AfterToolExecution, ToolValidation, ToolError,
		BeforeWorkflowStart, WorkflowStageTransition, BeforeWorkflowStage, AfterWorkflowStage, WorkflowCheckpoint, WorkflowRollback,
		AfterWorkflowComplete, WorkflowError,
		BeforeStateRead, AfterStateRead, BeforeStateWrite, AfterStateWrite, StateConflict, StateMigration,
		SystemStartup, SystemShutdown, ConfigurationChange, ResourceLimitExceeded, SecurityViolation,
		SessionStart, SessionEnd, SessionCheckpoint, SessionRestore, SessionSave,
		BeforeEventEmit, AfterEventEmit, EventHandlerError,
		PerformanceThresholdExceeded, MemoryUsageHigh, CPUUsageHigh,
	}
}

// ToolPoints are those at which hooks see a call of a tool.
func ToolPoints() *Set {
	return NewSet(ToolValidation, BeforeToolExecution, AfterToolExecution, ToolError, SecurityViolation)
}

const (
	customPrefix = "Custom:"
	maxCustom    = 128 // bytes of a custom point's name
)

// Custom returns the point of that name for a program's own use. It never is one
// of the kernel's.
func Custom(name string) Point { return Point(customPrefix + name) }

// IsCustom tells whether the point is a program's own.
func (p Point) IsCustom() bool { return strings.HasPrefix(string(p), customPrefix) }

// known finds points by their folded names.
var known = sync.OnceValue(func() map[string]Point {
	m := map[string]Point{}
	for _, p := range Points() {
		m[fold(string(p))] = p
	}
	return m
})

// fold makes BeforeToolExecution, before_tool_execution and before-tool-execution
// the same.
func fold(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// ParsePoint finds a point by its name in PascalCase, snake_case, kebab-case or
// any other case, or "custom:NAME". The error suggests the nearest names.
func ParsePoint(name string) (Point, error) {
	if own, ok := strings.CutSuffix(name, ")"); ok && len(own) > 7 && strings.EqualFold(own[:7], "custom(") {
		name = customPrefix + own[7:]
	}
	if len(name) >= len(customPrefix) && strings.EqualFold(name[:len(customPrefix)], customPrefix) {
		own := name[len(customPrefix):]
		if own == "" || len(own) > maxCustom || strings.ContainsFunc(own, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
			return "", fmt.Errorf("a custom point needs a name of 1 to %d bytes without control characters, as in custom:my_point", maxCustom)
		}
		return Custom(own), nil
	}
	if len(name) <= maxCustom {
		if p, ok := known()[fold(name)]; ok {
			return p, nil
		}
	}
	return "", fmt.Errorf("there is no hook point %q; %sHook.points() lists them, and points of your own are called custom:NAME", cut(name, 60), suggestion(name))
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// suggestion names the point that a name may have been meant for.
func suggestion(name string) string {
	if near := Nearest(name); near != "" {
		return fmt.Sprintf("did you mean %s? ", near)
	}
	return ""
}

// Nearest returns the point that a name that is none is most likely meant for, or "".
func Nearest(name string) Point {
	folded := make([]string, 0, len(known()))
	for f := range known() {
		folded = append(folded, f)
	}
	slices.Sort(folded) // among equals the first is taken
	return known()[schema.Nearest(fold(cut(name, maxCustom)), folded)]
}
