package filesystem

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"github.com/llmspell/llmspell/tools/tool"
)

func encodingNames() []string {
	return []string{"utf-8", "utf-8-bom", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be",
		"iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "iso-8859-10",
		"iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "windows-874", "windows-1250", "windows-1251", "windows-1252", "windows-1253",
		"windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "koi8-r", "koi8-u", "macintosh", "ibm437", "ibm850", "ibm852",
		"ibm866", "shift_jis", "euc-jp", "iso-2022-jp", "gbk", "gb18030", "big5", "euc-kr"}
}

// encodingAliases are the other spellings that people use.
func encodingAliases() map[string]string {
	out := map[string]string{"utf8": "utf-8", "utf-8-sig": "utf-8-bom", "utf8-bom": "utf-8-bom", "us-ascii": "ascii", "utf16": "utf-16", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be",
		"utf16le": "utf-16le", "utf16be": "utf-16be", "utf32": "utf-32", "utf32le": "utf-32le", "utf32be": "utf-32be", "latin1": "iso-8859-1", "latin-1": "iso-8859-1",
		"latin2": "iso-8859-2", "latin9": "iso-8859-15", "cp437": "ibm437", "cp850": "ibm850", "cp852": "ibm852", "cp866": "ibm866", "shift-jis": "shift_jis",
		"sjis": "shift_jis", "eucjp": "euc-jp", "gb2312": "gbk", "cp936": "gbk", "gb-18030": "gb18030", "cp932": "shift_jis", "euckr": "euc-kr", "mac-roman": "macintosh", "ansi": "windows-1252"}
	for _, n := range encodingNames() {
		if strings.HasPrefix(n, "windows-") {
			out["cp"+n[8:]], out["windows"+n[8:]] = n, n
		}
		if strings.HasPrefix(n, "iso-8859-") {
			out["iso8859-"+n[9:]], out["iso_8859-"+n[9:]] = n, n
		}
	}
	for _, n := range encodingNames() {
		out[strings.ToUpper(n)] = n
	}
	for _, n := range []string{"utf8", "latin1", "utf16"} {
		out[strings.ToUpper(n)] = out[n]
	}
	return out
}

// encodingOf returns how to read and write an encoding; nil for the kinds of
// UTF-8, which need nothing. Plain utf-16 and utf-32 begin with a byte order mark.
func encodingOf(name string) encoding.Encoding {
	switch name {
	case "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-32":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "shift_jis":
		return japanese.ShiftJIS
	case "euc-jp":
		return japanese.EUCJP
	case "iso-2022-jp":
		return japanese.ISO2022JP
	case "gbk":
		return simplifiedchinese.GBK
	case "gb18030":
		return simplifiedchinese.GB18030
	case "big5":
		return traditionalchinese.Big5
	case "euc-kr":
		return korean.EUCKR
	}
	// Spelled out, so that listing the tool touches none of them.
	table := map[string]*charmap.Charmap{
		"iso-8859-1": charmap.ISO8859_1, "iso-8859-2": charmap.ISO8859_2, "iso-8859-3": charmap.ISO8859_3, "iso-8859-4": charmap.ISO8859_4,
		"iso-8859-5": charmap.ISO8859_5, "iso-8859-6": charmap.ISO8859_6, "iso-8859-7": charmap.ISO8859_7, "iso-8859-8": charmap.ISO8859_8,
		"iso-8859-9": charmap.ISO8859_9, "iso-8859-10": charmap.ISO8859_10, "iso-8859-13": charmap.ISO8859_13, "iso-8859-14": charmap.ISO8859_14,
		"iso-8859-15": charmap.ISO8859_15, "iso-8859-16": charmap.ISO8859_16, "windows-874": charmap.Windows874, "windows-1250": charmap.Windows1250,
		"windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252, "windows-1253": charmap.Windows1253, "windows-1254": charmap.Windows1254,
		"windows-1255": charmap.Windows1255, "windows-1256": charmap.Windows1256, "windows-1257": charmap.Windows1257, "windows-1258": charmap.Windows1258,
		"koi8-r": charmap.KOI8R, "koi8-u": charmap.KOI8U, "macintosh": charmap.Macintosh, "ibm437": charmap.CodePage437, "ibm850": charmap.CodePage850,
		"ibm852": charmap.CodePage852, "ibm866": charmap.CodePage866}
	if m, ok := table[name]; ok {
		return m
	}
	return nil
}

// guessed is the confidence when nothing speaks for the encoding but that it is
// the most common of those that are not Unicode.
const guessed = 10

// detectEncoding finds out how a text is encoded, and how sure that is.
func detectEncoding(path string, data []byte) (string, int, error) {
	for _, mark := range []struct{ bytes, name string }{ // utf-32le begins like utf-16le
		{"\xef\xbb\xbf", "utf-8-bom"}, {"\xff\xfe\x00\x00", "utf-32"}, {"\x00\x00\xfe\xff", "utf-32"}, {"\xff\xfe", "utf-16"}, {"\xfe\xff", "utf-16"},
	} {
		if bytes.HasPrefix(data, []byte(mark.bytes)) {
			return mark.name, 100, nil
		}
	}
	if bytes.IndexByte(data, 0) < 0 && bytes.IndexByte(data, 0x1b) < 0 && utf8.Valid(data) {
		return "utf-8", 100, nil
	}
	sample := data[:min(len(data), 64<<10)]
	if n := bytes.Count(sample, []byte{0}); n > 0 {
		// Western text in UTF-16 has a zero in every second byte.
		even := 0
		for i := 0; i < len(sample); i += 2 {
			if sample[i] == 0 {
				even++
			}
		}
		switch {
		case len(data)%2 == 0 && even == 0 && n > len(sample)/4:
			return "utf-16le", 80, nil
		case len(data)%2 == 0 && even == n && n > len(sample)/4:
			return "utf-16be", 80, nil
		}
		return "", 0, tool.Errorf(tool.ExecutionFailed, "%q seems to be no text: it has zero bytes; pass from_encoding if it is", path)
	}
	best, err := chardet.NewTextDetector().DetectBest(sample)
	if err == nil {
		name := strings.ToLower(best.Charset)
		if canonical, ok := encodingAliases()[name]; ok {
			name = canonical
		}
		// Text that looks like Latin-1 and has characters where Latin-1 has none is Windows'.
		if name == "iso-8859-1" && bytes.ContainsFunc(sample, func(r rune) bool { return r == utf8.RuneError }) && hasC1(sample) {
			name = "windows-1252"
		}
		// A few letters tell nothing: what is short is Western more often than
		// anything that it happens to look like.
		if len(sample) < 200 && best.Confidence < 50 && !utf8.Valid(data) {
			name, best.Confidence = "windows-1252", guessed
		}
		if encodingOf(name) != nil || name == "utf-8" {
			return name, best.Confidence, nil
		}
	}
	if utf8.Valid(data) {
		return "utf-8", 100, nil
	}
	return "windows-1252", guessed, nil
}

func hasC1(data []byte) bool {
	for _, c := range data {
		if 0x80 <= c && c <= 0x9f {
			return true
		}
	}
	return false
}

// chunk is how much is converted between two looks at the context.
const chunk = 1 << 20

// decodeText returns the text as UTF-8 without a byte order mark. replaced
// counts what was not valid.
func decodeText(ctx context.Context, data []byte, from string, strict bool) (text []byte, replaced int, err error) {
	enc := encodingOf(from)
	if enc == nil {
		return decodeUTF8(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), from, strict)
	}
	var out bytes.Buffer
	w := transform.NewWriter(&out, enc.NewDecoder())
	for len(data) > 0 && err == nil {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		n := min(len(data), chunk)
		_, err = w.Write(data[:n])
		data = data[n:]
	}
	if e := w.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the file is not %s: %w", from, err)
	}
	text = bytes.TrimPrefix(out.Bytes(), []byte("\ufeff"))
	replaced = bytes.Count(text, []byte("\ufffd"))
	if replaced > 0 && strict {
		return nil, 0, notEncoded(from, text, bytes.Index(text, []byte("\ufffd")))
	}
	return text, replaced, nil
}

func notEncoded(from string, before []byte, offset int) error {
	return tool.Errorf(tool.ExecutionFailed, "the file is not %s: the bytes at %s mean no character; pass another from_encoding, or on_error replace", from, position(before, offset))
}

func decodeUTF8(data []byte, from string, strict bool) ([]byte, int, error) {
	replaced := 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 || from == "ascii" && r >= utf8.RuneSelf {
			if strict {
				return nil, 0, notEncoded(from, data, i)
			}
			replaced++
		}
		i += n
	}
	if replaced == 0 {
		return data, 0, nil
	}
	out := make([]byte, 0, len(data)+2*replaced)
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if from == "ascii" && r >= utf8.RuneSelf {
			r = utf8.RuneError
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out, replaced, nil
}

// encodeText writes UTF-8 in another encoding. replaced counts characters that
// it does not have.
func encodeText(ctx context.Context, text []byte, to string, strict bool) (out []byte, replaced int, err error) {
	lacking := func(at int) error {
		r, _ := utf8.DecodeRune(text[at:])
		return tool.Errorf(tool.ExecutionFailed, "%s has no character %q (U+%04X), which the file has at %s; pass another to_encoding, or on_error replace", to, r, r, position(text, at))
	}
	switch to {
	case "utf-8":
		return text, 0, nil
	case "utf-8-bom":
		return append([]byte("\xef\xbb\xbf"), text...), 0, nil
	case "ascii":
		for i, r := range string(text) {
			switch {
			case r < utf8.RuneSelf:
				out = append(out, byte(r))
			case strict:
				return nil, 0, lacking(i)
			default:
				out = append(out, '?')
				replaced++
			}
		}
		return out, replaced, nil
	}
	e := encodingOf(to).NewEncoder()
	buf := make([]byte, 64<<10)
	for pos := 0; ; {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		end := min(len(text), pos+16<<10)
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end--
		}
		n, used, err := e.Transform(buf, text[pos:end], end == len(text))
		out = append(out, buf[:n]...)
		pos += used
		switch {
		case err == nil && pos == len(text):
			return out, replaced, nil
		case err == nil, err == transform.ErrShortDst:
			continue
		case strict:
			return nil, 0, lacking(pos)
		}
		n, _, err = e.Transform(buf, []byte{'?'}, false)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, buf[:n]...)
		replaced++
		_, size := utf8.DecodeRune(text[pos:])
		pos += size
	}
}
