package embed

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	maxWordBytes = 4096
	maxWords     = 50_000_000
)

// wordScanner reads a file of word vectors through, and notes where the words stand.
type wordScanner struct {
	ctx    context.Context
	r      *bufio.Reader
	offset int64
	line   int // of the text, from 1; in the binary form, of the words
	x      *wordIndex
}

func newSection(f io.ReaderAt, size int64) *bufio.Reader {
	return bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 1<<20)
}

// maxLine is how long a line of text can be: a word, and its numbers.
const maxLine = maxWordBytes + 32*maxDimension

// scan finds out which form it is: with a head of two numbers that of word2vec, in text or binary; else GloVe's.
func (s *wordScanner) scan() error {
	first, err := s.readLine()
	if errors.Is(err, io.EOF) && len(first) == 0 {
		return errors.New("it is empty")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	count, dimension, headed := wordHead(first)
	if !headed {
		fields := bytes.Fields(first)
		if s.x.dimension = len(fields) - 1; s.x.dimension < 2 || !allNumbers(fields[1:]) {
			return fmt.Errorf("line 1 is neither a word and its numbers, as in GloVe's files, nor the number of words and of numbers each, as in word2vec's: %.60q", first)
		}
		s.add(fields[0], 0)
		return s.text(-1)
	}
	if dimension < 1 || dimension > maxDimension || count < 1 || count > maxWords {
		return fmt.Errorf("line 1 says that there are %d words of %d numbers; there can be %d of %d", count, dimension, maxWords, maxDimension)
	}
	s.x.dimension = dimension
	if s.looksBinary() {
		s.x.binary = true
		return s.binary(count)
	}
	return s.text(count)
}

// wordHead reads a line that has two whole numbers.
func wordHead(line []byte) (count, dimension int, ok bool) {
	fields := bytes.Fields(line)
	if len(fields) != 2 {
		return 0, 0, false
	}
	count, err := strconv.Atoi(string(fields[0]))
	dimension, err2 := strconv.Atoi(string(fields[1]))
	return count, dimension, err == nil && err2 == nil
}

func allNumbers(fields [][]byte) bool {
	for _, f := range fields {
		if _, err := strconv.ParseFloat(string(f), 32); err != nil {
			return false
		}
	}
	return true
}

// readLine reads a line without its end, and moves the offset behind it.
func (s *wordScanner) readLine() ([]byte, error) {
	var line []byte
	for {
		piece, err := s.r.ReadSlice('\n')
		s.offset += int64(len(piece))
		if line == nil && err == nil {
			line = piece
		} else {
			line = append(line[:len(line):len(line)], piece...)
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("line %d is longer than %d bytes: this is no file of word vectors", s.line+1, maxLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		s.line++
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// looksBinary tells whether what follows the head is no line of text.
func (s *wordScanner) looksBinary() bool {
	ahead, _ := s.r.Peek(min(s.r.Size(), maxLine))
	line, _, _ := bytes.Cut(ahead, []byte("\n"))
	fields := bytes.Fields(line)
	return len(fields) <= s.x.dimension || !allNumbers(fields[len(fields)-s.x.dimension:])
}

// add notes a word.
func (s *wordScanner) add(word []byte, offset int64) {
	s.x.entries = append(s.x.entries, wordEntry{hashOf(word), offset, uint32(len(s.x.entries))})
}

// text reads lines of a word and its numbers. count is how many there must be; -1: any number.
func (s *wordScanner) text(count int) error {
	for {
		if s.line%4096 == 0 {
			if err := s.ctx.Err(); err != nil {
				return err
			}
		}
		at := s.offset
		line, err := s.readLine()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(bytes.TrimSpace(line)) > 0 {
			word, _, problem := splitLine(line, s.x.dimension)
			if problem != nil {
				return fmt.Errorf("line %d: %w", s.line, problem)
			}
			if len(s.x.entries) == maxWords {
				return fmt.Errorf("it has more than %d words", maxWords)
			}
			s.add(word, at)
		}
		if err != nil {
			break
		}
	}
	if count >= 0 && len(s.x.entries) != count {
		return fmt.Errorf("it has %d words, and line 1 says %d: is the file whole?", len(s.x.entries), count)
	}
	return nil
}

// splitLine takes a line apart into a word, which may have blanks in it, and so many numbers.
func splitLine(line []byte, dimension int) (word, numbers []byte, err error) {
	rest := bytes.TrimRight(line, " \t\r\n")
	end := len(rest)
	for n := range dimension {
		i := bytes.LastIndexAny(rest[:end], " \t")
		if i <= 0 {
			return nil, nil, fmt.Errorf("a word and %d numbers, and others have %d", n, dimension)
		}
		end = len(bytes.TrimRight(rest[:i], " \t"))
	}
	word = rest[:end]
	if len(word) == 0 || len(word) > maxWordBytes {
		return nil, nil, fmt.Errorf("a word of %d bytes", len(word))
	}
	return word, rest[end:], nil
}

// binary reads words, each followed by a blank and its numbers as float32.
func (s *wordScanner) binary(count int) error {
	for n := range count {
		if n%4096 == 0 {
			if err := s.ctx.Err(); err != nil {
				return err
			}
		}
		if b, err := s.r.Peek(1); err == nil && b[0] == '\n' { // some writers end each with a line
			_, _ = s.r.Discard(1)
			s.offset++
		}
		at := s.offset
		word, err := s.r.ReadSlice(' ')
		if err != nil || len(word) < 2 || len(word) > maxWordBytes {
			return fmt.Errorf("word %d of %d is not there: is the file whole, and in the form of word2vec?", n+1, count)
		}
		s.add(word[:len(word)-1], at)
		s.offset += int64(len(word))
		skipped, err := s.r.Discard(4 * s.x.dimension)
		s.offset += int64(skipped)
		if err != nil {
			return fmt.Errorf("the file ends within word %d of %d: it is not whole", n+1, count)
		}
	}
	return nil
}

// read reads the vector of an entry; nil if it is another word's.
func (x *wordIndex) read(f io.ReaderAt, size int64, e wordEntry, word string) ([]float32, error) {
	r := bufio.NewReaderSize(io.NewSectionReader(f, e.offset, size-e.offset), len(word)+8+16*x.dimension)
	if x.binary {
		buf := make([]byte, len(word)+1+4*x.dimension)
		if _, err := io.ReadFull(r, buf); err != nil {
			return nil, fmt.Errorf("read the word %q: %w", word, err)
		}
		if string(buf[:len(word)+1]) != word+" " {
			return nil, nil
		}
		return x.finite(word, func(i int) (float32, error) {
			return math.Float32frombits(binary.LittleEndian.Uint32(buf[len(word)+1+4*i:])), nil
		})
	}
	s := &wordScanner{r: r}
	line, err := s.readLine()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	found, numbers, err := splitLine(line, x.dimension)
	if err != nil || string(found) != word {
		return nil, err
	}
	fields := bytes.Fields(numbers)
	return x.finite(word, func(i int) (float32, error) {
		n, err := strconv.ParseFloat(string(fields[i]), 32)
		return float32(n), err
	})
}

// finite makes a vector, all of whose numbers must be finite.
func (x *wordIndex) finite(word string, number func(int) (float32, error)) ([]float32, error) {
	v := make([]float32, x.dimension)
	for i := range v {
		n, err := number(i)
		if err != nil || math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
			return nil, fmt.Errorf("number %d of the word %q is none: the file is damaged", i+1, word)
		}
		v[i] = n
	}
	return v, nil
}
