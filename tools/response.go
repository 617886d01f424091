package tools

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// Response is the envelope of every call. Its JSON shape is stable:
//
//	{operation, success, message?, result?, text?, error?{code, message, details?}, metadata{duration_ms, …}}
type Response struct {
	Operation string // what was done: the operation parameter, or the name of a tool that has none
	Success   bool
	Message   string
	Text      *string
	Result    any
	Error     *tool.Error // nil when Success
	Duration  time.Duration
	Metadata  map[string]any // what the tool added
}

// DurationMS returns the duration as the envelope gives it.
func (r *Response) DurationMS() float64 { return float64(r.Duration) / float64(time.Millisecond) }

// Map returns the envelope as JSON-like values.
func (r *Response) Map() map[string]any {
	meta := maps.Clone(r.Metadata)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["duration_ms"] = r.DurationMS()
	out := map[string]any{"operation": r.Operation, "success": r.Success, "metadata": meta}
	if r.Message != "" {
		out["message"] = r.Message
	}
	if r.Text != nil {
		out["text"] = *r.Text
	}
	if r.Success {
		out["result"] = r.Result
	}
	if e := r.Error; e != nil {
		info := map[string]any{"code": string(e.Code), "message": e.Message}
		if len(e.Details) > 0 {
			info["details"] = e.Details
		}
		out["error"] = info
	}
	return out
}

// MarshalJSON writes the envelope.
func (r *Response) MarshalJSON() ([]byte, error) { return json.Marshal(r.Map()) }
