package protocol

import "encoding/json"

// CompletionOptions announce completion.
type CompletionOptions struct {
	TriggerCharacters   []string               `json:"triggerCharacters,omitempty"`
	AllCommitCharacters []string               `json:"allCommitCharacters,omitempty"`
	ResolveProvider     bool                   `json:"resolveProvider,omitempty"`
	CompletionItem      *CompletionItemOptions `json:"completionItem,omitempty"`
}

// CompletionItemOptions announce what items have.
type CompletionItemOptions struct {
	LabelDetailsSupport bool `json:"labelDetailsSupport,omitempty"`
}

// CompletionParams are those of textDocument/completion.
type CompletionParams struct {
	PositionParams
	WorkDoneParams
	PartialParams
	Context *CompletionContext `json:"context,omitempty"`
}

// What triggers a completion.
const (
	TriggerInvoked    = 1
	TriggerCharacter  = 2
	TriggerIncomplete = 3
)

// CompletionContext says what has triggered a completion.
type CompletionContext struct {
	TriggerKind      int    `json:"triggerKind"`
	TriggerCharacter string `json:"triggerCharacter,omitempty"`
}

// CompletionList answers textDocument/completion. Items is never null.
type CompletionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	ItemDefaults *ItemDefaults    `json:"itemDefaults,omitempty"`
	ApplyKind    *ApplyKind       `json:"applyKind,omitempty"` // 3.18
	Items        []CompletionItem `json:"items"`
}

// ItemDefaults stand in the place of what items lack, for clients whose
// textDocument.completion.completionList.itemDefaults lists them. EditRange is a
// Range or an InsertReplaceRange.
type ItemDefaults struct {
	CommitCharacters []string `json:"commitCharacters,omitempty"`
	EditRange        any      `json:"editRange,omitempty"`
	InsertTextFormat int      `json:"insertTextFormat,omitempty"`
	InsertTextMode   int      `json:"insertTextMode,omitempty"`
	Data             any      `json:"data,omitempty"`
}

// How a default and an item's own value go together (3.18).
const (
	ApplyReplace = 1
	ApplyMerge   = 2
)

// ApplyKind says how defaults apply to items that have a value too (3.18).
type ApplyKind struct {
	CommitCharacters int `json:"commitCharacters,omitempty"`
	Data             int `json:"data,omitempty"`
}

// InsertReplaceRange is the ranges of an edit that inserts and of one that replaces.
type InsertReplaceRange struct {
	Insert  Range `json:"insert"`
	Replace Range `json:"replace"`
}

// InsertReplaceEdit is an edit with both ranges.
type InsertReplaceEdit struct {
	NewText string `json:"newText"`
	Insert  Range  `json:"insert"`
	Replace Range  `json:"replace"`
}

// CompletionItemKind is the icon of an item.
type CompletionItemKind uint8

// The kinds of items.
const (
	ItemText          CompletionItemKind = 1
	ItemMethod        CompletionItemKind = 2
	ItemFunction      CompletionItemKind = 3
	ItemConstructor   CompletionItemKind = 4
	ItemField         CompletionItemKind = 5
	ItemVariable      CompletionItemKind = 6
	ItemClass         CompletionItemKind = 7
	ItemInterface     CompletionItemKind = 8
	ItemModule        CompletionItemKind = 9
	ItemProperty      CompletionItemKind = 10
	ItemUnit          CompletionItemKind = 11
	ItemValue         CompletionItemKind = 12
	ItemEnum          CompletionItemKind = 13
	ItemKeyword       CompletionItemKind = 14
	ItemSnippet       CompletionItemKind = 15
	ItemColor         CompletionItemKind = 16
	ItemFile          CompletionItemKind = 17
	ItemReference     CompletionItemKind = 18
	ItemFolder        CompletionItemKind = 19
	ItemEnumMember    CompletionItemKind = 20
	ItemConstant      CompletionItemKind = 21
	ItemStruct        CompletionItemKind = 22
	ItemEvent         CompletionItemKind = 23
	ItemOperator      CompletionItemKind = 24
	ItemTypeParameter CompletionItemKind = 25
)

// Formats of inserted text, modes of insertion, and the tag of deprecated items.
const (
	FormatPlain   = 1
	FormatSnippet = 2

	InsertAsIs              = 1
	InsertAdjustIndentation = 2

	ItemDeprecated = 1
)

// CompletionItem is one candidate. TextEdit is a TextEdit or InsertReplaceEdit,
// Documentation a MarkupContent or a string.
type CompletionItem struct {
	Label               string             `json:"label"`
	LabelDetails        *LabelDetails      `json:"labelDetails,omitempty"`
	Kind                CompletionItemKind `json:"kind,omitempty"`
	Tags                []int              `json:"tags,omitempty"`
	Detail              string             `json:"detail,omitempty"`
	Documentation       any                `json:"documentation,omitempty"`
	Preselect           bool               `json:"preselect,omitempty"`
	SortText            string             `json:"sortText,omitempty"`
	FilterText          string             `json:"filterText,omitempty"`
	InsertText          string             `json:"insertText,omitempty"`
	InsertTextFormat    int                `json:"insertTextFormat,omitempty"`
	InsertTextMode      int                `json:"insertTextMode,omitempty"`
	TextEdit            any                `json:"textEdit,omitempty"`
	TextEditText        string             `json:"textEditText,omitempty"`
	AdditionalTextEdits []TextEdit         `json:"additionalTextEdits,omitempty"`
	CommitCharacters    []string           `json:"commitCharacters,omitzero"` // empty, and not nil: not those of ItemDefaults
	Command             *Command           `json:"command,omitempty"`
	Data                json.RawMessage    `json:"data,omitempty"`
}

// LabelDetails stand behind a label.
type LabelDetails struct {
	Detail      string `json:"detail,omitempty"`
	Description string `json:"description,omitempty"`
}

// SignatureHelpOptions announce signature help.
type SignatureHelpOptions struct {
	TriggerCharacters   []string `json:"triggerCharacters,omitempty"`
	RetriggerCharacters []string `json:"retriggerCharacters,omitempty"`
}

// SignatureHelpParams are those of textDocument/signatureHelp.
type SignatureHelpParams struct {
	PositionParams
	WorkDoneParams
	Context *SignatureHelpContext `json:"context,omitempty"`
}

// SignatureHelpContext says what has triggered signature help. What the client shows
// at present (activeSignatureHelp) is left out: VS Code gives a null activeParameter back
// as -1, which the protocol does not have.
type SignatureHelpContext struct {
	TriggerKind      int    `json:"triggerKind"`
	TriggerCharacter string `json:"triggerCharacter,omitempty"`
	IsRetrigger      bool   `json:"isRetrigger"`
}

// SignatureHelp answers textDocument/signatureHelp. ActiveParameter is nil for none
// (3.18), for clients with noActiveParameterSupport; it says what counts for
// signatures that do not say it.
type SignatureHelp struct {
	Signatures      []SignatureInformation `json:"signatures"`
	ActiveSignature uint32                 `json:"activeSignature"`
	ActiveParameter *uint32                `json:"activeParameter"`
}

// SignatureInformation is one way to call a function.
type SignatureInformation struct {
	Label           string                 `json:"label"`
	Documentation   *MarkupContent         `json:"documentation,omitempty"`
	Parameters      []ParameterInformation `json:"parameters"`
	ActiveParameter *uint32                `json:"activeParameter,omitempty"`
}

// ParameterInformation is a parameter: Label is its text, or [2]uint32 with its
// place in the signature's label in UTF-16 units.
type ParameterInformation struct {
	Label         any            `json:"label"`
	Documentation *MarkupContent `json:"documentation,omitempty"`
}

// HoverParams are those of textDocument/hover.
type HoverParams struct {
	PositionParams
	WorkDoneParams
}

// Hover answers textDocument/hover.
type Hover struct {
	Contents MarkupContent `json:"contents"`
	Range    *Range        `json:"range,omitempty"`
}

// DefinitionParams are those of textDocument/definition, declaration,
// typeDefinition and implementation.
type DefinitionParams struct {
	PositionParams
	WorkDoneParams
	PartialParams
}

// ReferenceParams are those of textDocument/references.
type ReferenceParams struct {
	PositionParams
	WorkDoneParams
	PartialParams
	Context ReferenceContext `json:"context"`
}

// ReferenceContext says whether the declaration is wanted too.
type ReferenceContext struct {
	IncludeDeclaration bool `json:"includeDeclaration"`
}

// DocumentHighlightParams are those of textDocument/documentHighlight.
type DocumentHighlightParams struct {
	PositionParams
	WorkDoneParams
	PartialParams
}

// Kinds of highlights.
const (
	HighlightText  = 1
	HighlightRead  = 2
	HighlightWrite = 3
)

// DocumentHighlight is a range to highlight.
type DocumentHighlight struct {
	Range Range `json:"range"`
	Kind  int   `json:"kind,omitempty"`
}

// InlineValueParams are those of textDocument/inlineValue.
type InlineValueParams struct {
	DocumentParams
	WorkDoneParams
	Range   Range              `json:"range"`
	Context InlineValueContext `json:"context"`
}

// InlineValueContext says where a debugged program has stopped.
type InlineValueContext struct {
	FrameID         int   `json:"frameId"`
	StoppedLocation Range `json:"stoppedLocation"`
}

// InlineValueText is a value as text.
type InlineValueText struct {
	Range Range  `json:"range"`
	Text  string `json:"text"`
}

// InlineValueLookup is a variable whose value the client asks the debugger for.
type InlineValueLookup struct {
	Range               Range  `json:"range"`
	VariableName        string `json:"variableName,omitempty"`
	CaseSensitiveLookup bool   `json:"caseSensitiveLookup"`
}

// InlineValueExpression is an expression that the client has the debugger evaluate.
type InlineValueExpression struct {
	Range      Range  `json:"range"`
	Expression string `json:"expression,omitempty"`
}

// InlayHintParams are those of textDocument/inlayHint.
type InlayHintParams struct {
	DocumentParams
	WorkDoneParams
	Range Range `json:"range"`
}

// Kinds of inlay hints.
const (
	HintType      = 1
	HintParameter = 2
)

// InlayHint is a text that the editor shows in the document: Label is a string, or
// []InlayHintPart.
type InlayHint struct {
	Position     Position        `json:"position"`
	Label        any             `json:"label"`
	Kind         int             `json:"kind,omitempty"`
	TextEdits    []TextEdit      `json:"textEdits,omitempty"`
	Tooltip      *MarkupContent  `json:"tooltip,omitempty"`
	PaddingLeft  bool            `json:"paddingLeft,omitempty"`
	PaddingRight bool            `json:"paddingRight,omitempty"`
	Data         json.RawMessage `json:"data,omitempty"`
}

// InlayHintPart is a part of a hint's label.
type InlayHintPart struct {
	Value    string         `json:"value"`
	Tooltip  *MarkupContent `json:"tooltip,omitempty"`
	Location *Location      `json:"location,omitempty"`
	Command  *Command       `json:"command,omitempty"`
}
