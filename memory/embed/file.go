package embed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"

	"github.com/llmspell/llmspell/internal/lru"
)

// FileOptions say which file of word vectors is read.
type FileOptions struct {
	// Path of a file in the text form of GloVe, or the text or binary form of word2vec.
	Path string
	// Equal counts each word of a text the same. Else a word counts the less, the nearer it is to the beginning of
	// the file, where the frequent ones stand.
	Equal bool
	// CacheDir is the folder where the index of the file is kept, so that it is not read through each time. "": it is.
	CacheDir string
}

// File makes vectors of texts from vectors of words: their mean, weighted by how rare they are. What
// it holds in memory is where each word stands; vectors are read when they are needed.
type File struct {
	opt   FileOptions
	file  *os.File
	info  fs.FileInfo
	index *wordIndex
	name  string
	known *lru.Cache[[]float32] // vectors of words; nil for words that there are not
}

var _ Embedder = (*File)(nil)

// knownBytes is how much memory is given to vectors of words that were read lately.
const knownBytes = 16 << 20

// OpenFile opens a file of word vectors, and reads it through if there is no index of it yet. The error says what is
// wrong in which line.
func OpenFile(ctx context.Context, o FileOptions) (*File, error) {
	e := &File{opt: o}
	info, err := os.Stat(o.Path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular(): // to open a pipe would wait for who writes to it
		err = fmt.Errorf("%s is no plain file", o.Path)
	default:
		e.file, err = os.Open(o.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the word vectors: %w", err)
	}
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read the word vectors in %s: %w", o.Path, err), e.file.Close())
	}
	return e, nil
}

func (e *File) open(ctx context.Context) error {
	var err error
	if e.info, err = e.file.Stat(); err != nil {
		return err
	}
	print, err := fingerprint(e.file, e.info.Size())
	if err != nil {
		return err
	}
	e.name = fmt.Sprintf("file:%s#%x", cut(e.info.Name(), 100), print[:8])
	if e.opt.Equal {
		e.name += " equal"
	}
	if e.index = keptIndex(e.opt, print); e.index == nil {
		if e.index, err = buildIndex(ctx, e.file, e.info.Size()); err != nil {
			return err
		}
		keepIndex(e.opt, print, e.index)
	}
	e.known = lru.New[[]float32](max(1000, knownBytes/4/e.index.dimension))
	return nil
}

// Model names the file and its contents.
func (e *File) Model() string { return e.name }

// Words is how many words the file has, and Dimension how many numbers each.
func (e *File) Words() int { return len(e.index.entries) }

// Dimension is how many numbers a vector has.
func (e *File) Dimension() int { return e.index.dimension }

// Close closes the file.
func (e *File) Close() error { return e.file.Close() }

// Embed makes vectors of texts. A text without a known word has none.
func (e *File) Embed(ctx context.Context, _ Purpose, texts []string) ([][]float32, error) {
	info, err := os.Stat(e.opt.Path)
	if err == nil && (info.Size() != e.info.Size() || !info.ModTime().Equal(e.info.ModTime())) {
		err = errors.New("it was changed since it was opened: start again to use what it is now")
	}
	if err != nil {
		return nil, fmt.Errorf("the word vectors in %s: %w", e.opt.Path, err)
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if out[i], err = e.mean(cut(text, maxText)); err != nil {
			return nil, fmt.Errorf("the word vectors in %s: %w", e.opt.Path, err)
		}
	}
	return out, nil
}

// mean is the weighted mean of a text's words; nil if none is known.
func (e *File) mean(text string) ([]float32, error) {
	var sum []float32
	it := words.FromString(text)
	for it.Next() {
		word := it.Value()
		if r, _ := utf8.DecodeRuneInString(word); !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			continue
		}
		v, weight, err := e.word(word)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if sum == nil {
			sum = make([]float32, len(v))
		}
		for i, x := range v {
			sum[i] += weight * x
		}
	}
	if sum == nil || normalise(sum) != nil { // words that cancel each other out have no direction
		return nil, nil
	}
	return sum, nil
}

// word finds a word as it is written, in small letters, or with a capital: files differ.
func (e *File) word(word string) ([]float32, float32, error) {
	lower := strings.ToLower(word)
	first, size := utf8.DecodeRuneInString(lower)
	for i, form := range []string{word, lower, string(unicode.ToTitle(first)) + lower[size:]} {
		if i > 0 && form == word {
			continue
		}
		v, rank, err := e.lookup(form)
		if err != nil || v != nil {
			return v, e.weight(rank), err
		}
	}
	return nil, 0, nil
}

// smooth is the frequency of words that count half.
const smooth = 1e-3

// weight is how much a word counts that stands at a rank, from 0. Words are about as frequent as Zipf's law says.
func (e *File) weight(rank uint32) float32 {
	if e.opt.Equal {
		return 1
	}
	frequency := 1 / (float64(rank+1) * e.index.harmonic)
	return float32(smooth / (smooth + frequency))
}

// lookup reads the vector of a word; nil if there is none.
func (e *File) lookup(word string) ([]float32, uint32, error) {
	at := e.index.find(word)
	if len(at) == 0 {
		return nil, 0, nil
	}
	if v, ok := e.known.Get(word); ok {
		return v, at[0].rank, nil
	}
	for _, entry := range at {
		v, err := e.index.read(e.file, e.info.Size(), entry, word)
		if err != nil {
			return nil, 0, err
		}
		if v != nil {
			e.known.Put(word, v)
			return v, entry.rank, nil
		}
	}
	return nil, 0, nil
}
