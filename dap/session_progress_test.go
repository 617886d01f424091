package dap_test

import (
	"fmt"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap/daptest"
)

// A long request shows progress, which the client can cancel.
func TestProgress(t *testing.T) {
	for _, by := range []string{"progressId", "requestId"} {
		t.Run(by, func(t *testing.T) {
			c := stoppedAt(t, 2, "local x = 1", "print(x)")
			seq := c.Send("evaluate", godap.EvaluateArguments{Expression: "while true do end", Context: "repl", FrameId: c.Top(1).Id})
			var start godap.ProgressStartEventBody
			// On a slow machine other requests have progress too.
			of := func(m daptest.Message) bool {
				return strings.Contains(string(m.Body), fmt.Sprintf(`"progressId":"request-%d"`, seq))
			}
			c.ExpectEventWhere("progressStart", &start, of)
			equal(t, "start", fmt.Sprint(start.RequestId, start.Cancellable, start.Title), fmt.Sprint(seq, true, "Evaluating"))
			var update godap.ProgressUpdateEventBody
			c.ExpectEventWhere("progressUpdate", &update, of)
			equal(t, "id", update.ProgressId, start.ProgressId)
			if update.Message == "" {
				t.Error("an update says nothing")
			}
			if by == "progressId" {
				c.CancelProgress(start.ProgressId)
			} else {
				c.Cancel(seq)
			}
			var end godap.ProgressEndEventBody
			c.ExpectEventWhere("progressEnd", &end, of)
			equal(t, "id", end.ProgressId, start.ProgressId)
			equal(t, "error", c.Fails(seq), "cancelled")
			equal(t, "the script is as it was", c.Locals(1)["x"], "1")
			c.CancelProgress("no such progress")
			c.Disconnect()
		})
	}
}

// A variables request over a table that takes long to list ends when it is
// cancelled, and so do requests that wait behind it.
func TestCancelWaiting(t *testing.T) {
	c := stoppedAt(t, 2, "local x = 1", "print(x)")
	frame := c.Top(1).Id
	scope := c.Scope(frame, "Locals").VariablesReference
	long := c.Send("evaluate", godap.EvaluateArguments{Expression: "while true do end", Context: "repl", FrameId: frame})
	waiting := c.Send("variables", godap.VariablesArguments{VariablesReference: scope})
	behind := c.Send("threads", nil)
	c.Send("cancel", godap.CancelArguments{RequestId: waiting})
	c.Send("cancel", godap.CancelArguments{RequestId: long})
	equal(t, "long", c.Fails(long), "cancelled")
	equal(t, "waiting", c.Fails(waiting), "cancelled")
	c.Succeeds(behind, nil)
	c.Disconnect()
}

// A table of a million names is paged, and listing it can be interrupted.
func TestCancelVariables(t *testing.T) {
	c := stoppedAt(t, 3, "local t = setmetatable({}, {__tostring = function() while true do end end})", "local list = {t, t, t, t, t, t, t, t}", "print(#list)")
	c.Timeout *= 3
	list := c.LocalValues(1)["list"]
	seq := c.Send("variables", godap.VariablesArguments{VariablesReference: list.Ref})
	c.Cancel(seq)
	if m := c.Response(seq); !m.Success {
		equal(t, "error", m.Text, "cancelled")
	}
	c.Disconnect()
}
