package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

const promptHelp = `  continue (c)   run on                    next (n)       step over
  step (s)       step in                   out (o)        step out
  where (bt)     stack                     frame N, up, down
  locals (l)     locals of the frame       upvalues, globals
  list           source around the line    threads
  break LINE | FILE:LINE [if CONDITION]    breakpoints    delete N
  print EXPR (p) or any Lua statement: evaluated in the frame
  help (h)       quit (q)
`

// prompt reads commands until one resumes the script. At the end of the input
// the session ends.
func (d *debugger) prompt(in *bufio.Scanner, quit context.CancelFunc) error {
	thread := d.stoppedThread()
	for {
		d.printf("(llmspell) ")
		if !in.Scan() {
			d.printf("\n")
			err := in.Err()
			if errors.Is(err, context.Canceled) { // the command is to end: its script tells why
				return nil
			}
			d.quit = true
			quit()
			return err
		}
		line := strings.TrimSpace(in.Text())
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "":
		case "continue", "c":
			return d.engine.Continue()
		case "next", "n":
			return d.engine.StepOver(thread)
		case "step", "s":
			return d.engine.StepIn(thread)
		case "out", "o", "finish":
			return d.engine.StepOut(thread)
		case "quit", "q", "exit":
			d.quit = true
			quit()
			return nil
		default:
			d.command(thread, word, rest, line)
		}
	}
}

// stoppedThread is the thread of the stop; main if that has just ended.
func (d *debugger) stoppedThread() int {
	if at, stopped := d.engine.Stopped(); stopped {
		return at.Thread
	}
	return 1
}

// command carries out what does not resume the script.
func (d *debugger) command(thread int, word, rest, line string) {
	switch word {
	case "help", "h", "?":
		d.printf("%s", promptHelp)
	case "where", "bt", "stack":
		d.stack(thread)
	case "locals", "l":
		d.locals(thread)
	case "upvalues":
		d.scope(thread, debug.ScopeUpvalues)
	case "globals":
		d.scope(thread, debug.ScopeGlobals)
	case "list":
		if f, err := d.currentFrame(thread); err != nil {
			d.printf("%v\n", err)
		} else {
			d.list(f.Source, f.Line)
		}
	case "threads":
		for _, t := range d.engine.Threads() {
			d.printf("  %d %s: %s\n", t.ID, t.Name, t.Status)
		}
	case "up", "down", "frame", "f":
		d.selectFrame(thread, word, rest)
	case "break", "b":
		d.addBreak(rest)
	case "breakpoints":
		for i, b := range d.specs {
			d.printf("  %d %s:%d %s\n", i+1, filepath.Base(b.path), b.Line, b.Condition)
		}
	case "delete", "d":
		d.deleteBreak(rest)
	case "print", "p":
		d.evaluate(thread, rest)
	default:
		d.evaluate(thread, line)
	}
}

func (d *debugger) selectFrame(thread int, word, rest string) {
	old := d.frame
	switch word {
	case "up":
		d.frame++
	case "down":
		d.frame = max(d.frame-1, 0)
	default:
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			d.printf("frame takes the number of a frame (see where)\n")
			return
		}
		d.frame = n
	}
	f, err := d.currentFrame(thread)
	if err != nil {
		d.frame = old
		d.printf("%v\n", err)
		return
	}
	d.printf("#%d %s at %s:%d\n", d.frame, f.Name, f.Source.Name, f.Line)
}

func (d *debugger) addBreak(text string) {
	script := ""
	if f, err := d.currentFrame(1); err == nil {
		script = f.Source.Path
	}
	specs, err := parseBreaks([]string{text}, script)
	if err != nil {
		d.printf("%s\n", strings.TrimPrefix(err.Error(), "--"))
		return
	}
	d.specs = append(d.specs, specs...)
	d.setBreakpoints()
	for _, b := range d.breakpoints {
		if b.Source.Path == specs[0].path && !b.Verified {
			d.printf("line %d: %s\n", specs[0].Line, b.Message)
		}
	}
}

func (d *debugger) deleteBreak(text string) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(d.specs) {
		d.printf("delete takes the number of a breakpoint (see breakpoints)\n")
		return
	}
	path := d.specs[n-1].path
	d.specs = append(d.specs[:n-1:n-1], d.specs[n:]...)
	d.setBreakpoints()
	d.clearFile(path)
}

func (d *debugger) evaluate(thread int, code string) {
	f, err := d.currentFrame(thread)
	if err != nil {
		d.printf("%v\n", err)
		return
	}
	v, err := d.engine.Evaluate(context.Background(), f.ID, code, debug.EvalRepl)
	switch {
	case err != nil:
		d.printf("error: %v\n", err)
	case v.Value != "":
		d.printf("%s\n", v.Value)
	}
	if err := d.out.Flush(); err != nil {
		fmt.Fprintf(d.app.stderr, "%v\n", err)
	}
}
