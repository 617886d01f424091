package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxFFmpegOutput bounds what ffmpeg may give.
const maxFFmpegOutput = 64 << 20

// runFFmpeg has ffmpeg read a file and write to its output. What for is said
// in errors. The file was checked to be of a known format before: a playlist,
// which would name other files, is none.
func runFFmpeg(ctx context.Context, call *tool.Call, path, what string, args []string) ([]byte, error) {
	name := call.Setting("ffmpeg")
	if name == "" {
		name = "ffmpeg"
	}
	// Asked first: what is missing or denied is said without touching the file.
	if _, err := call.Sandbox.FindProgram(name); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, tool.Errorf(tool.Unsupported, "to %s takes the program ffmpeg, which is not installed: %w", what, err)
		}
		return nil, err // a denial names the flag that allows it
	}
	file, err := realFile(call.Sandbox, path)
	if err != nil {
		return nil, err
	}
	limits := sandbox.Limits{Output: maxFFmpegOutput, Wall: 10 * time.Minute, CPU: 20 * time.Minute, FileSize: 1}
	all := append([]string{"-hide_banner", "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe"}, beforeInput(args)...)
	all = append(all, "-i", "file:"+file)
	exit, err := call.Sandbox.Run(ctx, sandbox.Program{Name: name, Args: append(all, afterInput(args)...), Limits: limits})
	if err != nil {
		return nil, err
	}
	switch {
	case exit.DroppedStdout > 0:
		return nil, tool.Errorf(tool.LimitExceeded, "ffmpeg gave more than %d MB", maxFFmpegOutput>>20)
	case exit.Reason != sandbox.ByItself:
		return nil, tool.Errorf(tool.LimitExceeded, "ffmpeg was ended by its %s", exit.Reason)
	case exit.Code != 0:
		return nil, tool.Errorf(tool.ExecutionFailed, "ffmpeg could not %s: %s", what, lastLines(string(exit.Stderr)))
	case len(exit.Stdout) == 0:
		return nil, tool.Errorf(tool.ExecutionFailed, "ffmpeg gave nothing: the time is probably behind the end. %s", lastLines(string(exit.Stderr)))
	}
	return exit.Stdout, nil
}

// seekMark stands between the arguments that come before the input and those
// that come after it.
const seekMark = "\x01"

func beforeInput(args []string) []string {
	for i, a := range args {
		if a == seekMark {
			return args[:i]
		}
	}
	return nil
}

func afterInput(args []string) []string {
	for i, a := range args {
		if a == seekMark {
			return args[i+1:]
		}
	}
	return args
}

func lastLines(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 500 {
		s = "…" + s[len(s)-500:]
	}
	return strings.ToValidUTF8(s, "�")
}

// realFile is the path of a file that the sandbox allows to read, with links
// followed: another program opens it by this path.
func realFile(box *sandbox.Sandbox, path string) (string, error) {
	place, err := box.Place(sandbox.Read, path)
	if err != nil {
		return "", err
	}
	defer place.Close()
	f, err := place.Open()
	if err != nil {
		return "", err
	}
	f.Close()
	real, err := filepath.EvalSymlinks(place.Path)
	if err != nil {
		return "", fmt.Errorf("%q: %w", path, err)
	}
	inside, err := box.Place(sandbox.Read, real)
	if err != nil {
		return "", err
	}
	inside.Close()
	return real, nil
}
