package text

import "strings"

// names numbers strings for as long as a document uses them, and keeps a T with each.
type names[T any] struct {
	numbers map[string]int32
	entries []name[T]
	spare   []int32
}

type name[T any] struct {
	text  string
	users int
	value T
}

// number answers the number of a string, for one more user of it.
func (n *names[T]) number(text string) int32 {
	i, ok := n.numbers[text]
	if !ok {
		if n.numbers == nil {
			n.numbers = map[string]int32{}
		}
		if last := len(n.spare); last > 0 {
			i, n.spare = n.spare[last-1], n.spare[:last-1]
		} else {
			i = int32(len(n.entries))
			n.entries = append(n.entries, name[T]{})
		}
		text = strings.Clone(text)
		n.entries[i].text = text
		n.numbers[text] = i
	}
	n.entries[i].users++
	return i
}

// release is the end of one user.
func (n *names[T]) release(i int32) {
	if i == none {
		return
	}
	e := &n.entries[i]
	if e.users--; e.users > 0 {
		return
	}
	delete(n.numbers, e.text)
	*e = name[T]{}
	n.spare = append(n.spare, i)
}

func (n *names[T]) at(i int32) *T { return &n.entries[i].value }
