// Package dialogue makes conversations and questions of any number, for measurements: their words are as unequally
// frequent as those of English, half of them are its commonest, and equal numbers give equal text. Only what measures imports it.
package dialogue

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Turn is what one of two speakers says.
type Turn struct {
	Session, Speaker, Text string
	Time                   time.Time
}

// sessionTurns is how many turns a session has.
const sessionTurns = 22

// Turns makes n turns.
func Turns(n int) []Turn {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.07, 2.7, 30000)
	words := make([]string, 30001)
	for i := range words {
		words[i] = spell(i)
	}
	common := strings.Fields("the and to I a it was you of that")
	turns := make([]Turn, n)
	for i := range turns {
		text := make([]string, 12+r.IntN(24))
		for j := range text {
			if text[j] = words[zipf.Uint64()]; r.IntN(2) == 0 {
				text[j] = common[r.IntN(len(common))]
			}
		}
		turns[i] = Turn{Session: fmt.Sprint("session ", i/sessionTurns), Speaker: []string{"Ada", "Bob"}[i%2], Text: strings.Join(text, " ") + ".",
			Time: time.Unix(1.7e9+int64(i)*60, 0).UTC()}
	}
	return turns
}

// spell makes a word of a number.
func spell(n int) string {
	b := []byte{}
	for n += 400; n > 0; n /= 80 {
		b = append(b, "bcdfghklmnprstvw"[n%16], "aeiou"[n/16%5])
	}
	return string(b)
}

// Questions makes n questions of words of some of the turns.
func Questions(turns []Turn, n int) []string {
	r := rand.New(rand.NewPCG(3, 4))
	out := make([]string, n)
	for i := range out {
		words := strings.Fields(turns[r.IntN(len(turns))].Text)
		out[i] = "When did Ada"
		for range 4 + r.IntN(5) {
			out[i] += " " + words[r.IntN(len(words))]
		}
	}
	return out
}
