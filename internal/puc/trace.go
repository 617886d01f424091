package puc

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

//go:embed tracer.lua
var tracer []byte

// MaxEvents is the number of line events that Trace follows.
const MaxEvents = 200_000

// ErrTooLong: the script executed more lines than the trace may hold.
var ErrTooLong = errors.New("the trace reached its limit of events; trace a shorter script")

// Stop is one line event: a moment at which a debugger that steps into
// everything would stop, before the line is executed.
type Stop struct {
	// Source is the path of the script's file, as the script was started or
	// required; code from strings (loadstring) is not traced.
	Source string
	// Line counts from 1.
	Line int
	// Func is the name by which the function was called, "main chunk" for a
	// file's own level, and empty where PUC Lua knows none.
	Func string
	// Depth counts the Lua functions active in this thread, this one
	// included. C functions (pcall) and callers lost to tail calls are not
	// counted, nor is anything more than 200 levels above.
	Depth int
	// Thread is 1 for the main thread; coroutines count from 2 in the order
	// in which they are created.
	Thread int
	// Locals are the active variables in the order of their declaration,
	// shadowed ones included, hidden ones (of for loops) left out.
	Locals []Local
}

// Local is a variable and its value: nil, true, false, a number as %.14g, a
// string as Quote writes it, or the name of any other type.
type Local struct{ Name, Value string }

// Result is a traced run.
type Result struct {
	Stops  []Stop
	Stdout string // what the script printed, as without the trace
}

// Trace runs a script file and returns its line events in the order of their
// execution, over all its own files and all its coroutines. The script must end
// by itself, without an error, within MaxEvents.
func Trace(t testing.TB, path string) []Stop {
	t.Helper()
	result, err := TraceRun(t, path, MaxEvents)
	if err != nil {
		t.Fatal(err)
	}
	return result.Stops
}

// TraceRun is Trace with a limit of events, arguments for the script, and its
// output. A script that fails, or that passes the limit (ErrTooLong), returns
// the events up to there with the error. Only a script that sets hooks or
// prints stack traces of its own can notice the tracing.
func TraceRun(t testing.TB, path string, maxEvents int, args ...string) (Result, error) {
	t.Helper()
	dir := t.TempDir()
	tracerFile := filepath.Join(dir, "tracer.lua")
	traceFile := filepath.Join(dir, "trace")
	if err := os.WriteFile(tracerFile, tracer, 0o600); err != nil {
		t.Fatal(err)
	}
	// A file, not a pipe: the script finds a plain, fully buffered stdout, and
	// nobody has to read along.
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdout.Close() }()

	runErr := execute(t, "", stdout, append([]string{tracerFile, traceFile, strconv.Itoa(maxEvents), path}, args...))
	var result Result
	out, err := os.ReadFile(stdout.Name())
	if err != nil {
		t.Fatal(err)
	}
	result.Stdout = string(out)
	data, err := os.ReadFile(traceFile)
	if err != nil {
		return result, errors.Join(runErr, err)
	}
	stops, ending, err := parse(string(data))
	result.Stops = stops
	switch {
	case err != nil:
		return result, fmt.Errorf("trace of %s: %w", path, err)
	case ending == "cap":
		return result, fmt.Errorf("trace of %s: %w (%d)", path, ErrTooLong, maxEvents)
	default:
		return result, runErr
	}
}

// parse reads the text that tracer.lua writes. Its ending is missing when the
// script left through os.exit.
func parse(data string) (stops []Stop, ending string, err error) {
	for line := range strings.Lines(data) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.Contains(line, "\t") {
			return stops, line, nil
		}
		stop, err := parseStop(line)
		if err != nil {
			return stops, "", fmt.Errorf("event %d: %w", len(stops)+1, err)
		}
		stops = append(stops, stop)
	}
	return stops, "", nil
}

// parseStop reads one event.
func parseStop(line string) (Stop, error) {
	fields := strings.Split(line, "\t")
	if len(fields) < 5 || len(fields)%2 == 0 {
		return Stop{}, fmt.Errorf("%d fields in %q", len(fields), line)
	}
	var numbers [3]int
	for i := range numbers {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return Stop{}, fmt.Errorf("field %d of %q: %w", i+1, line, err)
		}
		numbers[i] = n
	}
	stop := Stop{
		Thread: numbers[0], Line: numbers[1], Depth: numbers[2],
		Source: unescape(fields[3]), Func: unescape(fields[4]),
	}
	for i := 5; i < len(fields); i += 2 {
		value, err := parseValue(fields[i+1])
		if err != nil {
			return Stop{}, fmt.Errorf("local %s: %w", fields[i], err)
		}
		stop.Locals = append(stop.Locals, Local{Name: fields[i], Value: value})
	}
	return stop, nil
}

// parseValue renders a value from the tracer's notation.
func parseValue(field string) (string, error) {
	if field == "" {
		return "", errors.New("empty value")
	}
	kind, text := field[0], unescape(field[1:])
	switch kind {
	case 's':
		return Quote(text), nil
	case 'n':
		// The sign of a NaN depends on the processor.
		if strings.HasSuffix(text, "nan") {
			return "nan", nil
		}
		return text, nil
	case 'v':
		return text, nil
	default:
		return "", fmt.Errorf("unknown kind of value %q", field)
	}
}

// unescape undoes the tracer's escape.
func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(s)
}
