package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/kernel/db"
)

// An export of a session in which something is damaged has the rest of it, and says what is
// missing.

// maxMissing is how many missing things are named.
const maxMissing = 100

// lostSource stands for a source that is damaged, so that the output, the result and the tool
// calls of its execution are kept. Run again it says why it can do nothing.
const lostSource = "error('the source of this execution was damaged when its session was exported: it cannot be run again', 0)\n"

// write has a content in the bundle that is not in the store, and returns its hash.
func (x *exporter) write(text string) string {
	hash := Hash([]byte(text))
	x.written[hash] = []byte(text)
	return hash
}

// leave notes what is not in the bundle, and why.
func (x *exporter) leave(err error) {
	if x.leftOut++; len(x.left) < maxMissing {
		x.left = append(x.left, err)
	}
}

// missing is what was left out.
func (x *exporter) missing() []error {
	if more := x.leftOut - len(x.left); more > 0 {
		return append(x.left, fmt.Errorf("%d more", more))
	}
	return x.left
}

// use notes that what belongs to the session, and is named by format, refers to a content.
// The error wraps ErrDamaged if that is damaged.
func (x *exporter) use(content int64, hash, format string, args ...any) error {
	why, known := x.bad[content]
	if !known {
		var err error
		if why, err = x.examine(content); err != nil {
			return err
		}
		x.bad[content] = why
	}
	if why != nil {
		return errf(ErrDamaged, "%s: %v", fmt.Sprintf(format, args...), why)
	}
	x.contents[content] = hash
	return nil
}

// examine reads a content, and tells how it is damaged: what was begun in a bundle cannot
// be taken back.
func (x *exporter) examine(content int64) (why, err error) {
	_, _, r, err := x.s.contentIn(x.tx, content)
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if errors.Is(err, ErrDamaged) || errors.Is(err, db.ErrCorrupt) && !x.strict {
		return unhinted(err), nil
	}
	return nil, err
}

// unhinted is an error of the database without what is to be done: the whole export says
// that.
func unhinted(err error) error {
	e, ok := errors.AsType[*db.Error](err)
	switch {
	case !ok:
		return err
	case e.Err == nil:
		return e.Class
	}
	return fmt.Errorf("%w (%w)", e.Class, e.Err)
}

// value unpacks a value of the journal. The error wraps ErrDamaged.
func (x *exporter) value(data []byte, encoding int) (json.RawMessage, error) {
	text, err := x.s.codec.unpack(data, encoding)
	if err == nil {
		err = sound(text)
	}
	if err != nil {
		return nil, errf(ErrDamaged, "%v", err)
	}
	return text, nil
}

// sound tells what is wrong with a value that was kept.
func sound(text []byte) error {
	_, err := Decode(text)
	return err
}

// complete notes that fewer of something could be found than the session has.
func (x *exporter) complete(what string, found int, count, id string) error {
	want := 0
	if err := x.tx.Row(count, id).Scan(&want); err != nil {
		return err
	}
	if want > found {
		x.leave(errf(ErrDamaged, "%d of its %d %s: they cannot be found", want-found, want, what))
	}
	return nil
}

// record replaces what of a session's record no archive has, and notes it.
func (x *exporter) record(b *bundleSession) {
	for _, text := range []struct {
		what  string
		value *string
		limit int
	}{
		{"name", &b.Name, maxName}, {"description", &b.Description, maxText}, {"reason", &b.Reason, maxText},
		{"creator", &b.CreatedBy, maxName}, {"parent", &b.Parent, maxName},
	} {
		if err := checkText(text.what, *text.value, text.limit); err != nil {
			x.leave(errf(ErrDamaged, "its %s: %v", text.what, err))
			*text.value = ""
		}
	}
	if _, err := ParseStatus(string(b.Status)); err != nil {
		x.leave(errf(ErrDamaged, "its status: %v", err))
		b.Status = Suspended
	}
	for _, time := range []struct {
		what  string
		value *int64
	}{{"was created", &b.Created}, {"was updated", &b.Updated}, {"ended", &b.Ended}} {
		if err := inRange(maxTime, *time.value); err != nil {
			x.leave(errf(ErrDamaged, "when it %s: %v", time.what, err))
			*time.value = 0
		}
	}
	for _, count := range []struct {
		what  string
		value *int
	}{{"executions", &b.NextExecution}, {"artifacts", &b.NextArtifact}} {
		if err := inRange(maxCount, int64(*count.value)); err != nil {
			x.leave(errf(ErrDamaged, "how many %s it had: %v", count.what, err))
			*count.value = 0 // an import counts those that it has
		}
	}
}

// checked is err, or that something of a row, named by format, is what no archive has.
func checked(err, unsound error, format string, args ...any) error {
	if err == nil && unsound != nil {
		err = errf(ErrDamaged, "%s: %v", fmt.Sprintf(format, args...), unsound)
	}
	return err
}
