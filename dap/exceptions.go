package dap

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// exceptionKind is one of the exception filters of the protocol.
type exceptionKind struct {
	id, label, description string
	filter                 debug.ExceptionFilter
}

// exceptionKinds are the filters, in the order in which clients show them.
func exceptionKinds() []exceptionKind {
	return []exceptionKind{
		{"uncaught", "Uncaught errors", "Stop where an error is raised that no pcall, xpcall or coroutine.resume will catch.", debug.ExceptionFilter{Uncaught: true}},
		{"caught", "Caught errors", "Stop where an error is raised that pcall, xpcall or coroutine.resume will catch.", debug.ExceptionFilter{Caught: true}},
		{"all", "All errors", "Stop where any error is raised.", debug.ExceptionFilter{Uncaught: true, Caught: true}},
		{"runtime", "Runtime errors", "Stop at errors that Lua or a library function raises, caught or not.", debug.ExceptionFilter{Kind: debug.ErrorRuntime}},
		{"error", "error()", "Stop at errors that error() raises, caught or not.", debug.ExceptionFilter{Kind: debug.ErrorCall}},
		{"assert", "assert()", "Stop at assertions that fail, caught or not.", debug.ExceptionFilter{Kind: debug.ErrorAssert}},
		{"tool", "Tool errors", "Stop where a tool fails, caught or not.", debug.ExceptionFilter{Kind: debug.ErrorTool}},
		{"limit", "Limits", "Stop where the time limit or the instruction budget ends the script.", debug.ExceptionFilter{Kind: debug.ErrorLimit}},
	}
}

// exceptionFilterList announces the filters.
func exceptionFilterList() []dap.ExceptionBreakpointsFilter {
	var list []dap.ExceptionBreakpointsFilter
	for _, k := range exceptionKinds() {
		list = append(list, dap.ExceptionBreakpointsFilter{
			Filter: k.id, Label: k.label, Description: k.description, Default: k.id == "uncaught",
			SupportsCondition: true, ConditionDescription: "A Lua expression that sees the error value as err, such as type(err) == 'table'",
		})
	}
	return list
}

// exceptionChoice is a filter that is on. In the launch configuration it is an
// id, or an object.
type exceptionChoice struct {
	Filter    string `json:"filter"`
	Condition string `json:"condition"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *exceptionChoice) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &c.Filter) == nil {
		return nil
	}
	type object exceptionChoice
	if err := json.Unmarshal(data, (*object)(c)); err != nil || c.Filter == "" {
		return badArguments(`exceptionBreakpoints must be a list of filters, such as "uncaught", or {"filter": "error", "condition": "err.code == 5"}`)
	}
	return nil
}

// check says what is wrong with a choice, "" for nothing.
func (c exceptionChoice) check() string {
	var ids []string
	for _, k := range exceptionKinds() {
		ids = append(ids, k.id)
	}
	if !slices.Contains(ids, c.Filter) {
		return "unknown exception filter " + c.Filter + ": use " + strings.Join(ids[:len(ids)-1], ", ") + " or " + ids[len(ids)-1]
	}
	if c.Condition == "" {
		return ""
	}
	if err := debug.CheckExpression(c.Condition); err != nil {
		return fmt.Sprintf("condition %q: %v", c.Condition, err)
	}
	return ""
}

func (s *session) setExceptionBreakpoints(args dap.SetExceptionBreakpointsArguments) (any, error) {
	choices := make([]exceptionChoice, 0, len(args.Filters)+len(args.FilterOptions))
	for _, id := range args.Filters {
		choices = append(choices, exceptionChoice{Filter: id})
	}
	for _, o := range args.FilterOptions {
		choices = append(choices, exceptionChoice{o.FilterId, o.Condition})
	}
	all := make([]asked, len(choices))
	for i, c := range choices {
		all[i] = asked{identity: c.Filter, spec: c, problem: c.check()}
	}
	return s.setGroup(groupKey{kind: exceptionBreakpoints}, all)
}

// placeExceptions sets the filters that the client asked for, and those of the
// launch configuration. A condition of the client's wins over the
// configuration's for the same filter. That a client sends filter options does
// not say that it has conditions: VS Code sends one for every box that is
// ticked, and one is ticked unless the user says otherwise.
func (s *session) placeExceptions(r *run, e *debug.Engine, set []*clientBreakpoint) []debug.Breakpoint {
	var configured []exceptionChoice
	if r != nil {
		configured = r.args.exceptions()
	}
	answers := make([]debug.Breakpoint, len(set))
	var filters []debug.ExceptionFilter
	add := func(c exceptionChoice) {
		for _, k := range exceptionKinds() {
			if k.id == c.Filter {
				k.filter.Condition = c.Condition
				filters = append(filters, k.filter)
			}
		}
	}
	named := map[string]bool{}
	for i, b := range set {
		c := b.asked.spec.(exceptionChoice)
		answers[i] = debug.Breakpoint{Verified: b.asked.problem == "", Message: b.asked.problem}
		if !answers[i].Verified {
			continue
		}
		named[c.Filter] = true
		for _, other := range configured {
			if c.Condition == "" && other.Filter == c.Filter {
				c.Condition = other.Condition
			}
		}
		add(c)
	}
	for _, c := range configured {
		if !named[c.Filter] {
			add(c)
		}
	}
	if e != nil {
		// All have been checked: none can be refused.
		e.SetExceptionFilters(filters...)
	}
	return answers
}

func (s *session) exceptionInfo(args dap.ExceptionInfoArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	x, err := e.ExceptionInfo(args.ThreadId)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, wrongState("exceptionInfo: thread %d is not stopped at an error", args.ThreadId)
	}
	body := dap.ExceptionInfoResponseBody{
		ExceptionId: x.Type,
		Description: x.Message,
		// A caught error stops only those who asked to stop at every error.
		BreakMode: "unhandled",
		Details: &dap.ExceptionDetails{
			Message: x.Message, TypeName: x.Type, FullTypeName: x.Type,
			StackTrace: strings.TrimRight(x.Traceback, "\n"),
		},
	}
	if x.Caught {
		body.BreakMode = "always"
	}
	// Each cause is inside the one before it.
	inner := &body.Details.InnerException
	for _, cause := range x.Causes {
		*inner = []dap.ExceptionDetails{{Message: cause, TypeName: "Go error"}}
		inner = &(*inner)[0].InnerException
	}
	return body, nil
}
