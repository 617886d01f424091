package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/memory"
)

// maxQueryLine is how long a line of stdin may be that is a query, in bytes.
const maxQueryLine = 16 << 20

// answerLines answers each line of stdin that is not empty by a line of JSON. answer makes what is written.
func (a *app) answerLines(ctx context.Context, answer func(line string) (any, error)) error {
	out := newOutput(a.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	in := bufio.NewScanner(a.input(ctx))
	in.Buffer(nil, maxQueryLine)
	n := 0
	for in.Scan() {
		n++
		if err := answerLine(n, in.Bytes(), enc, answer); err != nil {
			return errors.Join(fmt.Errorf("line %d of stdin: %w", n, err), out.Flush())
		}
	}
	err := in.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("line %d of stdin: longer than %d bytes", n+1, maxQueryLine)
	}
	return errors.Join(err, out.Flush())
}

func answerLine(n int, line []byte, enc *json.Encoder, answer func(line string) (any, error)) error {
	if err := memory.CheckUTF8(n, line); err != nil {
		return err
	}
	text := string(line)
	if n == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	v, err := answer(text)
	if err != nil {
		return err
	}
	return enc.Encode(v)
}
