//go:build unix

package filesystem

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func convert(t *testing.T, r *tooltest.Runner, params map[string]any) (map[string]any, *tool.Error) {
	t.Helper()
	text, _ := json.Marshal(params)
	res, err := r.Call(t, context.Background(), "file-converter", string(text))
	if err != nil {
		return nil, err
	}
	return res.Value.(map[string]any), nil
}

// Every encoding gives back what it was given.
func TestEncodings(t *testing.T) {
	r := tooltest.New(t, Definitions())
	samples := map[string]string{
		"shift_jis": "日本語テスト\n", "euc-jp": "日本語\n", "iso-2022-jp": "日本語 abc\n", "gbk": "中文测试\n", "gb18030": "中文𝄞\n", "big5": "中文測試\n", "euc-kr": "한국어\n",
		"iso-8859-5": "Привет\n", "iso-8859-7": "Γειά\n", "windows-1251": "Привет, мир\n", "koi8-r": "Привет\n", "koi8-u": "Київ\n", "ibm866": "Привет\n", "iso-8859-8": "שלום\n", "windows-1255": "שלום\n",
		"iso-8859-6": "سلام\n", "windows-1256": "سلام\n", "windows-874": "ไทย\n", "windows-1253": "Γειά\n", "utf-8": "ünï 𝄞\n", "utf-8-bom": "ünï\n", "utf-16": "ünï 𝄞\n", "utf-16le": "ü𝄞\n",
		"utf-16be": "ü𝄞\n", "utf-32": "ü𝄞\n", "utf-32le": "ü𝄞\n", "utf-32be": "ü𝄞\n", "iso-8859-1": "café\n", "windows-1252": "café – €\n", "iso-8859-15": "€ œ\n",
	}
	for _, name := range encodingNames() {
		text, ok := samples[name]
		if !ok {
			text = "plain\n"
		}
		put(t, r, map[string]string{"u.txt": text})
		if _, err := convert(t, r, map[string]any{"operation": "encoding", "path": "u.txt", "from_encoding": "utf-8", "to_encoding": name, "target_path": "x.txt"}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := convert(t, r, map[string]any{"operation": "encoding", "path": "x.txt", "from_encoding": name, "target_path": "y.txt"}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := content(t, filepath.Join(r.Dir, "y.txt")); got != text {
			t.Errorf("%s: %q became %q", name, text, got)
		}
		if strings.HasPrefix(name, "utf-8") && name != "utf-8-bom" {
			continue
		}
		if ok && content(t, filepath.Join(r.Dir, "x.txt")) == text {
			t.Errorf("%s: nothing was encoded", name)
		}
	}
	for a, name := range encodingAliases() {
		if encodingOf(name) == nil && !strings.HasPrefix(name, "utf-8") && name != "ascii" {
			t.Errorf("the alias %q leads to %q, which is unknown", a, name)
		}
	}
}

func TestDetect(t *testing.T) {
	r := tooltest.New(t, Definitions())
	russian := strings.Repeat("Это обычный русский текст, который написан для проверки. ", 5)
	for name, c := range map[string]struct{ text, encoding string }{
		"utf8": {"naïve", "utf-8"}, "ascii": {"plain", "utf-8"}, "bom": {"ü", "utf-8-bom"}, "16": {"ü", "utf-16"}, "16le": {"plain text", "utf-16le"}, "16be": {"plain text", "utf-16be"},
		"32": {"ü", "utf-32"}, "cp1251": {russian, "windows-1251"}, "koi8": {russian, "koi8-r"}, "sjis": {strings.Repeat("これは日本語の文章です。テストのために書かれました。", 3), "shift_jis"},
		"euc": {strings.Repeat("これは日本語の文章です。テストのために書かれました。", 3), "euc-jp"},
	} {
		data, _, err := encodeText(context.Background(), []byte(c.text), c.encoding, true)
		if err != nil {
			t.Fatal(err)
		}
		put(t, r, map[string]string{name: string(data)})
		v, terr := convert(t, r, map[string]any{"operation": "detect", "path": name})
		if terr != nil || v["from_encoding"] != c.encoding {
			t.Errorf("%s: %v %v; want %s", name, v, terr, c.encoding)
		}
	}
	for _, text := range []string{"caf\xe9\n", "\xe9", "M\xfcller, Stra\xdfe 5, 12 \x80", "\xa1Hola, se\xf1or!"} {
		put(t, r, map[string]string{"short": text})
		v, terr := convert(t, r, map[string]any{"operation": "detect", "path": "short"})
		if name, _ := v["from_encoding"].(string); terr != nil || name != "windows-1252" && name != "iso-8859-1" {
			t.Errorf("%q: %v %v; want windows-1252", text, v, terr)
		}
	}
	put(t, r, map[string]string{"short": "caf\xe9\n"})
	if v, terr := convert(t, r, map[string]any{"operation": "encoding", "path": "short", "target_path": "long"}); terr != nil || content(t, filepath.Join(r.Dir, "long")) != "café\n" {
		t.Errorf("a short text: %v, %v", v, terr)
	}
	put(t, r, map[string]string{"bin": "\x00\x01\x02\xff\xfe\x00"})
	if _, err := convert(t, r, map[string]any{"operation": "detect", "path": "bin"}); err == nil || !strings.Contains(err.Message, "no text") {
		t.Errorf("binary: %v", err)
	}
}

func TestConvert(t *testing.T) {
	r := tooltest.New(t, Definitions())
	utf16, _, _ := encodeText(context.Background(), []byte("a\r\nb\rc\n"), "utf-16", true)
	for _, c := range []struct {
		in     string
		params map[string]any
		want   string
	}{
		{"a\r\nb\rc\nd", map[string]any{"operation": "line_endings"}, "a\nb\nc\nd"},
		{"a\r\nb\rc\nd", map[string]any{"operation": "line_endings", "line_ending": "crlf"}, "a\r\nb\r\nc\r\nd"},
		{"a\r\nb\n", map[string]any{"operation": "line_endings", "line_ending": "cr"}, "a\rb\r"},
		{string(utf16), map[string]any{"operation": "line_endings", "line_ending": "lf"}, "\xff\xfea\x00\n\x00b\x00\n\x00c\x00\n\x00"},
		{"\ta\n  \tb\tc\n    d\n", map[string]any{"operation": "indentation"}, "    a\n    b\tc\n    d\n"},
		{"        a\n      b\n\t  \tc  d", map[string]any{"operation": "indentation", "convert_to_spaces": false}, "\t\ta\n\t  b\n\t\tc  d"},
		{"  a\r\n    b", map[string]any{"operation": "indentation", "convert_to_spaces": false, "tab_size": 2}, "\ta\r\n\t\tb"},
		{"café €", map[string]any{"operation": "encoding", "to_encoding": "ascii", "on_error": "replace"}, "caf? ?"},
		{"café €", map[string]any{"operation": "encoding", "to_encoding": "latin1", "on_error": "replace"}, "caf\xe9 ?"},
		{"a\xffb", map[string]any{"operation": "encoding", "from_encoding": "utf-8", "on_error": "replace"}, "a\ufffdb"},
		{"日本x\u20ac本", map[string]any{"operation": "encoding", "to_encoding": "iso-2022-jp", "on_error": "replace"}, "\x1b$BF|K\\\x1b(Bx?\x1b$BK\\"},
	} {
		put(t, r, map[string]string{"f": c.in})
		os.Chmod(filepath.Join(r.Dir, "f"), 0o751)
		c.params["path"] = "f"
		if _, err := convert(t, r, c.params); err != nil {
			t.Errorf("%v: %v", c.params, err)
			continue
		}
		if got := content(t, filepath.Join(r.Dir, "f")); !strings.HasPrefix(got, c.want) || len(got) > len(c.want)+3 {
			t.Errorf("%v: got %q; want %q", c.params, got, c.want)
		}
		if info, _ := os.Stat(filepath.Join(r.Dir, "f")); info.Mode().Perm() != 0o751 {
			t.Errorf("the mode became %v", info.Mode())
		}
	}
	// Larger than the buffers, with characters across their borders.
	big := strings.Repeat("aé€𝄞", 50_000)
	put(t, r, map[string]string{"big": big})
	for _, enc := range []string{"utf-16be", "gb18030", "utf-32"} {
		if _, err := convert(t, r, map[string]any{"operation": "encoding", "path": "big", "to_encoding": enc, "target_path": "big2"}); err != nil {
			t.Fatal(err)
		}
		if _, err := convert(t, r, map[string]any{"operation": "encoding", "path": "big2", "from_encoding": enc}); err != nil {
			t.Fatal(err)
		}
		if content(t, filepath.Join(r.Dir, "big2")) != big {
			t.Errorf("%s: a large text is not kept", enc)
		}
	}
}

func TestConvertRefusals(t *testing.T) {
	r := runner(t)
	put(t, r, map[string]string{"u": "é", "bad": "a\n\xff", "big": strings.Repeat("x", maxConverted+1), "zero": "a\x00b"})
	r.Table(t, "file-converter", []tooltest.Want{
		{Params: `{"path":"u"}`, Err: `"operation" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"upper","path":"u"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"encoding"}`, Err: `"path" is missing`},
		{Params: `{"operation":"encoding","path":5}`, Err: `"path" is wrong`},
		{Params: `{"operation":"encoding","path":"u","target_path":5}`, Err: `"target_path" is wrong`},
		{Params: `{"operation":"encoding","path":"u","from_encoding":"klingon"}`, Err: `"from_encoding" is wrong`},
		{Params: `{"operation":"encoding","path":"u","to_encoding":"utf-7"}`, Err: `"to_encoding" is wrong`},
		{Params: `{"operation":"encoding","path":"u","on_error":"ignore"}`, Err: `"on_error" is wrong`},
		{Params: `{"operation":"line_endings","path":"u","line_ending":"lfcr"}`, Err: `"line_ending" is wrong`},
		{Params: `{"operation":"indentation","path":"u","tab_size":0}`, Err: `"tab_size" is wrong`},
		{Params: `{"operation":"indentation","path":"u","convert_to_spaces":"yes"}`, Err: `"convert_to_spaces" is wrong`},
		{Params: `{"operation":"encoding","path":"u","to_encoding":"ascii"}`, Err: "no character 'é' (U+00E9), which the file has at line 1, column 1"},
		{Params: `{"operation":"encoding","path":"u","to_encoding":"koi8-r"}`, Err: "no character 'é'"},
		{Params: `{"operation":"encoding","path":"bad","from_encoding":"utf-8"}`, Err: "line 2, column 1"},
		{Params: `{"operation":"encoding","path":"u","from_encoding":"ascii"}`, Err: "is not ascii"},
		{Params: `{"operation":"encoding","path":"big"}`, Err: "larger than 32 MB", Code: tool.LimitExceeded},
		{Params: `{"operation":"line_endings","path":"zero","from_encoding":"utf-8"}`, Err: "no text"},
		{Params: `{"operation":"encoding","path":"none"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"encoding","path":"secret"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"encoding","path":"/etc/passwd"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"encoding","path":"u","target_path":"/etc/x"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"encoding","path":"u","target_path":"secret"}`, Err: "through a link", Code: tool.PermissionDenied},
	})
	if got := content(t, filepath.Join(r.Dir, "u")); got != "é" {
		t.Errorf("a failed conversion changed the file to %q", got)
	}
}

func TestConvertCancelled(t *testing.T) {
	r := tooltest.New(t, Definitions())
	put(t, r, map[string]string{"f": strings.Repeat("text\n", 4<<20)})
	for _, to := range []string{"utf-16", "gbk"} {
		if _, err := r.Call(t, newCountdown(30), "file-converter", `{"operation":"encoding","path":"f","to_encoding":"`+to+`"}`); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func FuzzEncoding(f *testing.F) {
	f.Add([]byte("caf\xe9"), uint8(9), false)
	f.Add([]byte("\xff\xfea\x00"), uint8(3), true)
	f.Fuzz(func(t *testing.T, data []byte, which uint8, strict bool) {
		name := encodingNames()[int(which)%len(encodingNames())]
		detectEncoding("x", data)
		text, replaced, err := decodeText(context.Background(), data, name, strict)
		if err != nil || replaced > 0 {
			return
		}
		out, _, err := encodeText(context.Background(), text, name, true)
		if err != nil {
			t.Skip() // some encodings can be read and not written, byte by byte
		}
		again, _, err := decodeText(context.Background(), out, name, true)
		if err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%s: %q became %q (%v)", name, text, again, err)
		}
	})
}
