package lualib

import (
	"bufio"
	"bytes"
	"io"
)

// file is an open file, a standard stream, or the pipe to a child process: what
// C's FILE is to PUC Lua. Only the goroutine that runs the state uses it.
type file struct {
	// reader is nil for a file open for writing only, writer for one open for
	// reading only.
	reader *bufio.Reader
	writer io.Writer
	// seeker is nil for streams.
	seeker io.Seeker
	// closer is nil for standard streams, which scripts cannot close.
	closer io.Closer
	// source is what reader reads; position changes reset reader to it.
	source io.Reader

	// buffered holds written data that has not reached writer.
	buffered []byte
	mode     bufferMode
	size     int

	closed bool
}

// bufferMode says when written data reaches the system.
type bufferMode int

const (
	fullBuffer bufferMode = iota // when size bytes are there
	lineBuffer                   // after a newline
	noBuffer                     // at once
)

// bufferSize is the buffer of a file for which setvbuf was not called.
const bufferSize = 4096

// newFile returns a file over stream, which may read, write and seek as far as
// the arguments say.
func newFile(source io.Reader, writer io.Writer, seeker io.Seeker, closer io.Closer) *file {
	f := &file{writer: writer, seeker: seeker, closer: closer, source: source, size: bufferSize}
	if source != nil {
		f.reader = bufio.NewReaderSize(source, bufferSize)
	}
	return f
}

// write appends p to the file.
func (f *file) write(p []byte) error {
	if f.writer == nil {
		return errBadFile
	}
	if err := f.dropReadAhead(); err != nil {
		return err
	}
	if f.mode == noBuffer || len(f.buffered)+len(p) > f.size {
		if err := f.flush(); err != nil {
			return err
		}
	}
	if f.mode == noBuffer || len(p) >= f.size {
		_, err := f.writer.Write(p)
		return err
	}
	f.buffered = append(f.buffered, p...)
	if f.mode == lineBuffer && bytes.IndexByte(p, '\n') >= 0 {
		return f.flush()
	}
	return nil
}

// flush passes on what was written. Data that a failed write did not take is
// dropped, as C's libraries do, so that the error is reported once.
func (f *file) flush() error {
	if len(f.buffered) == 0 {
		return nil
	}
	_, err := f.writer.Write(f.buffered)
	f.buffered = f.buffered[:0]
	return err
}

// sync passes on what was written, as far as the stream's own buffers keep it: what a
// script asks for with flush.
func (f *file) sync() error {
	if err := f.flush(); err != nil {
		return err
	}
	if w, ok := f.writer.(flusher); ok {
		return w.Flush()
	}
	return nil
}

// flusher is a stream with a buffer of its own.
type flusher interface{ Flush() error }

// dropReadAhead moves the position of the underlying file back to where the
// script has read to.
func (f *file) dropReadAhead() error {
	if f.reader == nil || f.seeker == nil || f.reader.Buffered() == 0 {
		return nil
	}
	_, err := f.seeker.Seek(-int64(f.reader.Buffered()), io.SeekCurrent)
	f.reader.Reset(f.source)
	return err
}

// seek moves the position and returns the new one.
func (f *file) seek(offset int64, whence int) (int64, error) {
	if f.seeker == nil {
		return 0, errIllegalSeek
	}
	if err := f.flush(); err != nil {
		return 0, err
	}
	if err := f.dropReadAhead(); err != nil {
		return 0, err
	}
	return f.seeker.Seek(offset, whence)
}

// beforeRead makes the file ready to be read.
func (f *file) beforeRead() error {
	if f.reader == nil {
		return errBadFile
	}
	if s, ok := f.source.(*interruptible); ok && s.exchanged() {
		f.reader.Reset(f.source)
	}
	return f.flush()
}

// close flushes and closes the file. It reports the first thing that failed.
func (f *file) close() error {
	f.closed = true
	err := f.flush()
	if closeErr := f.closer.Close(); err == nil {
		err = closeErr
	}
	f.reader, f.writer, f.buffered = nil, nil, nil
	return err
}
