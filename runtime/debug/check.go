package debug

import (
	"context"

	lua "github.com/yuin/gopher-lua"
)

// CheckExpression tells what is wrong with the syntax of a Lua expression, nil
// if nothing is.
func CheckExpression(code string) error { return checkExpression(code) }

// CheckBreakpoint tells what is wrong with the texts of a breakpoint: its
// condition, hit condition or log message.
func CheckBreakpoint(spec BreakpointSpec) error {
	if _, err := parseHitCondition(spec.HitCondition); err != nil {
		return err
	}
	if spec.Condition != "" {
		if err := checkExpression(spec.Condition); err != nil {
			return err
		}
	}
	if spec.LogMessage != "" {
		if _, err := parseLogMessage(spec.LogMessage); err != nil {
			return err
		}
	}
	return nil
}

// Hits tells how often the breakpoints that SetBreakpoints has set were
// reached with their condition true, by id. Log points count, too. It waits
// for the script's next safe point, or for ctx.
func (e *Engine) Hits(ctx context.Context) (map[int]int, error) {
	out := map[int]int{}
	err := e.st.Do(ctx, func(*lua.LState) {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, list := range e.breakpoints {
			for _, b := range list {
				out[b.ID] = *b.hits
			}
		}
	})
	return out, err
}
