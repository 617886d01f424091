package pdftext

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// accents are the combining characters that the ends of glyph names stand for,
// as in eacute and Scaron.
var accents = sync.OnceValue(func() map[string]string {
	return map[string]string{"acute": "\u0301", "grave": "\u0300", "circumflex": "\u0302", "dieresis": "\u0308", "tilde": "\u0303", "ring": "\u030A",
		"cedilla": "\u0327", "caron": "\u030C", "macron": "\u0304", "breve": "\u0306", "ogonek": "\u0328", "dotaccent": "\u0307", "hungarumlaut": "\u030B", "commaaccent": "\u0326"}
})

// glyphNames are the names of the Adobe Glyph List that follow no rule.
var glyphNames = sync.OnceValue(func() map[string]string {
	return map[string]string{"space": " ", "nbspace": "\u00a0", "exclam": "!", "quotedbl": `"`, "numbersign": "#", "dollar": "$", "percent": "%", "ampersand": "&", "quotesingle": "'",
		"parenleft": "(", "parenright": ")", "asterisk": "*", "plus": "+", "comma": ",", "hyphen": "-", "minus": "\u2212", "sfthyphen": "\u00ad", "period": ".", "slash": "/", "zero": "0",
		"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "colon": ":", "semicolon": ";", "less": "<", "equal": "=",
		"greater": ">", "question": "?", "at": "@", "bracketleft": "[", "backslash": `\`, "bracketright": "]", "asciicircum": "^", "underscore": "_", "braceleft": "{", "bar": "|",
		"braceright": "}", "asciitilde": "~", "quoteleft": "‘", "quoteright": "’", "quotedblleft": "“", "quotedblright": "”", "quotesinglbase": "‚", "quotedblbase": "„",
		"guillemotleft": "«", "guillemotright": "»", "guilsinglleft": "‹", "guilsinglright": "›", "endash": "–", "emdash": "—", "bullet": "•", "ellipsis": "…", "dagger": "†", "daggerdbl": "‡",
		"perthousand": "‰", "trademark": "™", "copyright": "©", "registered": "®", "section": "§", "paragraph": "¶", "degree": "°", "plusminus": "±", "multiply": "×", "divide": "÷", "mu": "µ",
		"cent": "¢", "sterling": "£", "yen": "¥", "currency": "¤", "Euro": "€", "florin": "ƒ", "exclamdown": "¡", "questiondown": "¿", "brokenbar": "¦", "logicalnot": "¬", "periodcentered": "·",
		"onesuperior": "¹", "twosuperior": "²", "threesuperior": "³", "onehalf": "½", "onequarter": "¼", "threequarters": "¾", "ordfeminine": "ª", "ordmasculine": "º", "germandbls": "ß",
		"AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "Oslash": "Ø", "oslash": "ø", "Eth": "Ð", "eth": "ð", "Thorn": "Þ", "thorn": "þ", "dotlessi": "ı", "Lslash": "Ł", "lslash": "ł",
		"Dcroat": "Đ", "dcroat": "đ", "acute": "´", "grave": "`", "circumflex": "ˆ", "tilde": "˜", "dieresis": "¨", "macron": "¯", "breve": "˘", "dotaccent": "˙", "ring": "˚", "cedilla": "¸",
		"hungarumlaut": "˝", "ogonek": "˛", "caron": "ˇ", "fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl", "fraction": "⁄", "notequal": "≠", "lessequal": "≤", "greaterequal": "≥",
		"infinity": "∞", "partialdiff": "∂", "summation": "∑", "product": "∏", "integral": "∫", "radical": "√", "approxequal": "≈", "lozenge": "◊", "Omega": "Ω", "pi": "π", "arrowright": "→", "arrowleft": "←",
		"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "lambda": "λ", "sigma": "σ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "apple": "\uf8ff"}
})

// ofGlyph returns the text that a glyph's name stands for, or "".
func ofGlyph(glyph string) string {
	glyph, _, _ = strings.Cut(glyph, ".") // a.alt is a kind of a
	if s, ok := glyphNames()[glyph]; ok {
		return s
	}
	if len(glyph) == 1 {
		return glyph
	}
	if hex, ok := strings.CutPrefix(glyph, "uni"); ok && len(hex) >= 4 && len(hex)%4 == 0 {
		var units []uint16
		for i := 0; i < len(hex); i += 4 {
			v, err := strconv.ParseUint(hex[i:i+4], 16, 16)
			if err != nil {
				return ""
			}
			units = append(units, uint16(v))
		}
		return string(utf16.Decode(units))
	}
	if hex, ok := strings.CutPrefix(glyph, "u"); ok && len(hex) >= 4 {
		if v, err := strconv.ParseUint(hex, 16, 21); err == nil {
			return string(rune(v))
		}
	}
	if glyph != "" {
		if accent, ok := accents()[glyph[1:]]; ok && (glyph[0]|0x20) >= 'a' && (glyph[0]|0x20) <= 'z' {
			return norm.NFC.String(glyph[:1] + accent)
		}
	}
	return ""
}

// baseEncoding returns what the 256 codes of a named encoding mean.
func baseEncoding(encoding string) *[256]string {
	var out [256]string
	table := charmap.Windows1252
	if encoding == "MacRomanEncoding" {
		table = charmap.Macintosh
	}
	for c := 32; c < 256; c++ {
		if r := table.DecodeByte(byte(c)); r != '\ufffd' {
			out[c] = string(r)
		}
	}
	if encoding == "MacRomanEncoding" || encoding == "WinAnsiEncoding" {
		return &out
	}
	// StandardEncoding differs from ASCII in two places, and above 160.
	out[0x27], out[0x60] = "’", "‘"
	for c := 0x80; c < 256; c++ {
		out[c] = ""
	}
	for i, glyph := range strings.Fields(standardHigh) {
		if glyph != "-" {
			out[0xa1+i] = ofGlyph(glyph)
		}
	}
	return &out
}

// standardHigh are the glyphs of StandardEncoding from code 161, annex D of the specification.
const standardHigh = `exclamdown cent sterling fraction yen florin section currency quotesingle quotedblleft guillemotleft guilsinglleft guilsinglright fi fl
- endash dagger daggerdbl periodcentered - paragraph bullet quotesinglbase quotedblbase quotedblright guillemotright ellipsis perthousand - questiondown
- grave acute circumflex tilde macron breve dotaccent dieresis - ring cedilla - hungarumlaut ogonek caron emdash - - - - - - - - - - - - - - - -
AE - ordfeminine - - - - Lslash Oslash OE ordmasculine - - - - - ae - - - dotlessi - - lslash oslash oe germandbls`
