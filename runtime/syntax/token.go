package syntax

// TokenKind is what a token is.
type TokenKind uint8

// The kinds of tokens. Keywords stand between And and While.
const (
	EOF     TokenKind = iota
	Bad               // bytes that begin no token
	Comment           // from -- to the end of the line, or a long comment; also a #! line at the start
	Ident             // goto is an Ident, as in runtime/compile
	NumberToken
	StringToken       // quoted or long
	BadString         // a string or long bracket that does not end; ends at the end of the line, or of the text
	And               // and
	Break             // break
	Do                // do
	Else              // else
	ElseIf            // elseif
	End               // end
	FalseToken        // false
	For               // for
	FunctionToken     // function
	If                // if
	In                // in
	LocalToken        // local
	NilToken          // nil
	Not               // not
	Or                // or
	Repeat            // repeat
	Return            // return
	Then              // then
	TrueToken         // true
	Until             // until
	While             // while
	Plus              // +
	Minus             // -
	Star              // *
	Slash             // /
	Percent           // %
	Caret             // ^
	Hash              // #
	Equal             // ==
	NotEqual          // ~=
	LessEqual         // <=
	GreaterEqual      // >=
	Less              // <
	Greater           // >
	Assign            // =
	LeftParen         // (
	RightParen        // )
	LeftBrace         // {
	RightBrace        // }
	LeftBracket       // [
	RightBracket      // ]
	Semicolon         // ;
	Colon             // :
	DoubleColon       // ::
	Comma             // ,
	Dot               // .
	Concat            // ..
	Dots              // ...
	tokenKinds    int = iota
)

// Token is one token: the bytes Start to End of the text.
type Token struct {
	Kind       TokenKind
	Start, End int32
}

// IsKeyword tells whether the kind is a reserved word.
func (k TokenKind) IsKeyword() bool { return k >= And && k <= While }
