package daemon

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
)

// Parent is the process that has started this kernel in the background, and waits
// to hear that it is ready.
type Parent struct {
	once sync.Once
	pipe *os.File // nil: nobody waits
}

// Waiting returns the parent that waits for this process. The variable that says so
// is removed, so that no script sees it.
func Waiting() *Parent {
	text, ok := os.LookupEnv(readyVariable)
	if !ok {
		return &Parent{}
	}
	_ = os.Unsetenv(readyVariable)
	fd, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return &Parent{}
	}
	closeOnExec(uintptr(fd))
	return &Parent{pipe: os.NewFile(uintptr(fd), "readiness")}
}

// Waits tells whether there is such a parent.
func (p *Parent) Waits() bool { return p.pipe != nil }

// Ready tells the parent where the kernel is reached. An error says that the parent
// has gone: nobody knows of this kernel then, and it must end.
func (p *Parent) Ready(r Record) error { return p.tell(readiness{Record: &r}) }

// Failed tells the parent why there is no kernel, with the exit code of that. Only
// the first word of Ready and Failed counts.
func (p *Parent) Failed(err error, code int) {
	_ = p.tell(readiness{Error: err.Error(), Code: code}) // the exit code tells it too
}

func (p *Parent) tell(r readiness) (err error) {
	if p.pipe == nil {
		return nil
	}
	p.once.Do(func() {
		var text []byte
		if text, err = json.Marshal(r); err == nil {
			_, err = p.pipe.Write(append(text, '\n'))
		}
		_ = p.pipe.Close()
		if err != nil {
			err = fmt.Errorf("the process that started this kernel has gone: %w", err)
		}
	})
	return err
}
