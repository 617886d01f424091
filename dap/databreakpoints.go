package dap

import (
	"strings"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// persistentData begins the ids of variables that every run has.
const persistentData = "global:"

// dataBreakpointInfo tells whether a variable can be watched.
func (s *session) dataBreakpointInfo(args dataInfoArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.Name == "" || args.AsAddress || args.Bytes != 0 {
		return nil, badArguments("dataBreakpointInfo needs \"name\", a variable; addresses and counts of bytes cannot be watched")
	}
	ref, err := s.handles.toEngine(args.VariablesReference)
	if err != nil {
		return nil, err
	}
	frame, err := s.handles.toEngine(args.FrameID)
	if err != nil {
		return nil, err
	}
	info, err := e.DataBreakpointInfo(ref, args.Name, frame)
	if err != nil {
		return nil, err
	}
	body := dataInfoBody{Description: info.Description, CanPersist: info.CanPersist}
	if info.ID == "" {
		return body, nil
	}
	id := info.ID
	if !strings.HasPrefix(id, persistentData) {
		id = s.handles.toClientText(id)
	}
	body.DataID = &id
	for _, a := range info.Access {
		if a != debug.AccessChange { // not one of the protocol's
			body.AccessTypes = append(body.AccessTypes, string(a))
		}
	}
	return body, nil
}

// setDataBreakpoints stops at accesses to variables. Without an access type it
// stops where the value changes.
func (s *session) setDataBreakpoints(args dap.SetDataBreakpointsArguments) (any, error) {
	all := make([]asked, 0, len(args.Breakpoints))
	for _, b := range args.Breakpoints {
		spec := debug.DataBreakpointSpec{ID: b.DataId, Access: debug.DataAccess(b.AccessType), Condition: b.Condition, HitCondition: b.HitCondition}
		a := asked{identity: b.DataId + " " + string(b.AccessType)}
		switch spec.Access {
		case "":
			spec.Access = debug.AccessChange
		case debug.AccessRead, debug.AccessWrite, debug.AccessReadWrite, debug.AccessChange:
		default:
			a.problem = "unknown access type " + string(b.AccessType) + ": use read, write, readWrite or change"
		}
		if !strings.HasPrefix(b.DataId, persistentData) {
			var err error
			if spec.ID, err = s.handles.toEngineText(b.DataId); err != nil {
				a.problem = goneRun
			}
			a.run = s.handles.run
		}
		a.spec = spec
		all = append(all, a)
	}
	return s.setGroup(groupKey{kind: dataBreakpoints}, all)
}
