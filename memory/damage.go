package memory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Damage is rows that are damaged, and why.
type Damage map[int64]error

// maxTold is how many damaged rows an error names.
const maxTold = 5

// Err names the first few of them, of what they are told to be; nil: there are none. They were not found.
func (d Damage) Err(what string) error {
	rows := slices.Sorted(maps.Keys(d))
	var told []error
	for _, row := range rows[:min(len(rows), maxTold)] {
		told = append(told, d[row])
	}
	if more := len(rows) - len(told); more > 0 {
		told = append(told, fmt.Errorf("and %d more %s; llmspell memory check names them", more, what))
	}
	return errors.Join(told...)
}

// Notice is what a search says besides what it found, in one text: its warning, and what was damaged.
func Notice(warning string, damaged error) string {
	if damaged == nil {
		return warning
	}
	if warning != "" {
		warning += "\n"
	}
	return warning + "left out: " + damaged.Error()
}

// With is this and more.
func (d Damage) With(more Damage) Damage {
	if len(more) == 0 {
		return d
	}
	all := maps.Clone(d)
	if all == nil {
		all = Damage{}
	}
	maps.Copy(all, more)
	return all
}
