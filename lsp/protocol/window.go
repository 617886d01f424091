package protocol

// MessageType is how important a message is.
type MessageType uint8

// The types of messages.
const (
	MessageError   MessageType = 1
	MessageWarning MessageType = 2
	MessageInfo    MessageType = 3
	MessageLog     MessageType = 4
	MessageDebug   MessageType = 5 // 3.18
)

// ShowMessageParams are those of window/showMessage and window/logMessage.
type ShowMessageParams struct {
	Type    MessageType `json:"type"`
	Message string      `json:"message"`
}

// ShowMessageRequestParams are those of window/showMessageRequest; a MessageAction,
// or null, answers it.
type ShowMessageRequestParams struct {
	Type    MessageType     `json:"type"`
	Message string          `json:"message"`
	Actions []MessageAction `json:"actions,omitempty"`
}

// MessageAction is a button of a message.
type MessageAction struct {
	Title string `json:"title"`
}

// ShowDocumentParams are those of window/showDocument.
type ShowDocumentParams struct {
	URI       URI    `json:"uri"`
	External  bool   `json:"external,omitempty"`
	TakeFocus bool   `json:"takeFocus,omitempty"`
	Selection *Range `json:"selection,omitempty"`
}

// ShowDocumentResult answers window/showDocument.
type ShowDocumentResult struct {
	Success bool `json:"success"`
}

// ApplyEditParams are those of workspace/applyEdit.
type ApplyEditParams struct {
	Label string        `json:"label,omitempty"`
	Edit  WorkspaceEdit `json:"edit"`
}

// ApplyEditResult answers workspace/applyEdit.
type ApplyEditResult struct {
	Applied       bool   `json:"applied"`
	FailureReason string `json:"failureReason,omitempty"`
}

// ProgressCreateParams are those of window/workDoneProgress/create, and of
// window/workDoneProgress/cancel.
type ProgressCreateParams struct {
	Token ProgressToken `json:"token"`
}

// ProgressParams are those of $/progress: Value is a WorkDone, or a part of a
// result.
type ProgressParams struct {
	Token ProgressToken `json:"token"`
	Value any           `json:"value"`
}

// WorkDone is a step of a progress: Kind is "begin", "report" or "end".
type WorkDone struct {
	Kind        string  `json:"kind"`
	Title       string  `json:"title,omitempty"`
	Cancellable bool    `json:"cancellable,omitempty"`
	Message     string  `json:"message,omitempty"`
	Percentage  *uint32 `json:"percentage,omitempty"`
}

// ExecuteCommandOptions name the commands that the server knows.
type ExecuteCommandOptions struct {
	Commands []string `json:"commands"`
}
