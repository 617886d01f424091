package chunk

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Strategy says where a document may be cut.
type Strategy string

// The strategies. Fixed cuts anywhere between characters; Sentence at paragraphs and sentences; Markdown and HTML at headings
// first, and never puts two sections into one chunk; Code at blocks that begin at the margin, then at those within them, then at lines.
// Heading cuts at headings, whatever they are written in: who knows that a document is HTML says HTML for it; else it is Markdown.
const (
	Fixed    Strategy = "fixed"
	Sentence Strategy = "sentence"
	Markdown Strategy = "markdown"
	HTML     Strategy = "html"
	Code     Strategy = "code"
	Heading  Strategy = "heading"
)

// Strategies are all strategies.
func Strategies() []Strategy { return []Strategy{Fixed, Sentence, Heading, Markdown, HTML, Code} }

// The sizes, in characters. A document of more than MaxDocument bytes is refused.
const (
	DefaultSize = 1200
	MinSize     = 16
	MaxSize     = 100_000
	MaxDocument = 64 << 20
)

// Options say how to cut.
type Options struct {
	Strategy Strategy // Sentence if empty
	Size     int      // of a chunk at most, in characters; DefaultSize if 0
	// Overlap is how many characters of the chunk before a chunk may begin with: so many of its last pieces as fit.
	Overlap int
}

// Chunk is a piece of a document.
type Chunk struct {
	Start, End int    // byte offsets in the document
	Text       string // what stands there; of HTML only what a reader sees
	// Headings lead to the section the chunk is in, from the outermost. Nil without headings.
	Headings []string
}

// Split cuts a document. What is white space only gives no chunk.
func Split(document string, o Options) ([]Chunk, error) {
	if err := o.complete(len(document)); err != nil {
		return nil, err
	}
	s := splitter{document: document, size: o.Size, overlap: o.Overlap}
	switch o.Strategy {
	case Fixed:
		s.levels = []level{characters}
		s.fixed()
	case Sentence:
		s.levels = []level{paragraphs, sentencesOf, wordsOf, characters}
		s.section(0, len(document), nil)
	case Code:
		s.levels = []level{blocks, within, within, paragraphs, linesOf, wordsOf, characters}
		s.section(0, len(document), nil)
	case Markdown, Heading:
		s.levels = []level{markdownBlocks, paragraphs, linesOf, sentencesOf, wordsOf, characters}
		s.sections(markdownHeadings(document))
	case HTML:
		page := readHTML(document)
		s.page = page
		s.levels = []level{page.blocks, sentencesOf, wordsOf, characters}
		s.sections(page.headings)
	}
	return s.chunks, nil
}

func (o *Options) complete(length int) error {
	o.Strategy, o.Size = cmp.Or(o.Strategy, Sentence), cmp.Or(o.Size, DefaultSize)
	var names []string
	known := false
	for _, s := range Strategies() {
		names, known = append(names, string(s)), known || s == o.Strategy
	}
	switch {
	case !known:
		return fmt.Errorf("no chunking strategy %q: known are %s", o.Strategy, strings.Join(names, ", "))
	case o.Size < MinSize || o.Size > MaxSize:
		return fmt.Errorf("a chunk size of %d characters: it must be from %d to %d", o.Size, MinSize, MaxSize)
	case o.Overlap < 0 || o.Overlap > o.Size/2:
		return fmt.Errorf("an overlap of %d characters: it must be from 0 to half of the chunk size, %d", o.Overlap, o.Size/2)
	case length > MaxDocument:
		return fmt.Errorf("the document has %d bytes: chunking takes %d at most; cut it in parts", length, MaxDocument)
	}
	return nil
}

// span is a part of the document, and its length in characters.
type span struct{ start, end, size int }

// heading is where a section begins.
type heading struct {
	at, end int // of the heading itself
	rank    int // 1 to 6
	title   string
}

// splitter is one document being cut.
type splitter struct {
	document      string
	size, overlap int
	levels        []level
	page          *page // of HTML
	chunkStart    int   // of the last chunk
	chunks        []Chunk
}

// sections cuts each section by itself. A heading with nothing below it goes with the next.
func (s *splitter) sections(headings []heading) {
	start, path := 0, []heading{}
	titles := func() []string {
		var out []string
		for _, h := range path {
			out = append(out, h.title)
		}
		return out
	}
	for i, h := range headings {
		bare := i > 0 && headings[i-1].at >= start && h.rank > headings[i-1].rank && strings.TrimSpace(s.text(headings[i-1].end, h.at)) == ""
		if !bare {
			s.section(start, h.at, titles())
			start = h.at
		}
		for len(path) > 0 && path[len(path)-1].rank >= h.rank {
			path = path[:len(path)-1]
		}
		path = append(path, h)
	}
	s.section(start, len(s.document), titles())
}

// section cuts a part of the document that no chunk goes beyond.
func (s *splitter) section(start, end int, headings []string) {
	pieces := s.pieces(nil, start, end, 0)
	for first := 0; first < len(pieces); {
		from, size, next := pieces[first].start, 0, first
		if first > 0 {
			from, size = s.shared(s.chunkStart, pieces[first].start, s.size-pieces[first].size)
		}
		for next < len(pieces) && (next == first || size+pieces[next].size <= s.size) {
			size += pieces[next].size
			next++
		}
		s.emit(from, pieces[next-1].end, headings)
		s.chunkStart, first = from, next
	}
}

// shared answers where a chunk begins that shares what is before end with the chunk before, which begins at start: at the
// first sentence or line, or else word, of the overlap. It also answers how many characters that takes, at most room.
func (s *splitter) shared(start, end, room int) (from, size int) {
	least := end
	for n := min(s.overlap, room); n > 0 && least > start+1; n-- {
		_, size := utf8.DecodeLastRuneInString(s.document[start+1 : least])
		least -= size
	}
	for _, cuts := range s.levels[1 : len(s.levels)-1] {
		for _, cut := range cuts(s.document, start, end) {
			if cut >= least && cut < end {
				return cut, utf8.RuneCountInString(s.document[cut:end])
			}
		}
	}
	return end, 0
}

// pieces cuts a part at the coarsest level whose pieces are small enough, each where it is needed.
func (s *splitter) pieces(out []span, start, end, at int) []span {
	size := utf8.RuneCountInString(s.document[start:end])
	if size == 0 {
		return out
	}
	if size <= s.size {
		return append(out, span{start, end, size})
	}
	if at == len(s.levels)-1 {
		for start < end {
			stop := advance(s.document, start, s.size, end)
			out = append(out, span{start, stop, utf8.RuneCountInString(s.document[start:stop])})
			start = stop
		}
		return out
	}
	for _, cut := range append(s.levels[at](s.document, start, end), end) {
		if cut > start {
			out = s.pieces(out, start, cut, at+1)
			start = cut
		}
	}
	return out
}

// fixed cuts windows of one size.
func (s *splitter) fixed() {
	for start := 0; start < len(s.document); {
		end := advance(s.document, start, s.size, len(s.document))
		s.emit(start, end, nil)
		if end == len(s.document) {
			return
		}
		start = advance(s.document, start, s.size-s.overlap, len(s.document))
	}
}

// emit adds a chunk.
func (s *splitter) emit(start, end int, headings []string) {
	if text := s.text(start, end); strings.TrimSpace(text) != "" {
		s.chunks = append(s.chunks, Chunk{Start: start, End: end, Text: text, Headings: headings})
	}
}

func (s *splitter) text(start, end int) string {
	if s.page != nil {
		return s.page.visible(start, end)
	}
	return s.document[start:end]
}

// advance is the offset so many characters further, but not beyond end.
func advance(text string, at, n, end int) int {
	for ; n > 0 && at < end; n-- {
		_, size := utf8.DecodeRuneInString(text[at:end])
		at += size
	}
	return at
}
