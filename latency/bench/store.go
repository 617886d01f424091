package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Store keeps runs as files of a folder: baselines.
type Store struct{ Dir string }

const maxName = 100

// ErrNoBaseline is wrapped where there is no baseline of a name.
var ErrNoBaseline = errors.New("no such baseline")

// CheckName says whether a baseline can be called so.
func CheckName(name string) error {
	bad := name == "" || len(name) > maxName
	for i, c := range []byte(name) {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		bad = bad || !plain && (i == 0 || !strings.ContainsRune("._-", rune(c)))
	}
	if bad {
		return fmt.Errorf("a baseline cannot be called %q: letters, digits, dots, dashes and underscores, a letter or digit first, %d at most", name, maxName)
	}
	return nil
}

func (s Store) path(name string) string { return filepath.Join(s.Dir, name+".json") }

// Save keeps a run under a name, in place of the one that had it.
func (s Store) Save(name string, r *Run) error {
	if err := CheckName(name); err != nil {
		return err
	}
	r.Name = name
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("save the baseline %s: %w", name, err)
	}
	f, err := os.CreateTemp(s.Dir, ".baseline-*")
	if err != nil {
		return fmt.Errorf("save the baseline %s: %w", name, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path(name))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("save the baseline %s: %w", name, err)
	}
	return nil
}

// Load returns the run of a name.
func (s Store) Load(name string) (*Run, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		have := "none are saved yet: bench --save NAME makes one"
		if names, err := s.Names(); err == nil && len(names) > 0 {
			have = "there are " + strings.Join(names, ", ")
		}
		return nil, fmt.Errorf("%w: %s; %s", ErrNoBaseline, name, have)
	}
	if err != nil {
		return nil, fmt.Errorf("load the baseline %s: %w", name, err)
	}
	var r Run
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("the baseline %s is damaged (%s): %w; measure it again with --save, or remove the file", name, s.path(name), err)
	}
	if r.Format != FormatVersion {
		return nil, fmt.Errorf("the baseline %s has the format %d and this program reads %d: measure it again with --save", name, r.Format, FormatVersion)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("the baseline %s is damaged (%s): %w; measure it again with --save, or remove the file", name, s.path(name), err)
	}
	r.Name = name
	return &r, nil
}

// check tells whether a run can be compared with. What was not measured would be as fast as anything.
func (r *Run) check() error {
	for _, one := range r.Results {
		if one.Unit != Nanoseconds && one.Unit != Bytes {
			return fmt.Errorf("%q has the unit %q", one.Name, one.Unit)
		}
		if len(one.Rounds) == 0 && one.Failed == "" {
			return fmt.Errorf("%q has no rounds", one.Name)
		}
		if one.Yardstick != nil && one.Yardstick.Usual <= 0 {
			return fmt.Errorf("the yardstick of %q takes nothing", one.Name)
		}
		for _, round := range one.Rounds {
			if len(round.Samples) == 0 || slices.Min(round.Samples) < 0 || round.Machine < 0 {
				return fmt.Errorf("%q has a round without samples, or less than nothing in one", one.Name)
			}
		}
	}
	return nil
}

// Names lists the baselines by name.
func (s Store) Names() ([]string, error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && CheckName(name) == nil {
			names = append(names, name)
		}
	}
	return names, err
}

// History loads all baselines that can be read, the oldest first.
func (s Store) History() ([]*Run, error) {
	names, err := s.Names()
	if err != nil {
		return nil, err
	}
	var runs []*Run
	for _, name := range names {
		if r, err := s.Load(name); err == nil {
			runs = append(runs, r)
		}
	}
	slices.SortStableFunc(runs, func(a, b *Run) int { return a.Time.Compare(b.Time) })
	return runs, nil
}
