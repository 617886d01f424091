package rpc

import (
	"encoding/json"

	"github.com/llmspell/llmspell/tools"
)

// ToolFilter selects tools. What is empty selects all.
type ToolFilter struct {
	Category string `json:"category,omitempty"`
	Tag      string `json:"tag,omitempty"`
	Security string `json:"security,omitempty"` // safe, restricted or privileged
	// Session selects those that the scripts of a session have registered there, which
	// nobody else sees; "": the kernel's.
	Session string `json:"session,omitempty"`
}

// ToolList are tools, by name, or the best match first.
type ToolList struct {
	Tools []tools.Summary `json:"tools"`
}

// ToolParam names a tool.
type ToolParam struct {
	Name string `json:"name"`
	// Session is where a script has registered the tool; "": it is the kernel's.
	Session string `json:"session,omitempty"`
}

// ToolSearch looks for tools by what they do.
type ToolSearch struct {
	Query string `json:"query"`
	Limit int    `json:"limit,omitempty"` // at most so many; 0: all that match
}

// InvokeParams call a tool.
type InvokeParams struct {
	Name   string         `json:"name"`
	Params map[string]any `json:"params,omitempty"`
	// Session gives the call the permissions, folder and environment of a session;
	// "": those of kernel.hello.
	Session   string `json:"session,omitempty"`
	TimeoutMS int64  `json:"timeout_ms,omitempty"` // 0: as the tool says
	NoCache   bool   `json:"no_cache,omitempty"`
	Retries   int    `json:"retries,omitempty"`
}

// ToolResponse is the envelope of a call. A tool that fails is a result with
// Success false, and not an error of the request.
type ToolResponse struct {
	Operation string          `json:"operation"`
	Success   bool            `json:"success"`
	Message   string          `json:"message,omitempty"`
	Text      *string         `json:"text,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *ToolError      `json:"error,omitempty"`
	Metadata  map[string]any  `json:"metadata"` // duration_ms, and what the tool adds
}

// ToolError says why a call has failed.
type ToolError struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

func (e *ToolError) Error() string { return e.Message }
