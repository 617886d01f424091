// Package tokens counts the tokens of a text as language models do, with the byte pair
// encodings of OpenAI's models. An encoding is made when the first text is counted, so that a program that counts
// nothing pays nothing. It downloads nothing.
package tokens

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"
)

// The encodings: O200k is of GPT-4o and all models of OpenAI since, Cl100k of GPT-4 and GPT-3.5. Models of others count
// otherwise: leave them a margin.
const (
	O200k  = "o200k_base"
	Cl100k = "cl100k_base"
)

// Encodings are the names that New knows.
func Encodings() []string { return []string{O200k, Cl100k} }

// remembered bounds the counts that a Counter keeps.
const remembered = 1 << 16

// Counter counts tokens, and remembers the counts of texts, but not the texts. Many goroutines may use one.
type Counter struct {
	encoding string
	codec    func() *codec.Codec
	seeds    [2]maphash.Seed

	mu     sync.Mutex
	counts map[[2]uint64]int
}

// New answers a counter for an encoding; "" is O200k.
func New(encoding string) (*Counter, error) {
	c := &Counter{encoding: encoding, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, counts: map[[2]uint64]int{}}
	switch encoding {
	case "", O200k:
		c.encoding, c.codec = O200k, sync.OnceValue(codec.NewO200kBase)
	case Cl100k:
		c.codec = sync.OnceValue(codec.NewCl100kBase)
	default:
		return nil, fmt.Errorf("no token encoding %q: known are %s", encoding, strings.Join(Encodings(), " and "))
	}
	return c, nil
}

// Encoding is the name of the encoding.
func (c *Counter) Encoding() string { return c.encoding }

// Count answers how many tokens a text has. What is not UTF-8 counts as U+FFFD.
func (c *Counter) Count(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	key := [2]uint64{maphash.String(c.seeds[0], text), maphash.String(c.seeds[1], text)}
	c.mu.Lock()
	n, ok := c.counts[key]
	c.mu.Unlock()
	if ok {
		return n, nil
	}
	n, err := c.codec().Count(strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		return 0, fmt.Errorf("count tokens by %s: %w", c.encoding, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.counts) >= remembered {
		clear(c.counts)
	}
	c.counts[key] = n
	return n, nil
}
