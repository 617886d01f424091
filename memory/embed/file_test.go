package embed

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// table is a small vocabulary, the frequent words first.
var table = []struct {
	word   string
	vector []float32
}{
	{"the", []float32{1, 1, 1}}, {"boat", []float32{1, 0, 0}}, {"ship", []float32{0.9, 0.1, 0}}, {"soup", []float32{0, 1, 0}},
	{"Paris", []float32{0, 0, 1}}, {"new york", []float32{0, 0.5, 1}}, {"été", []float32{0, -1, 0}},
}

func gloveFile(words int) string {
	var b strings.Builder
	for _, w := range table[:words] {
		fmt.Fprintf(&b, "%s %v %v %v\n", w.word, w.vector[0], w.vector[1], w.vector[2])
	}
	return b.String()
}

func binaryFile(newlines bool) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d 3\n", len(table)-1)
	for _, w := range table {
		if strings.Contains(w.word, " ") {
			continue // a blank ends a word there
		}
		b.WriteString(w.word + " ")
		_ = binary.Write(&b, binary.LittleEndian, w.vector)
		if newlines {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "words.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, o FileOptions) *File {
	t.Helper()
	f, err := OpenFile(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func cosine(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// All forms of a file give the same vectors.
func TestFileForms(t *testing.T) {
	glove := gloveFile(len(table))
	for name, content := range map[string]string{
		"GloVe": glove, "GloVe, Windows": strings.ReplaceAll(glove, "\n", "\r\n"), "without the last line end": strings.TrimSuffix(glove, "\n"),
		"fastText": fmt.Sprintf("%d 3\n", len(table)) + strings.ReplaceAll(glove, "\n", " \n"), "tabs": strings.ReplaceAll(strings.ReplaceAll(glove, " ", "\t"), "new\tyork", "new york"),
		"binary": binaryFile(false), "binary with line ends": binaryFile(true),
	} {
		f := open(t, FileOptions{Path: write(t, content), Equal: true})
		got, err := f.Embed(t.Context(), Document, []string{"Boat, SOUP!", "xylophone", "", "Été", "in paris", "..."})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, want := range [][]float32{{1, 1, 0}, nil, nil, {0, -1, 0}, {0, 0, 1}, nil} {
			if want == nil {
				if got[i] != nil {
					t.Errorf("%s: text %d has %v", name, i, got[i])
				}
				continue
			}
			if err := normalise(want); err != nil || got[i] == nil || math.Abs(cosine(got[i], want)-1) > 1e-6 {
				t.Errorf("%s: text %d has %v, not %v", name, i, got[i], want)
			}
		}
		if f.Dimension() != 3 || f.Words() < len(table)-1 || !strings.HasPrefix(f.Model(), "file:words.txt#") {
			t.Errorf("%s: %d words of %d, %s", name, f.Words(), f.Dimension(), f.Model())
		}
	}
}

// Frequent words count less, unless all are to count the same.
func TestFrequentWordsCountLess(t *testing.T) {
	path := write(t, gloveFile(len(table)))
	texts := []string{"the boat", "boat"}
	near := func(o FileOptions) float64 {
		got, err := open(t, o).Embed(t.Context(), Document, texts)
		if err != nil {
			t.Fatal(err)
		}
		return cosine(got[0], got[1])
	}
	if weighted, equal := near(FileOptions{Path: path}), near(FileOptions{Path: path, Equal: true}); weighted < equal+0.01 {
		t.Errorf("weighted %v, equal %v", weighted, equal)
	}
}

func TestFileErrors(t *testing.T) {
	for content, want := range map[string]string{
		"":                              "it is empty",
		"hello world\n":                 "line 1 is neither a word and its numbers",
		"\x89PNG\r\n\x1a\n\x00\x00":     "line 1 is neither",
		"a 1 2 3\nb 1 2\n":              "line 2: a word and 2 numbers, and others have 3",
		"3 3\na 1 2 3\nb 1 2 3\n":       "it has 2 words, and line 1 says 3: is the file whole?",
		"0 3\n":                         "0 words of 3 numbers",
		"5 99999999\n":                  "5 words of 99999999 numbers",
		binaryFile(false)[:28]:          "ends within word 2 of 6: it is not whole",
		binaryFile(false)[:22]:          "word 2 of 6 is not there: is the file whole",
		strings.Repeat("x", maxLine+10): "this is no file of word vectors",
	} {
		path := write(t, content)
		if f, err := OpenFile(t.Context(), FileOptions{Path: path}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.30q: %v, %v, want %q", content, f, err, want)
		}
	}
	if _, err := OpenFile(t.Context(), FileOptions{Path: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a file that is not there")
	}
	if _, err := OpenFile(t.Context(), FileOptions{Path: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no plain file") {
		t.Error(err)
	}
	f := open(t, FileOptions{Path: write(t, "a 1 2 3\nboat 1 NaN 2\nsoup 1 1e999 2\n")})
	for _, text := range []string{"boat", "soup"} {
		if _, err := f.Embed(t.Context(), Query, []string{"a", text}); err == nil || !strings.Contains(err.Error(), `number 2 of the word "`+text+`" is none`) {
			t.Errorf("%s: %v", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := OpenFile(ctx, FileOptions{Path: write(t, strings.Repeat(gloveFile(2), 5000))}); err == nil {
		t.Error("it reads on after a cancel")
	}
}

// The index of a file is kept, and is not used for another, nor if it was damaged.
func TestFileIndexIsKept(t *testing.T) {
	dir, path := t.TempDir(), write(t, gloveFile(len(table)))
	o := FileOptions{Path: path, CacheDir: dir}
	open(t, o)
	kept := indexPath(o)
	before, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	print := func() []byte {
		f := open(t, FileOptions{Path: path})
		p, err := fingerprint(f.file, f.info.Size())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if x := keptIndex(o, print()); x == nil || len(x.entries) != len(table) || x.dimension != 3 {
		t.Fatalf("kept was %+v", x)
	}
	for i := range before {
		damaged := bytes.Clone(before)
		damaged[i] ^= 0x40
		if err := os.WriteFile(kept, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if keptIndex(o, print()) != nil {
			t.Fatalf("byte %d was damaged, and nobody saw it", i)
		}
	}
	if err := os.WriteFile(path, []byte(gloveFile(2)), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := open(t, o); f.Words() != 2 {
		t.Errorf("another file has the index of the first: %d words", f.Words())
	}
	f := open(t, o)
	if err := os.WriteFile(path, []byte(gloveFile(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Embed(t.Context(), Query, []string{"boat"}); err == nil || !strings.Contains(err.Error(), "was changed since it was opened") {
		t.Error(err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(gloveFile(4)))
	f.Add([]byte(binaryFile(true)))
	f.Add([]byte("2 2\nboat 1 2\nthe soup 3 4\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "w")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := OpenFile(t.Context(), FileOptions{Path: path})
		if err != nil {
			return
		}
		defer e.Close()
		got, err := e.Embed(t.Context(), Document, []string{"the boat", "soup"})
		if err == nil {
			for _, v := range got {
				if v != nil && (len(v) != e.Dimension() || math.Abs(cosine(v, v)-1) > 1e-3) {
					t.Fatalf("%v", v)
				}
			}
		}
	})
}
