package format

import "fmt"

// Options say what a text shall look like. Default returns those that hold where
// nothing else is said.
type Options struct {
	// Indent is "spaces" or "tabs".
	Indent string `toml:"indent"`
	// IndentSize is the width of a level of indentation, 1 to 16 columns.
	IndentSize int `toml:"indent_size"`
	// LineWidth is the width in columns beyond which tables and calls are broken; 0:
	// never.
	LineWidth int `toml:"line_width"`
	// Quotes is "keep", "double" or "single". A string that has the wanted quote in it
	// is left alone.
	Quotes string `toml:"quotes"`
	// SpaceInBraces puts a space behind { and before }.
	SpaceInBraces bool `toml:"space_in_braces"`
	// TrailingCommas is "multiline": there is a comma behind the last field of a table
	// if its } begins a line, and else none; "never", or "keep".
	TrailingCommas string `toml:"trailing_commas"`
	// BlankLines is how many empty lines may follow each other, 0 to 10.
	BlankLines int `toml:"blank_lines"`
	// EndOfLine is "lf", "crlf", or "keep": that of the first line. It is not changed
	// inside of strings and comments.
	EndOfLine string `toml:"end_of_line"`
	// FinalNewline puts a line end behind the last line.
	FinalNewline bool `toml:"final_newline"`
}

// Default returns the options that hold where nothing else is said.
func Default() Options {
	return Options{
		Indent: "spaces", IndentSize: 2, LineWidth: 120, Quotes: "keep", SpaceInBraces: true, TrailingCommas: "multiline",
		BlankLines: 1, EndOfLine: "keep", FinalNewline: true,
	}
}

// Check tells which option has a value that it cannot have.
func (o Options) Check() error {
	for _, c := range []struct {
		name, value string
		allowed     []string
	}{
		{"indent", o.Indent, []string{"spaces", "tabs"}},
		{"quotes", o.Quotes, []string{"keep", "double", "single"}},
		{"trailing_commas", o.TrailingCommas, []string{"multiline", "never", "keep"}},
		{"end_of_line", o.EndOfLine, []string{"keep", "lf", "crlf"}},
	} {
		ok := false
		for _, a := range c.allowed {
			ok = ok || a == c.value
		}
		if !ok {
			return fmt.Errorf("%s is %q: it must be one of %q", c.name, c.value, c.allowed)
		}
	}
	for _, c := range []struct {
		name             string
		value, low, high int
	}{
		{"indent_size", o.IndentSize, 1, 16}, {"line_width", o.LineWidth, 0, 10_000}, {"blank_lines", o.BlankLines, 0, 10},
	} {
		if c.value < c.low || c.value > c.high {
			return fmt.Errorf("%s is %d: it must be from %d to %d", c.name, c.value, c.low, c.high)
		}
	}
	return nil
}
