package client

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/internal/frame"
)

// maxMessage is the largest message that is read.
const maxMessage = 256 << 20

// Object is a JSON object.
type Object = map[string]any

// frames are messages behind Content-Length headers.
type frames struct {
	r   *frame.Reader
	w   io.Writer
	buf []byte
}

func newFrames(r io.Reader, w io.Writer) *frames {
	return &frames{r: frame.NewReader(onlyReader{r}, maxMessage), w: w}
}

// onlyReader hides deadlines: a program that is looked at in a debugger may take its time.
type onlyReader struct{ io.Reader }

func (f *frames) write(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f.buf = append(frame.Append(f.buf[:0], len(body)), body...)
	if _, err := f.w.Write(f.buf); err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	return nil
}

func (f *frames) read() ([]byte, error) {
	body, err := f.r.Next()
	if err != nil {
		return nil, fmt.Errorf("read a message: %w", err)
	}
	return body, nil
}
