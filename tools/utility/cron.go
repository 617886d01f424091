package utility

import (
	"context"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
	"github.com/llmspell/llmspell/tools/utility/internal/crontab"
)

func cronDefinition() tool.Definition {
	expression := schema.Text("Five fields (minute hour day-of-month month day-of-week) or six (with seconds before them), or @yearly, @monthly, @weekly, @daily, @hourly. " +
		"Fields hold *, values, names (JAN, MON), ranges, lists and steps; L is the last day of the month, 5L the last Friday, 1#2 the second Monday")
	expression.MaxLength = schema.Ptr(300)
	return tool.Definition{Descriptor: &tool.Descriptor{
		Name: "cron-next", Aliases: []string{"cron", "cron-parser"}, Category: "utility", Version: "1.0.0", Security: tool.Safe, Tags: []string{"cron", "schedule", "time", "crontab"},
		SideEffects: true, // the answer depends on the time
		Description: "Tells when a cron expression is due next, or was last, and what it says in words",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("times from now on; times before; or only what the expression says", "next", "previous", "describe").WithDefault("next").
				WithAliases(map[string]string{"prev": "previous", "explain": "describe", "validate": "describe"})),
			schema.Required("expression", expression, "input", "cron"),
			schema.Optional("count", schema.Int("How many times to give", 1, 1000).WithDefault(5)),
			schema.Optional("timezone", schema.Text("The zone in which the fields count: UTC, local, or a name such as Europe/Berlin").WithDefault("UTC")),
			schema.Optional("from", schema.Text("Where to begin, in any format that datetime-handler reads; the default is now. A time that is due itself does not count"), "start")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("expression", schema.Text("The expression")), schema.Required("description", schema.Text("What it says")),
			schema.Optional("times", schema.List("ISO 8601 (next, previous)", schema.Text("A time"))), schema.Optional("next", schema.Text("The first of times (next)")),
			schema.Optional("seconds_until", schema.Num("From the start to the first time (next)")), schema.Optional("timezone", schema.Text("The zone")),
		}},
		Examples: []tool.Example{
			{Description: "The next times", Params: object("expression", "30 8 * * MON-FRI", "from", "2024-03-01T12:00:00Z", "count", 2.0),
				Want: object("times", array("2024-03-04T08:30:00Z", "2024-03-05T08:30:00Z"), "description", "at 08:30, on Monday through Friday")},
			{Description: "The times before", Params: object("operation", "previous", "expression", "@monthly", "from", "2024-03-15", "count", 1.0), Want: object("times", array("2024-03-01T00:00:00Z"))},
			{Description: "In words", Params: object("operation", "describe", "expression", "*/15 9-17 L * *"), Want: object("description", "every 15 minutes, during hours 9 through 17, on the last day of the month")},
		},
	}, New: func() (tool.Tool, error) { return &cronTool{now: time.Now}, nil }}
}

// cronTool has a clock so that tests can stop it.
type cronTool struct{ now func() time.Time }

// Run does one operation.
func (c *cronTool) Run(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	text := call.Params.String("expression")
	x, err := crontab.Parse(text)
	if err != nil {
		return nil, &schema.FieldError{Path: "expression", Problem: "is no cron expression: " + err.Error()}
	}
	out := map[string]any{"expression": strings.TrimSpace(text), "description": x.Describe()}
	if call.Operation == "describe" {
		return tool.Value(out), nil
	}
	zone, err := loadZone("timezone", call.Params.String("timezone"))
	if err != nil {
		return nil, err
	}
	from := c.now().In(zone)
	if given := call.Params.String("from"); given != "" {
		if from, err = (&datetime{now: c.now}).parse("from", given, zone); err != nil {
			return nil, err
		}
		from = from.In(zone)
	}
	forward := call.Operation == "next"
	times, at := []any{}, from
	for range call.Params.Int("count") {
		t, err := x.Find(ctx, at, forward)
		if err != nil {
			return nil, err
		}
		if t.IsZero() {
			break
		}
		if len(times) == 0 && forward {
			out["next"], out["seconds_until"] = t.Format(time.RFC3339), t.Sub(from).Seconds()
		}
		times, at = append(times, t.Format(time.RFC3339)), t
	}
	if len(times) == 0 {
		return nil, tool.Errorf(tool.ExecutionFailed, "the expression %q is due at no time within forty years", text)
	}
	out["times"], out["timezone"] = times, zone.String()
	return tool.Value(out), nil
}
