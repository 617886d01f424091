package protocol

import "encoding/json"

// DocumentSymbolOptions announce document symbols.
type DocumentSymbolOptions struct {
	Label string `json:"label,omitempty"`
}

// DocumentSymbolParams are those of textDocument/documentSymbol.
type DocumentSymbolParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
}

// SymbolKind is the icon of a symbol.
type SymbolKind uint8

// The kinds of symbols.
const (
	SymbolFile          SymbolKind = 1
	SymbolModule        SymbolKind = 2
	SymbolNamespace     SymbolKind = 3
	SymbolPackage       SymbolKind = 4
	SymbolClass         SymbolKind = 5
	SymbolMethod        SymbolKind = 6
	SymbolProperty      SymbolKind = 7
	SymbolField         SymbolKind = 8
	SymbolConstructor   SymbolKind = 9
	SymbolEnum          SymbolKind = 10
	SymbolInterface     SymbolKind = 11
	SymbolFunction      SymbolKind = 12
	SymbolVariable      SymbolKind = 13
	SymbolConstant      SymbolKind = 14
	SymbolString        SymbolKind = 15
	SymbolNumber        SymbolKind = 16
	SymbolBoolean       SymbolKind = 17
	SymbolArray         SymbolKind = 18
	SymbolObject        SymbolKind = 19
	SymbolKey           SymbolKind = 20
	SymbolNull          SymbolKind = 21
	SymbolEnumMember    SymbolKind = 22
	SymbolStruct        SymbolKind = 23
	SymbolEvent         SymbolKind = 24
	SymbolOperator      SymbolKind = 25
	SymbolTypeParameter SymbolKind = 26
)

// SymbolDeprecated is the tag of deprecated symbols.
const SymbolDeprecated = 1

// DocumentSymbol is a symbol with those inside it. SelectionRange lies in Range.
type DocumentSymbol struct {
	Name           string           `json:"name"`
	Detail         string           `json:"detail,omitempty"`
	Kind           SymbolKind       `json:"kind"`
	Tags           []int            `json:"tags,omitempty"`
	Range          Range            `json:"range"`
	SelectionRange Range            `json:"selectionRange"`
	Children       []DocumentSymbol `json:"children,omitempty"`
}

// SymbolInformation is a symbol for clients without hierarchicalDocumentSymbolSupport.
type SymbolInformation struct {
	Name          string     `json:"name"`
	Kind          SymbolKind `json:"kind"`
	Tags          []int      `json:"tags,omitempty"`
	ContainerName string     `json:"containerName,omitempty"`
	Location      Location   `json:"location"`
}

// WorkspaceSymbolParams are those of workspace/symbol.
type WorkspaceSymbolParams struct {
	WorkDoneParams
	PartialParams
	Query string `json:"query"`
}

// WorkspaceSymbol is a symbol of the workspace. Location is a Location, or a
// TextDocumentIdentifier whose range workspaceSymbol/resolve adds.
type WorkspaceSymbol struct {
	Name          string          `json:"name"`
	Kind          SymbolKind      `json:"kind"`
	Tags          []int           `json:"tags,omitempty"`
	ContainerName string          `json:"containerName,omitempty"`
	Location      any             `json:"location"`
	Data          json.RawMessage `json:"data,omitempty"`
}

// FoldingRangeParams are those of textDocument/foldingRange.
type FoldingRangeParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
}

// Kinds of folding ranges.
const (
	FoldComment = "comment"
	FoldImports = "imports"
	FoldRegion  = "region"
)

// FoldingRange is what an editor can fold.
type FoldingRange struct {
	StartLine      uint32  `json:"startLine"`
	StartCharacter *uint32 `json:"startCharacter,omitempty"`
	EndLine        uint32  `json:"endLine"`
	EndCharacter   *uint32 `json:"endCharacter,omitempty"`
	Kind           string  `json:"kind,omitempty"`
	CollapsedText  string  `json:"collapsedText,omitempty"`
}

// SelectionRangeParams are those of textDocument/selectionRange.
type SelectionRangeParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
	Positions []Position `json:"positions"`
}

// SelectionRange is a range to select, and the next larger one.
type SelectionRange struct {
	Range  Range           `json:"range"`
	Parent *SelectionRange `json:"parent,omitempty"`
}

// LinkedEditingRangeParams are those of textDocument/linkedEditingRange.
type LinkedEditingRangeParams struct {
	PositionParams
	WorkDoneParams
}

// LinkedEditingRanges are ranges with the same text that are edited together.
type LinkedEditingRanges struct {
	Ranges      []Range `json:"ranges"`
	WordPattern string  `json:"wordPattern,omitempty"`
}

// DocumentLinkParams are those of textDocument/documentLink.
type DocumentLinkParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
}

// DocumentLink is a range that leads elsewhere; without Target it is resolved.
type DocumentLink struct {
	Range   Range           `json:"range"`
	Target  URI             `json:"target,omitempty"`
	Tooltip string          `json:"tooltip,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// CallHierarchyPrepareParams are those of textDocument/prepareCallHierarchy.
type CallHierarchyPrepareParams struct {
	PositionParams
	WorkDoneParams
}

// HierarchyItem is a function of a call hierarchy, or a class of a type hierarchy
// (CallHierarchyItem, TypeHierarchyItem).
type HierarchyItem struct {
	Name           string          `json:"name"`
	Kind           SymbolKind      `json:"kind"`
	Tags           []int           `json:"tags,omitempty"`
	Detail         string          `json:"detail,omitempty"`
	URI            URI             `json:"uri"`
	Range          Range           `json:"range"`
	SelectionRange Range           `json:"selectionRange"`
	Data           json.RawMessage `json:"data,omitempty"`
}

// HierarchyParams are those of callHierarchy/incomingCalls and outgoingCalls, and
// of typeHierarchy/supertypes and subtypes.
type HierarchyParams struct {
	WorkDoneParams
	PartialParams
	Item HierarchyItem `json:"item"`
}

// Document returns the document of the item.
func (p *HierarchyParams) Document() URI { return p.Item.URI }

// IncomingCall is a function that calls, and where. (CallHierarchyIncomingCall.)
type IncomingCall struct {
	From       HierarchyItem `json:"from"`
	FromRanges []Range       `json:"fromRanges"`
}

// OutgoingCall is a function that is called, and where. (CallHierarchyOutgoingCall.)
type OutgoingCall struct {
	To         HierarchyItem `json:"to"`
	FromRanges []Range       `json:"fromRanges"`
}

// TypeHierarchyPrepareParams are those of textDocument/prepareTypeHierarchy.
type TypeHierarchyPrepareParams struct {
	PositionParams
	WorkDoneParams
}

// SemanticTokensOptions announce semantic tokens.
type SemanticTokensOptions struct {
	Legend SemanticTokensLegend `json:"legend"`
	Range  bool                 `json:"range,omitempty"`
	Full   *SemanticTokensFull  `json:"full,omitempty"`
}

// SemanticTokensLegend names the types and modifiers behind the numbers.
type SemanticTokensLegend struct {
	TokenTypes     []string `json:"tokenTypes"`
	TokenModifiers []string `json:"tokenModifiers"`
}

// SemanticTokensFull announces textDocument/semanticTokens/full, with or without
// delta.
type SemanticTokensFull struct {
	Delta bool `json:"delta,omitempty"`
}

// SemanticTokensParams are those of textDocument/semanticTokens/full.
type SemanticTokensParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
}

// SemanticTokensDeltaParams are those of textDocument/semanticTokens/full/delta.
type SemanticTokensDeltaParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
	PreviousResultID string `json:"previousResultId"`
}

// SemanticTokensRangeParams are those of textDocument/semanticTokens/range.
type SemanticTokensRangeParams struct {
	DocumentParams
	WorkDoneParams
	PartialParams
	Range Range `json:"range"`
}

// SemanticTokens are tokens, five numbers each. Data is never null.
type SemanticTokens struct {
	ResultID string   `json:"resultId,omitempty"`
	Data     []uint32 `json:"data"`
}

// SemanticTokensDelta is what has changed since another result.
type SemanticTokensDelta struct {
	ResultID string               `json:"resultId,omitempty"`
	Edits    []SemanticTokensEdit `json:"edits"`
}

// SemanticTokensEdit replaces numbers.
type SemanticTokensEdit struct {
	Start       uint32   `json:"start"`
	DeleteCount uint32   `json:"deleteCount"`
	Data        []uint32 `json:"data,omitempty"`
}
