package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/hajimehoshi/go-mp3"

	"github.com/llmspell/llmspell/tools/media/internal/container"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxSound bounds a written file; more than ten hours of stereo at CD quality
// do not fit into WAV anyway.
const maxSound = 2 << 30

// sound gives frames of samples from -1 to 1.
type sound interface {
	Read(frame []float64) error
}

func convertToWAV(ctx context.Context, call *tool.Call, f io.ReaderAt, size int64, c *container.Info, path, target string) (*tool.Result, error) {
	src, rate, channels, err := openSound(ctx, f, size, c)
	if err != nil {
		return nil, err
	}
	outRate, outChannels, depth := rate, channels, 16
	if call.Params.Has("sample_rate") {
		outRate = call.Params.Int("sample_rate")
	}
	if call.Params.Has("channels") {
		outChannels = call.Params.Int("channels")
	}
	if call.Params.Has("bit_depth") {
		depth = call.Params.Int("bit_depth")
	}
	place, err := call.Sandbox.Place(sandbox.Write, target)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	var frames int64
	err = place.Replace(func(w io.Writer) error {
		seeker, ok := w.(io.WriteSeeker)
		if !ok {
			return errors.New("the file cannot be written piece by piece")
		}
		if err := container.WriteHeader(w, outChannels, outRate, depth, 0); err != nil {
			return err
		}
		r := &resampler{src: src, in: channels, out: outChannels, step: float64(rate) / float64(outRate)}
		if frames, err = writeFrames(ctx, w, r, outChannels, depth); err != nil {
			return err
		}
		if _, err := seeker.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return container.WriteHeader(w, outChannels, outRate, depth, frames*int64(outChannels*depth/8))
	}, 0o644)
	if err != nil {
		return nil, err
	}
	return tool.Value(map[string]any{"source_path": path, "target_path": target, "format": "wav", "sample_rate": outRate, "channels": outChannels, "bit_depth": depth,
		"duration_seconds": round(float64(frames)/float64(outRate), 3), "size": 44 + frames*int64(outChannels*depth/8)}), nil
}

// openSound starts to decode a file.
func openSound(ctx context.Context, f io.ReaderAt, size int64, c *container.Info) (src sound, rate, channels int, err error) {
	switch c.Format {
	case "wav":
		w, err := container.OpenWAV(ctx, f, size)
		if err != nil {
			return nil, 0, 0, err
		}
		s, err := container.NewSamples(w, f)
		return s, w.SampleRate, w.Channels, err
	case "mp3":
		m := &mp3Sound{}
		err := m.guarded(func() error {
			d, err := mp3.NewDecoder(struct{ io.Reader }{tool.Reader(ctx, bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 64<<10))})
			if err == nil {
				m.d, m.rate = d, d.SampleRate()
			}
			return err
		})
		return m, m.rate, 2, err
	}
	return nil, 0, 0, tool.Errorf(tool.Unsupported, "%s cannot be decoded here; WAV and MP3 can", c.Format)
}

// mp3Sound decodes MP3 to two channels of 16 bits.
type mp3Sound struct {
	d    *mp3.Decoder
	rate int
	buf  [8192]byte
	at   int
	n    int
}

func (m *mp3Sound) guarded(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the MP3 file is damaged: %v", v)
		}
	}()
	return do()
}

// Read gives one frame.
func (m *mp3Sound) Read(frame []float64) error {
	if m.at == m.n {
		m.at = 0
		if err := m.guarded(func() (err error) {
			m.n, err = io.ReadFull(m.d, m.buf[:])
			return err
		}); err != nil && !(errors.Is(err, io.ErrUnexpectedEOF) && m.n >= 4) {
			m.n = 0
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return err
		}
		m.n -= m.n % 4
	}
	for i := range frame {
		frame[i] = float64(int16(binary.LittleEndian.Uint16(m.buf[m.at+2*i:]))) / (1 << 15)
	}
	m.at += 4
	return nil
}

// resampler mixes channels, and interpolates between neighbouring frames.
type resampler struct {
	src          sound
	in, out      int
	step         float64 // source frames for one of the result
	at           float64 // from before to after, 0 to 1
	raw          []float64
	before, next []float64
	started      bool
	last         bool // next is the last frame of the source
}

// Read gives one frame, which is valid until the next call.
func (r *resampler) Read(frame []float64) error {
	if !r.started {
		r.started = true
		r.raw, r.before, r.next = make([]float64, r.in), make([]float64, r.out), make([]float64, r.out)
		if err := r.advance(); err != nil {
			return err
		}
		if err := r.advance(); err != nil && !r.last {
			return err
		}
	}
	for r.at >= 1 {
		if r.last {
			return io.EOF
		}
		if err := r.advance(); err != nil && !r.last {
			return err
		}
		r.at--
	}
	for i := range frame {
		frame[i] = r.before[i] + (r.next[i]-r.before[i])*r.at
	}
	r.at += r.step
	return nil
}

func (r *resampler) advance() error {
	r.before, r.next = r.next, r.before
	err := r.src.Read(r.raw)
	if errors.Is(err, io.EOF) {
		r.last = true
		copy(r.next, r.before)
		return err
	}
	if err != nil {
		return err
	}
	switch {
	case r.out == r.in:
		copy(r.next, r.raw)
	case r.out == 1:
		sum := 0.0
		for _, v := range r.raw {
			sum += v
		}
		r.next[0] = sum / float64(r.in)
	case r.in == 1:
		r.next[0], r.next[1] = r.raw[0], r.raw[0]
	default: // front left and right
		r.next[0], r.next[1] = r.raw[0], r.raw[1]
	}
	return nil
}

func writeFrames(ctx context.Context, w io.Writer, src sound, channels, depth int) (int64, error) {
	frame, buf := make([]float64, channels), make([]byte, 0, 64<<10)
	for n := int64(0); ; n++ {
		err := src.Read(frame)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return n, err
		}
		if !ended {
			for _, v := range frame {
				buf = container.AppendSample(buf, v, depth)
			}
		}
		if ended || len(buf) > cap(buf)-64*8 {
			if err := ctx.Err(); err != nil {
				return n, err
			}
			if n*int64(channels*depth/8) > maxSound {
				return n, tool.Errorf(tool.LimitExceeded, "the sound takes more than %d GB; use a lower sample_rate or bit_depth", maxSound>>30)
			}
			if _, err := w.Write(buf); err != nil {
				return n, err
			}
			buf = buf[:0]
		}
		if ended {
			return n, nil
		}
	}
}

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}
