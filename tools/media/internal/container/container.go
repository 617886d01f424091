// Package container reads the headers of sound and video files: WAV, MP3, FLAC,
// Ogg, MP4 and QuickTime, Matroska and WebM, AVI. It reads little, whatever a
// file's size is, and every size and offset that a file states is checked.
package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Track is one stream of a file. Zero fields are unknown.
type Track struct {
	Kind          string // video, audio, subtitle, other
	Codec         string // h264, vp9, aac, pcm and so on
	Language      string
	Duration      float64 // seconds
	Width, Height int
	FrameRate     float64
	SampleRate    int
	Channels      int
	BitDepth      int
}

// Info is what the headers tell.
type Info struct {
	Format   string // wav, mp3, flac, ogg, mp4, mov, m4a, 3gp, webm, mkv, avi
	MIME     string
	Duration float64 // seconds; 0 when unknown
	Tracks   []Track
	Tags     map[string]string
}

// ErrUnknown is a file of none of the formats.
var ErrUnknown = errors.New("the file is none of WAV, MP3, FLAC, Ogg, MP4, QuickTime, WebM, Matroska and AVI")

const (
	maxTracks = 64
	maxBoxes  = 20_000   // elements, boxes and chunks that are looked at
	maxHeader = 16 << 20 // bytes of one element that is read whole
)

// Detect tells the format of a file by its first bytes: 64 are enough.
func Detect(head []byte) (format, mime string) {
	has := func(at int, s string) bool { return len(head) >= at+len(s) && string(head[at:at+len(s)]) == s }
	switch {
	case has(0, "RIFF") && has(8, "WAVE"), has(0, "RF64") && has(8, "WAVE"):
		return "wav", "audio/wav"
	case has(0, "RIFF") && has(8, "AVI "):
		return "avi", "video/x-msvideo"
	case has(0, "fLaC"):
		return "flac", "audio/flac"
	case has(0, "OggS"):
		return "ogg", "audio/ogg"
	case has(0, "ID3"):
		return "mp3", "audio/mpeg"
	case has(0, "\x1a\x45\xdf\xa3"):
		if bytes.Contains(head, []byte("webm")) {
			return "webm", "video/webm"
		}
		return "mkv", "video/x-matroska"
	case has(4, "ftyp"):
		switch {
		case has(8, "qt  "):
			return "mov", "video/quicktime"
		case has(8, "M4A "), has(8, "M4B "):
			return "m4a", "audio/mp4"
		case has(8, "3gp"), has(8, "3g2"):
			return "3gp", "video/3gpp"
		}
		return "mp4", "video/mp4"
	case has(4, "moov"), has(4, "mdat"), has(4, "wide"):
		return "mov", "video/quicktime"
	case len(head) >= 4 && frameOf(head).samples > 0:
		return "mp3", "audio/mpeg"
	}
	return "", ""
}

// Read reads the headers of a file.
func Read(ctx context.Context, r io.ReaderAt, size int64) (info *Info, err error) {
	f := &file{ctx: ctx, r: r, size: size, left: maxBoxes}
	head, err := f.bytes(0, min(64, size))
	if err != nil {
		return nil, err
	}
	info = &Info{Tags: map[string]string{}}
	info.Format, info.MIME = Detect(head)
	defer func() { // behind the checks, a second wall
		if p := recover(); p != nil {
			info, err = nil, fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	switch info.Format {
	case "wav":
		err = f.wav(info)
	case "mp3":
		err = f.mp3(info)
	case "flac":
		err = f.flac(info)
	case "ogg":
		err = f.ogg(info)
	case "mp4", "mov", "m4a", "3gp":
		err = f.mp4(info)
	case "webm", "mkv":
		err = f.matroska(info)
	case "avi":
		err = f.avi(info)
	default:
		err = ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	return info, nil
}

// file reads parts of a file, and bounds how many.
type file struct {
	ctx  context.Context
	r    io.ReaderAt
	size int64
	left int
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("the file is damaged or cut: "+format, args...)
}

// bytes reads n bytes, which must be there.
func (f *file) bytes(at, n int64) ([]byte, error) {
	if n < 0 || at < 0 || n > maxHeader || at > f.size || n > f.size-at {
		return nil, damaged("it has no %d bytes at %d", n, at)
	}
	b := make([]byte, n)
	if _, err := f.r.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// step counts one element, and ends what takes too many.
func (f *file) step() error {
	if f.left--; f.left < 0 {
		return damaged("it has more than %d parts", maxBoxes)
	}
	if f.left&255 == 0 {
		return f.ctx.Err()
	}
	return nil
}

func (info *Info) add(t Track) bool {
	if len(info.Tracks) == maxTracks {
		return false
	}
	info.Tracks = append(info.Tracks, t)
	info.Duration = max(info.Duration, t.Duration)
	return true
}
