package container

import (
	"math"
	"math/bits"
	"strings"
)

// The elements of Matroska that are read (RFC 9559).
const (
	mkSegment, mkInfo, mkScale, mkDuration, mkTitle    = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489, 0x7BA9
	mkTracks, mkEntry, mkType, mkCodec, mkLanguage     = 0x1654AE6B, 0xAE, 0x83, 0x86, 0x22B59C
	mkVideo, mkWidth, mkHeight, mkFrame                = 0xE0, 0xB0, 0xBA, 0x23E383
	mkAudio, mkSampleRate, mkChannels, mkDepth, mkDocs = 0xE1, 0xB5, 0x9F, 0x6264, 0x4282
	mkCluster, mkHeader                                = 0x1F43B675, 0x1A45DFA3
)

// number reads a number of variable length: an id keeps its marker bit, a size
// does not. A size of only ones is unknown, -1.
func (f *file) vint(at int64, id bool) (value int64, length int64, err error) {
	b, err := f.bytes(at, min(8, f.size-at))
	if err != nil || len(b) == 0 || b[0] == 0 {
		return 0, 0, damaged("an element has no size")
	}
	length = int64(bits.LeadingZeros8(b[0])) + 1
	if length > int64(len(b)) || id && length > 4 {
		return 0, 0, damaged("an element has no size")
	}
	value = int64(b[0])
	if !id {
		value &= 1<<(8-length) - 1
	}
	ones := value == 1<<(8-length)-1
	for _, c := range b[1:length] {
		value = value<<8 | int64(c)
		ones = ones && c == 0xff
	}
	if !id && ones {
		value = -1
	}
	return value, length, nil
}

func (f *file) elements(at, end int64, do func(id int64, at, end int64) (bool, error)) error {
	for at < end {
		if err := f.step(); err != nil {
			return err
		}
		id, n, err := f.vint(at, true)
		if err != nil {
			return err
		}
		size, m, err := f.vint(at+n, false)
		if err != nil {
			return err
		}
		body := at + n + m
		if size < 0 || size > end-body { // unknown, or cut
			size = end - body
		}
		more, err := do(id, body, body+size)
		if err != nil || !more {
			return err
		}
		at = body + size
	}
	return nil
}

func (f *file) matroska(info *Info) error {
	scale, duration := 1e6, 0.0
	err := f.elements(0, f.size, func(id, at, end int64) (bool, error) {
		switch id {
		case mkHeader:
			return true, f.elements(at, end, func(id, at, end int64) (bool, error) {
				if id == mkDocs {
					if s, _ := f.text(at, end); s == "webm" {
						info.Format, info.MIME = "webm", "video/webm"
					}
				}
				return true, nil
			})
		case mkSegment:
			return false, f.elements(at, end, func(id, at, end int64) (bool, error) {
				switch id {
				case mkCluster: // the pictures and sounds begin
					return info.Tracks == nil, nil
				case mkInfo:
					return true, f.elements(at, end, func(id, at, end int64) (bool, error) {
						switch id {
						case mkScale:
							if n, err := f.uint(at, end); err == nil && n > 0 {
								scale = float64(n)
							}
						case mkDuration:
							duration, _ = f.float(at, end)
						case mkTitle:
							if s, err := f.text(at, end); err == nil && s != "" {
								info.Tags["title"] = s
							}
						}
						return true, nil
					})
				case mkTracks:
					return true, f.elements(at, end, func(id, at, end int64) (bool, error) {
						if id != mkEntry {
							return true, nil
						}
						t := Track{Kind: "other"}
						err := f.mkTrack(&t, at, end, 0)
						return info.add(t), err
					})
				}
				return true, nil
			})
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if info.Tracks == nil {
		return damaged("it has no tracks")
	}
	if d := duration * scale / 1e9; d > 0 && !math.IsInf(d, 0) {
		info.Duration = d
	}
	return nil
}

func (f *file) mkTrack(t *Track, at, end int64, depth int) error {
	return f.elements(at, end, func(id, at, end int64) (bool, error) {
		n, _ := f.uint(at, end)
		switch id {
		case mkVideo, mkAudio:
			if depth == 0 {
				return true, f.mkTrack(t, at, end, 1)
			}
		case mkType:
			if name := map[uint64]string{1: "video", 2: "audio", 17: "subtitle"}[n]; name != "" {
				t.Kind = name
			}
		case mkCodec:
			s, err := f.text(at, end)
			if err == nil {
				t.Codec = codecName(s)
			}
		case mkLanguage:
			if s, err := f.text(at, end); err == nil && s != "und" {
				t.Language = s
			}
		case mkWidth:
			t.Width = int(n & math.MaxInt32)
		case mkHeight:
			t.Height = int(n & math.MaxInt32)
		case mkFrame:
			if n > 0 {
				t.FrameRate = math.Round(1e12/float64(n)) / 1000
			}
		case mkSampleRate:
			if r, err := f.float(at, end); err == nil && r > 0 && r < 1e7 {
				t.SampleRate = int(r)
			}
		case mkChannels:
			t.Channels = int(n & math.MaxInt16)
		case mkDepth:
			t.BitDepth = int(n & math.MaxInt16)
		}
		return true, nil
	})
}

func (f *file) uint(at, end int64) (uint64, error) {
	if end-at > 8 {
		return 0, damaged("a number is too long")
	}
	b, err := f.bytes(at, end-at)
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, err
}

func (f *file) float(at, end int64) (float64, error) {
	n, err := f.uint(at, end)
	v := math.Float64frombits(n)
	if end-at == 4 {
		v = float64(math.Float32frombits(uint32(n)))
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, damaged("a number is none")
	}
	return v, err
}

func (f *file) text(at, end int64) (string, error) {
	b, err := f.bytes(at, min(end-at, 1000))
	return strings.ToValidUTF8(strings.TrimRight(string(b), "\x00"), "�"), err
}
