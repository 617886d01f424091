package lualib

import (
	"io"
	"os"
)

// outputChunk is a piece of output; nil data says that the stream has ended.
type outputChunk struct {
	stream int
	data   []byte
}

// The output streams of a process.
const (
	streamOut = 1
	streamErr = 2
)

// connect gives the command its streams; the ends that only the child uses are
// added to theirs. Files of the Host are passed on as they are.
func (p *process) connect(mode processMode, theirs *[]*os.File) error {
	ownProcessGroup := true
	if mode == processFeeds {
		read, write, err := os.Pipe()
		if err != nil {
			return err
		}
		*theirs = append(*theirs, read)
		p.cmd.Stdin, p.stdin = read, write
	} else if stdin, ok := p.host.Stdin.(*os.File); ok {
		p.cmd.Stdin = stdin
		// A process in the background may not read the terminal.
		if info, err := stdin.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			ownProcessGroup = false
		}
	}
	if ownProcessGroup {
		ownGroup(p.cmd)
	}
	stdout := p.host.Stdout
	if mode == processReads {
		stdout = nil
	}
	var err error
	if p.cmd.Stdout, err = p.output(streamOut, stdout, theirs); err != nil {
		return err
	}
	if mode == processReads {
		p.script = p.outputs[0]
	}
	p.cmd.Stderr, err = p.output(streamErr, p.host.Stderr, theirs)
	return err
}

// output returns what the child writes a stream to: the Host's file, or a pipe.
func (p *process) output(stream int, host io.Writer, theirs *[]*os.File) (io.Writer, error) {
	if f, ok := host.(*os.File); ok {
		return f, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	*theirs = append(*theirs, write)
	p.outputs = append(p.outputs, read)
	p.copying++
	go p.copy(stream, read)
	return write, nil
}

// copy sends a stream's output to the state's goroutine, piece by piece.
func (p *process) copy(stream int, from *os.File) {
	for {
		buf := make([]byte, bufferSize)
		n, err := from.Read(buf)
		if n > 0 && !p.send(outputChunk{stream, buf[:n]}) {
			return
		}
		if err != nil {
			p.send(outputChunk{stream, nil})
			return
		}
	}
}

func (p *process) send(c outputChunk) bool {
	select {
	case p.chunks <- c:
		return true
	case <-p.quit:
		return false
	}
}
