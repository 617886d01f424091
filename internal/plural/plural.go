// Package plural counts things in messages.
package plural

import "fmt"

// Of is a number of things of which one is called noun: "1 file", "2 files".
func Of(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
