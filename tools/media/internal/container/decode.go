package container

import (
	"bufio"
	"fmt"
	"io"
	"math"
)

// Samples reads a WAV file's samples, frame by frame, as numbers from -1 to 1.
type Samples struct {
	WAV
	r     *bufio.Reader
	left  int64
	bytes []byte
}

// NewSamples reads the samples that w describes in r.
func NewSamples(w *WAV, r io.ReaderAt) (*Samples, error) {
	ok := w.Format == 1 && (w.BitDepth == 8 || w.BitDepth == 16 || w.BitDepth == 24 || w.BitDepth == 32) || w.Format == 3 && (w.BitDepth == 32 || w.BitDepth == 64)
	if !ok {
		return nil, fmt.Errorf("WAV of format %d with %d bits cannot be converted; integers of 8, 16, 24 and 32 bits and floats of 32 and 64 can", w.Format, w.BitDepth)
	}
	return &Samples{WAV: *w, r: bufio.NewReaderSize(io.NewSectionReader(r, w.Data, w.Size), 64<<10), left: w.Size / int64(w.Frame()), bytes: make([]byte, w.Frame())}, nil
}

// Read reads one frame, or gives io.EOF.
func (s *Samples) Read(frame []float64) error {
	if s.left == 0 {
		return io.EOF
	}
	s.left--
	if _, err := io.ReadFull(s.r, s.bytes); err != nil {
		return io.EOF // cut: what is there counts
	}
	width := s.BitDepth / 8
	for i := range frame {
		frame[i] = s.sample(s.bytes[i*width:])
	}
	return nil
}

func (s *Samples) sample(b []byte) float64 {
	var v float64
	switch {
	case s.Format == 3 && s.BitDepth == 32:
		v = float64(math.Float32frombits(little.Uint32(b)))
	case s.Format == 3:
		v = math.Float64frombits(little.Uint64(b))
	case s.BitDepth == 8: // unsigned
		return (float64(b[0]) - 128) / 128
	case s.BitDepth == 16:
		return float64(int16(little.Uint16(b))) / (1 << 15)
	case s.BitDepth == 24:
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
	default:
		return float64(int32(little.Uint32(b))) / (1 << 31)
	}
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// WriteHeader writes the header of a WAV file of integers whose samples, n
// bytes of them, come behind it.
func WriteHeader(w io.Writer, channels, rate, depth int, n int64) error {
	if n > math.MaxUint32-36 {
		return fmt.Errorf("a WAV file holds 4 GB at most")
	}
	frame := channels * depth / 8
	h := append(make([]byte, 0, 44), "RIFF"...)
	h = little.AppendUint32(h, uint32(36+n+n&1))
	h = append(h, "WAVEfmt "...)
	h = little.AppendUint32(h, 16)
	h = little.AppendUint16(h, 1)
	h = little.AppendUint16(h, uint16(channels))
	h = little.AppendUint32(h, uint32(rate))
	h = little.AppendUint32(h, uint32(rate*frame))
	h = little.AppendUint16(h, uint16(frame))
	h = little.AppendUint16(h, uint16(depth))
	h = append(h, "data"...)
	h = little.AppendUint32(h, uint32(n))
	_, err := w.Write(h)
	return err
}

// AppendSample adds a sample as an integer; what is too loud is clipped.
func AppendSample(b []byte, v float64, depth int) []byte {
	scale := math.Ldexp(1, depth-1)
	n := int64(math.Round(max(-scale, min(v*scale, scale-1))))
	switch depth {
	case 8:
		return append(b, byte(n+128))
	case 16:
		return little.AppendUint16(b, uint16(n))
	case 24:
		return append(b, byte(n), byte(n>>8), byte(n>>16))
	}
	return little.AppendUint32(b, uint32(n))
}
