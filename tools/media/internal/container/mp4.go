package container

import (
	"math"
	"strings"
)

// boxes calls do with each box between two offsets.
func (f *file) boxes(at, end int64, do func(kind string, at, end int64) error) error {
	for at+8 <= end {
		if err := f.step(); err != nil {
			return err
		}
		h, err := f.bytes(at, 8)
		if err != nil {
			return err
		}
		size, head := int64(big.Uint32(h)), int64(8)
		switch size {
		case 0: // to the end
			size = end - at
		case 1:
			long, err := f.bytes(at+8, 8)
			if err != nil {
				return err
			}
			large := big.Uint64(long)
			if large > math.MaxInt64 {
				return damaged("a box claims %d bytes", large)
			}
			size, head = int64(large), 16
		}
		if size < head {
			return damaged("a box claims %d bytes", size)
		}
		if err := do(string(h[4:]), at+head, at+min(size, end-at)); err != nil {
			return err
		}
		if size > end-at {
			return nil // it is cut, as files are that are still written
		}
		at += size
	}
	return nil
}

func (f *file) mp4(info *Info) error {
	found := false
	err := f.boxes(0, f.size, func(kind string, at, end int64) error {
		if kind != "moov" {
			return nil
		}
		found = true
		return f.boxes(at, end, func(kind string, at, end int64) error {
			switch kind {
			case "mvhd":
				_, d, _, err := f.timing(at, end)
				info.Duration = d
				return err
			case "trak":
				t := &mp4Track{}
				if err := f.track(t, at, end, 0); err != nil {
					return err
				}
				if t.FrameRate = 0; t.Kind == "video" && t.Duration > 0 {
					t.FrameRate = math.Round(float64(t.samples)/t.Duration*1000) / 1000
				}
				total := info.Duration
				info.add(t.Track)
				if total > 0 {
					info.Duration = total
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if !found {
		return damaged("it has no moov box")
	}
	return nil
}

type mp4Track struct {
	Track
	samples uint32
}

// timing reads the times of mvhd and mdhd, which begin alike, and the language
// of mdhd.
func (f *file) timing(at, end int64) (scale uint32, seconds float64, language string, err error) {
	b, err := f.bytes(at, min(40, end-at))
	if err != nil {
		return 0, 0, "", err
	}
	var duration uint64
	tail := 0
	switch {
	case len(b) >= 22 && b[0] == 0:
		scale, duration, tail = big.Uint32(b[12:]), uint64(big.Uint32(b[16:])), 20
		if duration == math.MaxUint32 { // unknown
			duration = 0
		}
	case len(b) >= 34 && b[0] == 1:
		scale, duration, tail = big.Uint32(b[20:]), big.Uint64(b[24:]), 32
		if duration == math.MaxUint64 {
			duration = 0
		}
	default:
		return 0, 0, "", damaged("a header of times is too short")
	}
	if scale > 0 {
		seconds = float64(duration) / float64(scale)
	}
	if code := big.Uint16(b[tail:]); code >= 0x400 && code < 0x7fff { // three letters of 5 bits
		language = string([]byte{byte(code>>10&31) + 0x60, byte(code>>5&31) + 0x60, byte(code&31) + 0x60})
	}
	return scale, seconds, language, nil
}

func (f *file) track(t *mp4Track, at, end int64, depth int) error {
	return f.boxes(at, end, func(kind string, at, end int64) error {
		switch kind {
		case "mdia", "minf", "stbl":
			if depth < 4 {
				return f.track(t, at, end, depth+1)
			}
		case "mdhd":
			_, seconds, language, err := f.timing(at, end)
			t.Duration = seconds
			if language != "und" {
				t.Language = language
			}
			return err
		case "hdlr":
			b, err := f.bytes(at, min(12, end-at))
			if err != nil || len(b) < 12 {
				return damaged("a handler is too short")
			}
			name := map[string]string{"vide": "video", "soun": "audio", "subt": "subtitle", "text": "subtitle", "sbtl": "subtitle"}[string(b[8:12])]
			if name != "" {
				t.Kind = name
			} else if t.Kind == "" {
				t.Kind = "other"
			}
		case "stsd":
			return f.sampleEntry(t, at, end)
		case "stsz", "stz2":
			if b, err := f.bytes(at, min(12, end-at)); err == nil && len(b) == 12 {
				t.samples = big.Uint32(b[8:])
			}
		}
		return nil
	})
}

func (f *file) sampleEntry(t *mp4Track, at, end int64) error {
	b, err := f.bytes(at, min(8+44, end-at))
	if err != nil || len(b) < 16 {
		return damaged("a track has no sample description")
	}
	t.Codec = codecName(strings.TrimRight(string(b[12:16]), "\x00 "))
	entry := b[8:]
	switch {
	case t.Kind == "video" && len(entry) >= 36:
		t.Width, t.Height = int(big.Uint16(entry[32:])), int(big.Uint16(entry[34:]))
	case t.Kind == "audio" && len(entry) >= 36:
		t.Channels, t.BitDepth, t.SampleRate = int(big.Uint16(entry[24:])), int(big.Uint16(entry[26:])), int(big.Uint32(entry[32:])>>16)
	}
	return nil
}
