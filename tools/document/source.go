package document

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// readSource returns the text of a call: its input parameter, or the content
// of the file that path names, of limit bytes at most.
func readSource(ctx context.Context, call *tool.Call, limit int) (string, error) {
	tooLarge := func(what string) error {
		return tool.Errorf(tool.LimitExceeded, "%s is larger than %d MB", what, limit>>20)
	}
	if text, ok := call.Params["input"].(string); ok {
		if len(text) > limit {
			return "", tooLarge("the input")
		}
		return text, nil
	}
	path := call.Params.String("path")
	if path == "" {
		return "", call.Missing("input", "path")
	}
	f, err := call.Sandbox.OpenFile(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(tool.Reader(ctx, io.LimitReader(f, int64(limit)+1)))
	if err != nil {
		return "", fmt.Errorf("cannot read %q: %w", path, err)
	}
	if len(data) > limit {
		return "", tooLarge(fmt.Sprintf("%q", path))
	}
	return string(data), nil
}

// writeTarget writes text to the target_path of a call, if it has one, and
// notes the path in value.
func writeTarget(call *tool.Call, text string, value map[string]any) error {
	path := call.Params.String("target_path")
	if path == "" {
		return nil
	}
	p, err := call.Sandbox.Place(sandbox.Write, path)
	if err != nil {
		return err
	}
	defer p.Close()
	value["target_path"] = p.Path
	return p.Replace(func(w io.Writer) error { _, err := io.WriteString(w, text); return err }, 0o644)
}

// guard turns a panic of a library, which a hostile document has provoked,
// into an error.
func guard(what string, err *error) {
	if v := recover(); v != nil {
		*err = tool.Errorf(tool.ExecutionFailed, "%s is damaged, or made to do harm: reading it failed unexpectedly (%.200v)", what, v)
	}
}

// ours tells whether an error says already what is wrong: one of a limit, a
// denial or the end of the call's time.
func ours(err error) bool {
	return errors.As(err, new(*tool.Error)) || errors.As(err, new(*sandbox.DeniedError)) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
